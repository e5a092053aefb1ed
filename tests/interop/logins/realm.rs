//! A realm for one test: an MIT key distribution center on a free loopback port, with users,
//! services and their keytab, in a folder that goes with it.
//!
//! The library reads where the realm is from the environment, which a test cannot change for
//! itself: the test starts itself once more, in a process with the realm's environment.

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Tells the second process where the realm's files are.
const FOLDER: &str = "SYSTEM_NET_INTEROP_REALM";

/// Users and their passwords.
const USERS: [(&str, &str); 3] = [
    ("ann", "secret"),
    ("joe", "joes-own"),
    ("susan", "susans-own"),
];

/// Services; all have keys in the keytab but the last.
const SERVICES: [&str; 6] = [
    "HTTP/localhost",
    "HTTP/www.example.com",
    "HTTP/front.example.com",
    "HTTP/back.example.com",
    "HTTP/ip6-loopback",
    "HTTP/without-key.example.com",
];

/// The realm in the process that has its environment.
pub(crate) struct Realm {
    folder: PathBuf,
}

/// Runs the test in a process with a realm. `test` is its full name.
pub(crate) fn in_realm(test: &str, run: impl FnOnce(&Realm)) {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return run(&Realm {
            folder: folder.into(),
        });
    }
    if !crate::enabled(test) {
        return;
    }
    let center = Center::start();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(FOLDER, center.folder.path())
        .envs(center.environment())
        .status()
        .unwrap();
    assert!(status.success(), "{test} failed in its realm: see above");
}

impl Realm {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(crate) fn keytab(&self) -> String {
        format!("FILE:{}", self.path("services.keytab").display())
    }

    /// Gets a user's ticket into a cache of its own, by `kinit`.
    pub(crate) fn tickets_of(&self, user: &str) -> String {
        let cache = format!("FILE:{}", self.path(&format!("cache-{user}")).display());
        let (_, password) = USERS.into_iter().find(|(name, _)| *name == user).unwrap();
        let mut kinit = Command::new("kinit")
            .args(["-f", "-c", &cache, user])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        writeln!(kinit.stdin.take().unwrap(), "{password}").unwrap();
        assert!(kinit.wait().unwrap().success(), "kinit {user}");
        cache
    }

    /// Stops the key distribution center: nobody gets a ticket any more.
    pub(crate) fn stop_center(&self) {
        let id = std::fs::read_to_string(self.path("kdc.pid")).unwrap();
        let killed = Command::new("kill").arg(id.trim()).status().unwrap();
        assert!(killed.success());
        let deadline = Instant::now() + Duration::from_secs(10);
        let port = std::fs::read_to_string(self.path("kdc.port")).unwrap();
        let port: u16 = port.parse().unwrap();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            assert!(Instant::now() < deadline, "the KDC goes on");
            pause();
        }
    }
}

/// The running center, in the first process.
struct Center {
    folder: TempDir,
    child: Child,
}

impl Center {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = held.local_addr().unwrap().port();
        drop(held);
        write_configuration(folder.path(), port);
        let environment = environment(folder.path());
        let run = |program: &str, arguments: &[&str]| {
            let output = Command::new(found(program))
                .args(arguments)
                .envs(environment.clone())
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{program} {arguments:?}: {said}");
        };
        run("kdb5_util", &["create", "-s", "-P", "master"]);
        let keytab = folder.path().join("services.keytab");
        for (user, password) in USERS {
            run("kadmin.local", &["addprinc", "-pw", password, user]);
        }
        for service in SERVICES {
            run("kadmin.local", &["addprinc", "-randkey", service]);
            if !service.contains("without-key") {
                let keytab = keytab.to_str().unwrap();
                run("kadmin.local", &["ktadd", "-k", keytab, service]);
            }
        }
        // The realm trusts this one with its users' tickets.
        run(
            "kadmin.local",
            &["modprinc", "+ok_as_delegate", "HTTP/front.example.com"],
        );
        let child = Command::new(found("krb5kdc"))
            .arg("-n")
            .arg("-P")
            .arg(folder.path().join("kdc.pid"))
            .envs(environment)
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut center = Self { folder, child };
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(center.child.try_wait().unwrap().is_none(), "krb5kdc ended");
            assert!(Instant::now() < deadline, "krb5kdc does not listen");
            pause();
        }
        center
    }

    fn environment(&self) -> Vec<(&'static str, PathBuf)> {
        environment(self.folder.path())
    }
}

impl Drop for Center {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _already_gone = self.child.wait();
    }
}

fn environment(folder: &Path) -> Vec<(&'static str, PathBuf)> {
    let cache = format!("FILE:{}", folder.join("cache").display());
    let keytab = format!("FILE:{}", folder.join("services.keytab").display());
    let replays = format!("file2:{}", folder.join("replays").display());
    vec![
        ("KRB5_CONFIG", folder.join("krb5.conf")),
        ("KRB5_KDC_PROFILE", folder.join("kdc.conf")),
        ("KRB5CCNAME", cache.into()),
        ("KRB5_KTNAME", keytab.into()),
        ("KRB5RCACHENAME", replays.into()),
    ]
}

fn write_configuration(folder: &Path, port: u16) {
    let shown = folder.display();
    let client = format!(
        "[libdefaults]
 default_realm = EXAMPLE.COM
 dns_lookup_kdc = false
 dns_lookup_realm = false
 udp_preference_limit = 1
 forwardable = true
 # The default: a name is looked up in DNS if the program lets the library do so.
 dns_canonicalize_hostname = true
 rdns = false
[realms]
 EXAMPLE.COM = {{
  kdc = 127.0.0.1:{port}
 }}
"
    );
    let server = format!(
        "[kdcdefaults]
 kdc_listen = \"\"
 kdc_tcp_listen = 127.0.0.1:{port}
[realms]
 EXAMPLE.COM = {{
  database_name = {shown}/db
  key_stash_file = {shown}/stash
  acl_file = {shown}/acl
  supported_enctypes = aes256-cts:normal
 }}
"
    );
    std::fs::write(folder.join("krb5.conf"), client).unwrap();
    std::fs::write(folder.join("kdc.conf"), server).unwrap();
    std::fs::write(folder.join("kdc.port"), port.to_string()).unwrap();
}

/// Debian keeps daemons and their tools out of an ordinary user's PATH.
pub(crate) fn found(program: &str) -> PathBuf {
    let daemon = Path::new("/usr/sbin").join(program);
    match daemon.exists() {
        true => daemon,
        false => program.into(),
    }
}

/// Waits for something outside of this process, which gives no sign to wait for.
fn pause() {
    std::thread::sleep(Duration::from_millis(10));
}
