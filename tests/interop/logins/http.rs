//! Logins in HTTP: our requests at Apache's mod_auth_gssapi, and curl at our server.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use system_net_config::NetContext;
use system_net_primitives::{CredentialCache, NetworkCredential};
use system_net_requests::WebRequest;
use system_net_security::TokenImpersonationLevel;
use system_net_security::authentication::{AuthenticationModules, LogonModule};
use system_net_security::kerberos::{
    KerberosClientOptions, KerberosProvider, KerberosServer, KerberosServerOptions,
};
use system_net_security::mechanism::Mechanism as _;
use system_net_security::negotiate::NegotiateServer;

use crate::realm::{Realm, found, in_realm};

/// An Apache whose every page wants a Kerberos login.
pub(crate) struct Apache {
    child: Child,
    port: u16,
}

impl Apache {
    pub(crate) fn start(realm: &Realm) -> Self {
        let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = held.local_addr().unwrap().port();
        drop(held);
        // It leaves the superuser's rights behind.
        for (name, mode) in [("", 0o755), ("services.keytab", 0o644)] {
            let permissions = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(realm.path(name), permissions).unwrap();
        }
        let root = realm.path("apache");
        std::fs::create_dir(&root).unwrap();
        std::fs::write(root.join("page"), "the page").unwrap();
        let modules = [
            "mpm_event",
            "authn_core",
            "authz_core",
            "authz_user",
            "auth_gssapi",
            "headers",
        ];
        let load: String = modules
            .map(|name| {
                format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n")
            })
            .concat();
        let (root, keytab) = (root.display(), realm.path("services.keytab"));
        let text = format!(
            "{load}ServerRoot {root}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {root}/pid
User www-data
Group www-data
ErrorLog {root}/errors
LogFormat \"%u %>s\" users
CustomLog {root}/users users
DocumentRoot {root}
<Location />
 AuthType GSSAPI
 AuthName test
 GssapiCredStore keytab:{}
 Require valid-user
 Header always set X-User \"expr=%{{REMOTE_USER}}\"
</Location>
",
            keytab.display()
        );
        std::fs::write(realm.path("apache.conf"), text).unwrap();
        let child = Command::new(found("apache2"))
            .args(["-X", "-f"])
            .arg(realm.path("apache.conf"))
            .env("KRB5RCACHENAME", "none:")
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut apache = Self { child, port };
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(apache.child.try_wait().unwrap().is_none(), "apache2 ended");
            assert!(Instant::now() < deadline, "apache2 does not listen");
            std::thread::sleep(Duration::from_millis(10));
        }
        apache
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Apache {
    fn drop(&mut self) {
        // One process, without a master; nothing is left behind.
        let _already_gone = self.child.kill();
        let _already_gone = self.child.wait();
    }
}

/// A context whose requests log in by Kerberos alone, with the tickets of this cache.
fn context(scheme: &str, cache: String) -> NetContext {
    let context = NetContext::new();
    let provider = Arc::new(KerberosProvider {
        options: KerberosClientOptions {
            credential_cache: Some(cache),
            ..KerberosClientOptions::default()
        },
        ..KerberosProvider::default()
    });
    let modules = context.slot(|_| AuthenticationModules::new());
    for module in modules.registered_modules() {
        modules.unregister(module.authentication_type()).unwrap();
    }
    modules.register(Arc::new(match scheme {
        "Negotiate" => LogonModule::negotiate(vec![provider]),
        _ => LogonModule::kerberos(provider),
    }));
    context
}

#[test]
fn requests_log_in_at_apache() {
    in_realm("http::requests_log_in_at_apache", |realm| {
        let apache = Apache::start(realm);
        let url = format!("http://localhost:{}/page", apache.port);
        let ann = realm.tickets_of("ann");
        let nobody = format!("FILE:{}", realm.path("no-such-cache").display());
        let default = CredentialCache::default_network_credentials();
        let joe = NetworkCredential::with_domain("joe", "joes-own", "EXAMPLE.COM");
        let wrong = NetworkCredential::with_domain("joe", "wrong", "EXAMPLE.COM");
        for (cache, credential, status) in [
            (&ann, &default, 200),
            (&nobody, &joe, 200),
            (&nobody, &default, 401),
            (&nobody, &wrong, 401),
        ] {
            let context = context("Negotiate", cache.clone());
            let mut request = WebRequest::create_http_in(&context, &url).unwrap();
            request
                .set_credentials(Some(Arc::new(credential.clone())))
                .unwrap();
            match request.get_response() {
                Ok(response) => {
                    assert_eq!(response.status_code().as_u16(), status);
                    assert_eq!(response.into_string().unwrap(), "the page");
                }
                Err(error) => {
                    assert_eq!(status, 401, "{error}");
                    let response = error.response().unwrap();
                    assert_eq!(response.as_http().unwrap().status_code().as_u16(), 401);
                }
            }
        }
        drop(apache);
        let users = std::fs::read_to_string(realm.path("apache/users")).unwrap();
        let let_in: Vec<&str> = users
            .lines()
            .filter(|line| line.ends_with(" 200"))
            .collect();
        assert_eq!(
            let_in,
            ["ann@EXAMPLE.COM 200", "joe@EXAMPLE.COM 200"],
            "{users}"
        );
    });
}

/// Answers the requests of one connection: 401 until the login is complete, then as told.
fn serve(stream: &TcpStream, text: &dyn Fn(&NegotiateServer) -> String) {
    let mut server: Option<NegotiateServer> = None;
    let mut lines = BufReader::new(stream).lines();
    loop {
        let head: Vec<String> = lines
            .by_ref()
            .map_while(Result::ok)
            .take_while(|line| !line.is_empty())
            .collect();
        if head.is_empty() {
            return;
        }
        let token = head
            .iter()
            .find_map(|line| line.strip_prefix("Authorization: Negotiate "))
            .map(|token| STANDARD.decode(token).unwrap());
        let mut field = "Negotiate".to_owned();
        let mut body = None;
        if let Some(token) = token {
            let server = server.get_or_insert_with(|| {
                let kerberos = KerberosServer::new(KerberosServerOptions::default());
                NegotiateServer::new(vec![Box::new(kerberos)])
            });
            let step = server.step(Some(&token)).unwrap();
            if let Some(message) = step.message {
                field = format!("Negotiate {}", STANDARD.encode(message));
            }
            body = server.accepted().map(|_| text(server));
        }
        let status = match body {
            Some(_) => "200 OK",
            None => "401 Unauthorized",
        };
        let body = body.unwrap_or_default();
        let answer = format!(
            "HTTP/1.1 {status}\r\nWWW-Authenticate: {field}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = stream;
        stream.write_all(answer.as_bytes()).unwrap();
    }
}

#[test]
fn curl_logs_in_at_our_server() {
    in_realm("http::curl_logs_in_at_our_server", |realm| {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                serve(&stream.unwrap(), &|server| {
                    server.accepted().unwrap().user_name.clone()
                });
            }
        });
        for user in ["ann", "susan"] {
            let output = Command::new("curl")
                .args(["-s", "-4", "--negotiate", "-u", ":", "-w", " %{http_code}"])
                .arg(format!("http://localhost:{port}/"))
                .env("KRB5CCNAME", realm.tickets_of(user))
                .output()
                .unwrap();
            let said = String::from_utf8(output.stdout).unwrap();
            assert_eq!(said, format!("{user} 200"));
        }
    });
}

