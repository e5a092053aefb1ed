//! Clients not written by us at our `HttpListener`: every scheme, right and wrong, and logins that
//! somebody in between passes on.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use system_net_config::NetContext;
use system_net_http_listener::{AuthenticationSchemes, HttpListener};
use system_net_security::TlsServerIdentity;
use system_net_security::accounts::Accounts;
use system_net_security::extended_protection::{ExtendedProtectionPolicy, PolicyEnforcement};
use system_net_security::kerberos::KerberosServerOptions;
use system_net_testkit::{Authority, Validity};

use crate::realm::{Realm, in_realm};

type Schemes = AuthenticationSchemes;

/// The schemes that a path asks for.
const PATHS: [(&str, Schemes); 6] = [
    ("/open", Schemes::ANONYMOUS),
    ("/basic", Schemes::BASIC),
    ("/digest", Schemes::DIGEST),
    ("/ntlm", Schemes::NTLM),
    ("/negotiate", Schemes::NEGOTIATE),
    ("/integrated", Schemes::INTEGRATED_WINDOWS_AUTHENTICATION),
];

fn every_scheme() -> Schemes {
    PATHS[1..]
        .iter()
        .fold(Schemes::NONE, |all, (_, scheme)| all | *scheme)
}

/// A listener at `localhost` whose answers name the user, and the bytes of the body.
struct Site {
    listener: HttpListener,
    seen: Arc<AtomicUsize>,
    folder: PathBuf,
}

impl Site {
    fn start(realm: &Realm, secure: bool) -> Self {
        let listener = HttpListener::new_in(&NetContext::new());
        let folder = realm.path("site");
        std::fs::create_dir(&folder).unwrap();
        if secure {
            let authority = Authority::new();
            for name in ["server", "relay"] {
                let issued = authority.issue(&["localhost"], Validity::Now);
                let write = |kind: &str, text: &str| {
                    std::fs::write(folder.join(format!("{name}.{kind}")), text).unwrap();
                };
                write("pem", &issued.certificate_pem);
                write("key", &issued.key_pem);
                if name == "server" {
                    let (chain, key) = (issued.certificate_pem, issued.key_pem);
                    let identity = TlsServerIdentity::from_pem(chain.as_bytes(), key.as_bytes());
                    listener.set_tls_identity(identity.unwrap()).unwrap();
                }
            }
            std::fs::write(folder.join("ca.pem"), authority.certificate_pem()).unwrap();
        }
        let users = Accounts::new();
        users.add("joe", "", "joes-own");
        users.add("J\u{e4}s\u{f8}n", "", "p\u{e4}ss");
        users.add("ann", "EXAMPLE", "secret");
        listener.set_credential_validator(Some(Arc::new(users)));
        listener.set_kerberos_options(Some(KerberosServerOptions {
            keytab: Some(realm.keytab()),
            ..KerberosServerOptions::default()
        }));
        listener.set_realm(Some("the realm")).unwrap();
        listener.set_authentication_scheme_selector_delegate(Some(Arc::new(|request| {
            let known = PATHS.iter().find(|(path, _)| *path == request.raw_url());
            match (known, request.raw_url()) {
                (Some((_, schemes)), _) => *schemes,
                (None, "/passwords") => Schemes::NTLM | Schemes::DIGEST | Schemes::BASIC,
                _ => every_scheme(),
            }
        })));
        let scheme = if secure { "https" } else { "http" };
        listener
            .prefixes()
            .add(&format!("{scheme}://localhost:0/"))
            .unwrap();
        listener.start().unwrap();
        let seen = Arc::new(AtomicUsize::new(0));
        let (serving, count) = (listener.clone(), Arc::clone(&seen));
        std::thread::spawn(move || {
            while let Ok(mut context) = serving.get_context() {
                count.fetch_add(1, Ordering::SeqCst);
                let mut body = Vec::new();
                context
                    .request()
                    .input_stream()
                    .read_to_end(&mut body)
                    .unwrap();
                let user = match context.user() {
                    Some(user) => format!("{} {}", user.authentication_type(), user.name()),
                    None => "nobody".to_owned(),
                };
                let text = format!("{user} {}", body.len());
                context.response_mut().close_with(text).unwrap();
            }
        });
        Self {
            listener,
            seen,
            folder,
        }
    }

    fn url(&self, path: &str) -> String {
        self.listener.url(path).unwrap()
    }

    fn seen(&self) -> usize {
        self.seen.swap(0, Ordering::SeqCst)
    }

    fn ca(&self) -> String {
        self.folder.join("ca.pem").to_str().unwrap().to_owned()
    }
}

