//! Logins at a proxy not written by us: Squid with its helpers for Basic and for Negotiate.

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use system_net_config::NetContext;
use system_net_primitives::{CredentialCache, NetworkCredential};
use system_net_requests::{WebError, WebRequest};
use system_net_security::authentication::{AuthenticationModules, Basic, LogonModule};
use system_net_security::kerberos::{KerberosClientOptions, KerberosProvider};
use system_net_web_proxy::{Proxy, WebProxy};

use crate::realm::{Realm, found, in_realm};

/// A Squid that lets nobody through without a login, and knows this machine as `origin.example`.
struct Squid {
    child: Child,
    port: u16,
}

impl Squid {
    fn start(realm: &Realm) -> Self {
        let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = held.local_addr().unwrap().port();
        drop(held);
        // It leaves the superuser's rights behind.
        for (name, mode) in [("", 0o755), ("services.keytab", 0o644)] {
            fs::set_permissions(realm.path(name), Permissions::from_mode(mode)).unwrap();
        }
        let root = realm.path("squid");
        fs::create_dir(&root).unwrap();
        fs::set_permissions(&root, Permissions::from_mode(0o777)).unwrap();
        fs::write(root.join("hosts"), "127.0.0.1 origin.example localhost\n").unwrap();
        let hash = Command::new("openssl")
            .args(["passwd", "-apr1", "joes-own"])
            .output()
            .unwrap();
        let hash = String::from_utf8(hash.stdout).unwrap();
        fs::write(root.join("users"), format!("joe:{hash}")).unwrap();
        let (folder, keytab) = (root.display(), realm.path("services.keytab"));
        let text = format!(
            "http_port 127.0.0.1:{port}
pid_filename {folder}/pid
hosts_file {folder}/hosts
auth_param negotiate program /usr/lib/squid/negotiate_kerberos_auth -k {} -s HTTP/localhost
auth_param negotiate children 4 startup=1
auth_param negotiate keep_alive on
auth_param basic program /usr/lib/squid/basic_ncsa_auth {folder}/users
auth_param basic children 2 startup=1
auth_param basic realm the realm
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
cache deny all
logformat users %un %>Hs
access_log stdio:{folder}/access users
cache_log {folder}/log
coredump_dir {folder}
shutdown_lifetime 0 seconds
visible_hostname localhost
",
            keytab.display()
        );
        fs::write(realm.path("squid.conf"), text).unwrap();
        let child = Command::new(found("squid"))
            .args(["-N", "-f"])
            .arg(realm.path("squid.conf"))
            .env("KRB5RCACHENAME", "none:")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut squid = Self { child, port };
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if let Some(status) = squid.child.try_wait().unwrap() {
                panic!(
                    "squid ended with {status}: {:?}",
                    fs::read_to_string(root.join("log"))
                );
            }
            assert!(Instant::now() < deadline, "squid does not listen");
            // It tells nobody when it listens.
            std::thread::sleep(Duration::from_millis(20));
        }
        squid
    }
}

impl Drop for Squid {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _already_gone = self.child.wait();
    }
}

/// An origin that answers every request with what it asks for.
fn origin() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                loop {
                    let head: Vec<String> = lines
                        .by_ref()
                        .map_while(Result::ok)
                        .take_while(|line| !line.is_empty())
                        .collect();
                    let Some(line) = head.first() else { return };
                    let body = line.split(' ').nth(1).unwrap();
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
                        body.len()
                    );
                    if stream.write_all(answer.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}

fn ask(context: &NetContext, proxy: &Arc<dyn Proxy>, url: &str) -> Result<String, WebError> {
    let mut request = WebRequest::create_http_in(context, url)?;
    request.set_proxy(Some(Arc::clone(proxy))).unwrap();
    request.get_response()?.into_string()
}

#[test]
fn squid_lets_through_by_negotiate_and_basic() {
    in_realm(
        "squid::squid_lets_through_by_negotiate_and_basic",
        |realm| {
            let squid = Squid::start(realm);
            let port = origin();
            let default = CredentialCache::default_network_credentials();
            let joe = NetworkCredential::new("joe", "joes-own");
            let wrong = NetworkCredential::new("joe", "wrong");
            for (scheme, credential, user) in [
                ("Negotiate", &default, Some("ann@EXAMPLE.COM")),
                ("Basic", &joe, Some("joe")),
                ("Basic", &wrong, None),
            ] {
                let context = NetContext::new();
                let modules = context.slot(|_| AuthenticationModules::empty());
                match scheme {
                    "Basic" => modules.register(Arc::new(Basic::new())),
                    _ => {
                        let provider = KerberosProvider {
                            options: KerberosClientOptions {
                                credential_cache: Some(realm.tickets_of("ann")),
                                ..KerberosClientOptions::default()
                            },
                            ..KerberosProvider::default()
                        };
                        let providers: Vec<
                            Arc<dyn system_net_security::mechanism::MechanismProvider>,
                        > = vec![Arc::new(provider)];
                        modules.register(Arc::new(LogonModule::negotiate(providers)));
                    }
                }
                let proxy = WebProxy::new(format!("http://localhost:{}/", squid.port)).unwrap();
                proxy.set_credentials(Some(Arc::new(credential.clone())));
                let proxy: Arc<dyn Proxy> = Arc::new(proxy);
                for number in 0..3 {
                    let path = format!("/{scheme}/{number}");
                    let url = format!("http://origin.example:{port}{path}");
                    match (ask(&context, &proxy, &url), user) {
                        (Ok(text), Some(_)) => assert_eq!(text, path),
                        (Err(error), None) => {
                            let response = error.response().unwrap();
                            let status = response.as_http().unwrap().status_code();
                            assert_eq!(status.as_u16(), 407, "{error}");
                        }
                        (result, _) => panic!("{path}: {result:?}"),
                    }
                }
            }
            drop(squid);
            let log = fs::read_to_string(realm.path("squid/access")).unwrap();
            for user in ["ann@EXAMPLE.COM", "joe"] {
                let line = format!("{user} 200");
                let served = log.lines().filter(|it| *it == line).count();
                assert_eq!(served, 3, "{user}: {log}");
            }
        },
    );
}
