//! Our requests at acceptors not written by us that demand a channel binding, over real TLS: the right
//! one is let in, none is not, and neither is a login that somebody in between passes on.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;

use system_net_config::{NetContext, Settings};
use system_net_primitives::{CredentialCache, NetworkCredential};
use system_net_requests::WebRequest;
use system_net_security::authentication::{AuthenticationModules, LogonModule};
use system_net_security::kerberos::{KerberosClientOptions, KerberosProvider};
use system_net_testkit::{Authority, Validity};

use crate::realm::{Realm, in_realm};

/// A script that says its port first; dropping it ends the process.
struct Script {
    child: Child,
    output: BufReader<ChildStdout>,
    port: u16,
}

impl Script {
    fn start(name: &str, arguments: &[&str], folder: &Path) -> Self {
        let script = format!("{}/interop/logins/{name}", env!("CARGO_MANIFEST_DIR"));
        let interpreter = std::env::var("SYSTEM_NET_INTEROP_PYTHON");
        let mut child = Command::new(interpreter.as_deref().unwrap_or("/usr/bin/python3"))
            .arg(script)
            .args(arguments)
            .current_dir(folder)
            .env("NTLM_USER_FILE", folder.join("users"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut this = Self {
            child,
            output,
            port: 0,
        };
        this.port = this.line().parse().unwrap();
        this
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _already_gone = self.child.wait();
    }
}

/// A context that trusts the authority, and logs in by Kerberos with these tickets.
fn context(authority: &Authority, tickets: String) -> NetContext {
    let mut settings = Settings::default();
    settings.tls.use_system_roots = false;
    settings.tls.extra_roots = vec![authority.certificate_der()];
    let context = NetContext::with_settings(settings);
    let provider = Arc::new(KerberosProvider {
        options: KerberosClientOptions {
            credential_cache: Some(tickets),
            ..KerberosClientOptions::default()
        },
        ..KerberosProvider::default()
    });
    let modules = context.slot(|_| AuthenticationModules::new());
    modules.register(Arc::new(LogonModule::negotiate(vec![provider])));
    context
}

/// The status, and what the server said of who is there.
fn get(context: &NetContext, url: &str, user: &NetworkCredential) -> (u16, String) {
    let mut request = WebRequest::create_http_in(context, url).unwrap();
    request
        .set_credentials(Some(Arc::new(user.clone())))
        .unwrap();
    match request.get_response() {
        Ok(response) => {
            let status = response.status_code().as_u16();
            (status, response.into_string().unwrap())
        }
        Err(error) => {
            let response = error.response().unwrap_or_else(|| panic!("{error}"));
            let status = response.as_http().unwrap().status_code();
            (status.as_u16(), String::new())
        }
    }
}

fn check(realm: &Realm, side: &str, user: &NetworkCredential, name: &str, refusals: [&str; 2]) {
    let authority = Authority::new();
    let folder = realm.path(side);
    std::fs::create_dir(&folder).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    for name in ["server", "relay"] {
        let issued = authority.issue(&["localhost"], Validity::Now);
        write(&format!("{name}.pem"), &issued.certificate_pem);
        write(&format!("{name}.key"), &issued.key_pem);
    }
    write("ca.pem", authority.certificate_pem());
    write("users", "EXAMPLE:ann:secret\n");
    let context = context(&authority, realm.tickets_of("ann"));
    let keytab = realm.keytab();
    let arguments = [side, "server.pem", "server.key", &keytab];
    let mut server = Script::start("bound.py", &arguments, &folder);
    let own = format!("https://localhost:{}/", server.port);
    assert_eq!(get(&context, &own, user), (200, name.to_owned()), "{side}");
    let port = server.port.to_string();
    let none = Script::start(
        "relay.py",
        &["-", "-", "ca.pem", "127.0.0.1", &port],
        &folder,
    );
    let other = ["relay.pem", "relay.key", "ca.pem", "127.0.0.1", &port];
    let other = Script::start("relay.py", &other, &folder);
    for (what, url, refusal) in [
        (
            "none",
            format!("http://localhost:{}/", none.port),
            refusals[0],
        ),
        (
            "relayed",
            format!("https://localhost:{}/", other.port),
            refusals[1],
        ),
    ] {
        assert_eq!(get(&context, &url, user).0, 401, "{side}: {what}");
        let said = server.line();
        assert!(said.contains(refusal), "{side}: {what}: {said}");
    }
    assert_eq!(
        get(&context, &own, user).0,
        200,
        "{side}: the right one again"
    );
}

#[test]
fn a_demanded_binding_is_ours_and_no_relays() {
    in_realm("bound::a_demanded_binding_is_ours_and_no_relays", |realm| {
        let ann = NetworkCredential::with_domain("ann", "secret", "EXAMPLE");
        let default = CredentialCache::default_network_credentials();
        let bindings = ["no channel binding", "BadChannelBindingsError"];
        check(realm, "gssapi", &default, "ann@EXAMPLE.COM", bindings);
        let bindings = ["no channel binding", "BadBindingsError"];
        check(realm, "ntlm", &ann, "EXAMPLE\\ann", bindings);
    });
}