/// What curl was answered, and the status.
fn curl(url: &str, arguments: &[&str], cache: Option<&str>) -> (String, String) {
    let mut curl = Command::new("curl");
    curl.args(["-sS", "-4", "-w", "\n%{http_code}"])
        .args(arguments)
        .arg(url);
    if let Some(cache) = cache {
        curl.env("KRB5CCNAME", cache);
    }
    let output = curl.output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let (text, status) = said.rsplit_once('\n').unwrap();
    (status.to_owned(), text.to_owned())
}

/// What a client in Python was answered.
fn python(library: &str, url: &str, options: &Value, cache: Option<&str>) -> Vec<(u64, String)> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/logins/web_client.py");
    let interpreter = std::env::var("SYSTEM_NET_INTEROP_PYTHON");
    let mut client = Command::new(interpreter.as_deref().unwrap_or("/usr/bin/python3"));
    client.args([script, library, url, &options.to_string()]);
    if let Some(cache) = cache {
        client.env("KRB5CCNAME", cache);
    }
    let output = client.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{library} {url}: {told}");
    let answers: Value = serde_json::from_slice(&output.stdout).unwrap();
    let answers = answers.as_array().unwrap().iter();
    answers
        .map(|answer| {
            let text = answer["text"].as_str().unwrap().to_owned();
            (answer["status"].as_u64().unwrap(), text)
        })
        .collect()
}