/// The middle tier's answer to a caller: what the back end says of the request in the caller's name.
fn call_back_end(context: &NetContext, url: &str, server: &NegotiateServer) -> String {
    let caller = server.accepted().unwrap();
    let Some(tickets) = server.delegated_credential() else {
        return "no tickets".to_owned();
    };
    let mut request = WebRequest::create_http_in(context, url).unwrap();
    let credential = tickets.network_credential(caller);
    request.set_credentials(Some(Arc::new(credential))).unwrap();
    request
        .set_connection_group_name(Some(&caller.user_name))
        .unwrap();
    match request.get_response() {
        Ok(response) => response.headers().get("X-User").unwrap().into_owned(),
        Err(error) => format!("{error}"),
    }
}

/// F11-39: Joe and Susan call a middle tier, which calls the back end in their names with what they
/// gave it: the back end, an Apache, sees Joe, then Susan, and never one for the other.
#[test]
fn kerberos_delegation() {
    in_realm("http::kerberos_delegation", |realm| {
        let apache = Apache::start(realm);
        let back = format!("http://localhost:{}/page", apache.port);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let front = format!("http://{}/", listener.local_addr().unwrap());
        // One context for all callers, without tickets of its own.
        let middle = NetContext::new();
        let modules = middle.slot(|_| AuthenticationModules::empty());
        let provider = Arc::new(KerberosProvider::default());
        modules.register(Arc::new(LogonModule::negotiate(vec![provider])));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, middle, back) = (stream.unwrap(), middle.clone(), back.clone());
                std::thread::spawn(move || {
                    serve(&stream, &|server| call_back_end(&middle, &back, server));
                });
            }
        });
        let caller = |user: &str| {
            let context = context("Negotiate", realm.tickets_of(user));
            let modules = context.slot(|_| AuthenticationModules::empty());
            let names = modules.custom_target_name_dictionary();
            names.add(&front, "HTTP/front.example.com").unwrap();
            context
        };
        let call = |context: &NetContext, level: TokenImpersonationLevel| {
            let mut request = WebRequest::create_http_in(context, &front).unwrap();
            let default = CredentialCache::default_network_credentials();
            request.set_credentials(Some(Arc::new(default))).unwrap();
            assert_eq!(
                request.impersonation_level(),
                TokenImpersonationLevel::Identification
            );
            request.set_impersonation_level(level).unwrap();
            // Each call is a login of its own, with tickets of its own.
            request.set_keep_alive(false).unwrap();
            request.get_response().unwrap().into_string().unwrap()
        };
        let users = ["joe", "susan"];
        let callers = users.map(|user| (format!("{user}@EXAMPLE.COM"), caller(user)));
        for (name, context) in callers.iter().chain(&callers) {
            assert_eq!(&call(context, TokenImpersonationLevel::Delegation), name);
            for less in [
                TokenImpersonationLevel::Identification,
                TokenImpersonationLevel::Impersonation,
            ] {
                assert_eq!(call(context, less), "no tickets");
            }
        }
        std::thread::scope(|scope| {
            for at in 0..6 {
                let ((name, context), call) = (&callers[at % 2], &call);
                scope.spawn(move || {
                    for _ in 0..10 {
                        assert_eq!(&call(context, TokenImpersonationLevel::Delegation), name);
                    }
                });
            }
        });
        let mut request = WebRequest::create_http_in(&callers[0].1, &front).unwrap();
        for none in [
            TokenImpersonationLevel::None,
            TokenImpersonationLevel::Anonymous,
        ] {
            assert!(request.set_impersonation_level(none).is_err());
        }
        // Each answer had the user whom Apache let in; its log may end before its last requests.
        drop(apache);
    });
}
