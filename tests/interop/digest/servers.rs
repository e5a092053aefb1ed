//! Apache and Squid with a user `joe` whose password is `secret`.

use std::fs::{self, Permissions};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// `joe` with `secret` in the realm `the realm`, as `htdigest` and Squid keep users; by openssl.
const DIGEST_USERS: &str = "joe:the realm:b5d6c37248da5cfecb5bab7a78e3b73c\n";
/// The same for Basic, by `htpasswd -s`.
const BASIC_USERS: &str = "joe:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n";

/// A running server; dropping it ends the process and removes the folder.
pub(crate) struct Server {
    child: Child,
    folder: TempDir,
    port: u16,
}

impl Server {
    /// Apache: `/digest/` and `/basic/` ask for a login.
    pub(crate) fn apache() -> Self {
        const MODULES: [&str; 8] = [
            "mpm_event",
            "authn_core",
            "authn_file",
            "authz_core",
            "authz_user",
            "auth_basic",
            "auth_digest",
            "dir",
        ];
        let modules: String = MODULES
            .iter()
            .map(|name| {
                format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n")
            })
            .collect();
        Self::start("apache2", &["-X", "-f"], |folder, port| {
            for name in ["digest", "basic"] {
                fs::create_dir_all(folder.join("www").join(name)).unwrap();
                fs::write(folder.join("www").join(name).join("x.txt"), name).unwrap();
            }
            let folder = folder.display();
            format!(
                "{modules}ServerRoot {folder}\nServerName 127.0.0.1\nListen 127.0.0.1:{port}\n\
                 PidFile {folder}/pid\nErrorLog {folder}/error.log\nDefaultRuntimeDir {folder}\n\
                 User www-data\nGroup www-data\nDocumentRoot {folder}/www\n\
                 <Location /digest/>\nAuthType Digest\nAuthName \"the realm\"\n\
                 AuthDigestDomain /digest/\nAuthUserFile {folder}/digest-users\n\
                 Require valid-user\n</Location>\n\
                 <Location /basic/>\nAuthType Basic\nAuthName \"the realm\"\n\
                 AuthUserFile {folder}/basic-users\nRequire valid-user\n</Location>\n"
            )
        })
    }

    /// Squid, which lets nobody through without a login by Digest, and knows this machine as
    /// `origin.example`.
    pub(crate) fn squid() -> Self {
        Self::start("squid", &["-N", "-f"], |folder, port| {
            fs::write(folder.join("hosts"), "127.0.0.1 origin.example\n").unwrap();
            let folder = folder.display();
            format!(
                "http_port 127.0.0.1:{port}\npid_filename {folder}/pid\nhosts_file {folder}/hosts\n\
                 auth_param digest program /usr/lib/squid/digest_file_auth -c \
                 {folder}/digest-users\n\
                 auth_param digest children 2 startup=1\nauth_param digest realm the realm\n\
                 acl known proxy_auth REQUIRED\nhttp_access allow known\nhttp_access deny all\n\
                 cache deny all\naccess_log none\ncache_log /dev/null\ncoredump_dir {folder}\n\
                 shutdown_lifetime 0 seconds\nvisible_hostname localhost\n"
            )
        })
    }

    fn start(
        program: &str,
        arguments: &[&str],
        configuration: impl FnOnce(&Path, u16) -> String,
    ) -> Self {
        let folder = TempDir::new().unwrap();
        // The servers give up their rights and run as users of their own.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
        let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = held.local_addr().unwrap().port();
        let file = folder.path().join("server.conf");
        fs::write(&file, configuration(folder.path(), port)).unwrap();
        fs::write(folder.path().join("digest-users"), DIGEST_USERS).unwrap();
        fs::write(folder.path().join("basic-users"), BASIC_USERS).unwrap();
        drop(held);
        let path = std::env::var("PATH").unwrap_or_default();
        let child = Command::new(program)
            .args(arguments)
            .arg(&file)
            .env("PATH", format!("{path}:/usr/sbin"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut server = Self {
            child,
            folder,
            port,
        };
        server.wait_until_it_listens();
        server
    }

    fn wait_until_it_listens(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            if let Some(status) = self.child.try_wait().unwrap() {
                let log = fs::read_to_string(self.folder.path().join("error.log"));
                panic!(
                    "the server ended with {status}: {}",
                    log.unwrap_or_default()
                );
            }
            assert!(Instant::now() < deadline, "the server does not listen");
            // It tells nobody when it listens.
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