/// The challenges of a 401.
fn challenges(url: &str) -> Vec<String> {
    let authority = url
        .split('/')
        .nth(2)
        .unwrap()
        .replace("localhost", "127.0.0.1");
    let path = &url[url.match_indices('/').nth(2).unwrap().0..];
    let mut stream = TcpStream::connect(authority).unwrap();
    let asked = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(asked.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 401 "), "{text}");
    let fields = text
        .lines()
        .filter_map(|line| line.strip_prefix("WWW-Authenticate: "));
    fields.map(str::to_owned).collect()
}

/// F03-22: curl by each of its options.
#[test]
fn listener_auth_matrix() {
    in_realm("listener::listener_auth_matrix", |realm| {
        let site = Site::start(realm, false);
        let cache = realm.tickets_of("ann");
        let nobody = format!("FILE:{}", realm.path("no-such-cache").display());
        let (joe, wrong, unknown) = ("joe:joes-own", "joe:wrong", "nobody:joes-own");
        let (ann, ann_wrong) = ("EXAMPLE\\ann:secret", "EXAMPLE\\ann:wrong");
        let none = "";
        for (path, option, user, expected) in [
            ("/open", "--basic", none, "nobody"),
            ("/basic", "--basic", joe, "Basic joe"),
            ("/basic", "--basic", ann, "Basic EXAMPLE\\ann"),
            (
                "/basic",
                "--basic",
                "J\u{e4}s\u{f8}n:p\u{e4}ss",
                "Basic J\u{e4}s\u{f8}n",
            ),
            ("/basic", "--basic", wrong, none),
            ("/basic", "--basic", unknown, none),
            ("/basic", "--digest", joe, none),
            ("/digest", "--digest", joe, "Digest joe"),
            (
                "/digest",
                "--digest",
                "J\u{e4}s\u{f8}n:p\u{e4}ss",
                "Digest J\u{e4}s\u{f8}n",
            ),
            ("/digest", "--digest", wrong, none),
            ("/digest", "--digest", unknown, none),
            ("/digest", "--basic", joe, none),
            ("/ntlm", "--ntlm", ann, "NTLM EXAMPLE\\ann"),
            ("/ntlm", "--ntlm", ann_wrong, none),
            ("/ntlm", "--ntlm", unknown, none),
            ("/ntlm", "--basic", ann, none),
            ("/integrated", "--ntlm", ann, "NTLM EXAMPLE\\ann"),
            // Where Negotiate is offered, curl takes it and nothing else.
            ("/passwords", "--anyauth", joe, "Digest joe"),
            ("/passwords", "--anyauth", wrong, none),
            ("/all", "--basic", joe, "Basic joe"),
            ("/all", "--ntlm", ann, "NTLM EXAMPLE\\ann"),
        ] {
            for body in [false, true] {
                let mut arguments = vec![option];
                if !user.is_empty() {
                    arguments.extend(["-u", user]);
                }
                if body {
                    arguments.extend(["-d", "eleven byte"]);
                }
                let (status, text) = curl(&site.url(path), &arguments, Some(&nobody));
                let length = if body { 11 } else { 0 };
                let what = format!("{path} {arguments:?}");
                match expected {
                    "" => assert_eq!((&*status, site.seen()), ("401", 0), "{what}"),
                    who => {
                        assert_eq!(
                            (&*status, text),
                            ("200", format!("{who} {length}")),
                            "{what}"
                        );
                        assert_eq!(site.seen(), 1, "{what}");
                    }
                }
            }
        }
        for path in ["/negotiate", "/integrated", "/all"] {
            let negotiate = ["--negotiate", "-u", ":"];
            let (status, text) = curl(&site.url(path), &negotiate, Some(&cache));
            assert_eq!(
                (&*status, &*text),
                ("200", "Kerberos ann@EXAMPLE.COM 0"),
                "{path}"
            );
            assert_eq!(site.seen(), 1);
            let (status, _) = curl(&site.url(path), &negotiate, Some(&nobody));
            assert_eq!((&*status, site.seen()), ("401", 0), "{path}");
        }
        // Each challenge once, the strongest first.
        let names = |path: &str| {
            let all = challenges(&site.url(path));
            let word = |it: &String| it.split(' ').next().unwrap().to_owned();
            all.iter().map(word).collect::<Vec<_>>()
        };
        assert_eq!(
            names("/all"),
            ["Negotiate", "NTLM", "Digest", "Digest", "Basic"]
        );
        assert_eq!(names("/integrated"), ["Negotiate", "NTLM"]);
        // A nonce that is not of this server, and one that was used: curl asks nobody again.
        let stale = "Authorization: Digest username=\"joe\", realm=\"the realm\", nonce=\"x\", \
                     uri=\"/digest\", algorithm=MD5, qop=auth, nc=00000001, cnonce=\"a\", \
                     response=\"0123456789abcdef0123456789abcdef\"";
        let (status, _) = curl(&site.url("/digest"), &["-H", stale], None);
        assert_eq!((&*status, site.seen()), ("401", 0));
        replay(&site);
        by_pyspnego(&site, &cache);
    });
}

/// What curl has sent once counts no second time.
fn replay(site: &Site) {
    let mut curl = Command::new("curl");
    curl.args(["-sS", "-v", "-4", "--digest", "-u", "joe:joes-own"])
        .arg(site.url("/digest"));
    let told = String::from_utf8(curl.output().unwrap().stderr).unwrap();
    let mut fields = told.lines().filter_map(|line| line.strip_prefix("> "));
    let field = fields
        .find(|line| line.starts_with("Authorization: Digest "))
        .unwrap();
    assert_eq!(site.seen(), 1);
    let (status, _) = self::curl(&site.url("/digest"), &["-H", field], None);
    assert_eq!((&*status, site.seen()), ("401", 0), "{field}");
}

fn by_pyspnego(site: &Site, cache: &str) {
    let ann = json!({"user": "EXAMPLE\\ann", "password": "secret"});
    let wrong = json!({"user": "EXAMPLE\\ann", "password": "wrong"});
    let default = json!({});
    for (library, path, options, expected) in [
        ("spnego-ntlm", "/ntlm", &ann, "NTLM EXAMPLE\\ann 0"),
        ("spnego-ntlm", "/integrated", &ann, "NTLM EXAMPLE\\ann 0"),
        ("spnego-ntlm", "/ntlm", &wrong, ""),
        ("spnego-ntlm", "/negotiate", &ann, ""),
        (
            "spnego-kerberos",
            "/negotiate",
            &default,
            "Kerberos ann@EXAMPLE.COM 0",
        ),
        (
            "spnego-negotiate",
            "/negotiate",
            &default,
            "Kerberos ann@EXAMPLE.COM 0",
        ),
    ] {
        let answers = python(library, &site.url(path), options, Some(cache));
        match expected {
            "" => assert_eq!((answers[0].0, site.seen()), (401, 0), "{library} {path}"),
            text => {
                assert_eq!(answers, [(200, text.to_owned())], "{library} {path}");
                assert_eq!(site.seen(), 1);
            }
        }
    }
}

/// requests and httpx with their modules for logins, over http and https.
#[test]
fn python_logs_in_at_our_listener() {
    in_realm("listener::python_logs_in_at_our_listener", |realm| {
        let site = Site::start(realm, true);
        let cache = realm.tickets_of("ann");
        let login = |user: &str, password: &str, body: Option<&str>| {
            json!({
                "user": user, "password": password, "ca": site.ca(), "count": 2, "body": body,
                "binding": "own",
            })
        };
        for (library, path, user, password, expected) in [
            ("requests-basic", "/basic", "joe", "joes-own", "Basic joe"),
            (
                "requests-digest",
                "/digest",
                "joe",
                "joes-own",
                "Digest joe",
            ),
            (
                "requests-ntlm",
                "/ntlm",
                "EXAMPLE\\ann",
                "secret",
                "NTLM EXAMPLE\\ann",
            ),
            (
                "requests-ntlm",
                "/integrated",
                "EXAMPLE\\ann",
                "secret",
                "NTLM EXAMPLE\\ann",
            ),
            (
                "requests-gssapi",
                "/negotiate",
                "",
                "",
                "Kerberos ann@EXAMPLE.COM",
            ),
            ("httpx-basic", "/basic", "joe", "joes-own", "Basic joe"),
            ("httpx-digest", "/digest", "joe", "joes-own", "Digest joe"),
            (
                "httpx-ntlm",
                "/ntlm",
                "EXAMPLE\\ann",
                "secret",
                "NTLM EXAMPLE\\ann",
            ),
            (
                "httpx-gssapi",
                "/negotiate",
                "",
                "",
                "Kerberos ann@EXAMPLE.COM",
            ),
        ] {
            for body in [None, Some("eleven byte")] {
                let length = body.map_or(0, str::len);
                let options = login(user, password, body);
                let answers = python(library, &site.url(path), &options, Some(&cache));
                let expected = (200, format!("{expected} {length}"));
                assert_eq!(answers, [expected.clone(), expected], "{library} {path}");
                assert_eq!(site.seen(), 2, "{library} {path}");
            }
            if !password.is_empty() {
                let options = login(user, "wrong", None);
                let answers = python(library, &site.url(path), &options, Some(&cache));
                assert!(
                    answers.iter().all(|(status, _)| *status == 401),
                    "{library} {answers:?}"
                );
                assert_eq!(site.seen(), 0, "{library} {path}");
            }
        }
    });
}

/// Passes connections on; dropping it ends the process.
struct Relay {
    child: Child,
    url: String,
}

impl Relay {
    fn start(site: &Site, path: &str) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/interop/logins/relay.py");
        let interpreter = std::env::var("SYSTEM_NET_INTEROP_PYTHON");
        let port = site.listener.local_endpoints().unwrap()[0].port();
        let mut child = Command::new(interpreter.as_deref().unwrap_or("/usr/bin/python3"))
            .arg(script)
            .args(["relay.pem", "relay.key", "ca.pem"])
            .args(["127.0.0.1", &port.to_string()])
            .current_dir(&site.folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let url = format!("https://localhost:{}{path}", line.trim());
        Self { child, url }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _already_gone = self.child.kill();
        let _already_gone = self.child.wait();
    }
}

/// With channel binding set to required: the right token 200, none 401, a relayed token 401.
#[test]
fn a_required_binding_lets_no_relay_in() {
    in_realm("listener::a_required_binding_lets_no_relay_in", |realm| {
        let site = Site::start(realm, true);
        let cache = realm.tickets_of("ann");
        let always = ExtendedProtectionPolicy::new(PolicyEnforcement::Always);
        let lenient = ExtendedProtectionPolicy::new(PolicyEnforcement::WhenSupported);
        for (library, path, user) in [
            ("spnego-ntlm", "/ntlm", "EXAMPLE\\ann"),
            ("spnego-kerberos", "/negotiate", ""),
            ("spnego-negotiate", "/negotiate", ""),
            ("requests-ntlm", "/ntlm", "EXAMPLE\\ann"),
            ("requests-gssapi", "/negotiate", ""),
        ] {
            let login = |url: &str, binding: &str| {
                let mut options =
                    json!({"ca": site.ca(), "binding": binding, "password": "secret"});
                if !user.is_empty() {
                    options["user"] = json!(user);
                } else {
                    options["password"] = Value::Null;
                }
                let answers = python(library, url, &options, Some(&cache));
                (answers[0].0, site.seen())
            };
            let relay = Relay::start(&site, path);
            let url = site.url(path);
            let set = |policy: &ExtendedProtectionPolicy| {
                let policy = Some(policy.clone());
                site.listener
                    .set_extended_protection_policy(policy)
                    .unwrap();
            };
            set(&always);
            assert_eq!(login(&url, "own"), (200, 1), "{library}: right");
            // requests-ntlm always sends one.
            if library != "requests-ntlm" {
                assert_eq!(login(&url, "none"), (401, 0), "{library}: none");
                assert_eq!(
                    login(&relay.url, "none"),
                    (401, 0),
                    "{library}: none, relayed"
                );
            }
            assert_eq!(login(&relay.url, "own"), (401, 0), "{library}: relayed");
            set(&lenient);
            assert_eq!(login(&url, "own"), (200, 1), "{library}");
            assert_eq!(
                login(&relay.url, "own"),
                (401, 0),
                "{library}: relayed, lenient"
            );
            if library != "requests-ntlm" {
                assert_eq!(login(&url, "none"), (200, 1), "{library}: none, lenient");
                // Which is why it is called lenient.
                assert_eq!(login(&relay.url, "none"), (200, 1), "{library}");
            }
        }
    });
}
