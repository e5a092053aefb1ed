//! A password that goes through everything a client does, with everything traced that can be: it shows
//! in no trace, no event, no error, nothing for debugging and no panic.
//!
//! What is traced is a process's, so the client is a process of its own: this test again.

use std::error::Error;
use std::fmt::{Debug, Display};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use system_net::{
    CookieContainer, CredentialCache, Credentials, Dns, HttpWebRequest, NetContext, Netrc,
    NetworkCredential, OverrideResolver, Proxy, Settings, Uri, WebClient, WebError, WebProxy,
    WebRequest,
};
use system_net_testkit::{
    Authority, HttpPeer, ProxyAnswer, RecordedRequest, Response, Script, Validity, refused_port,
};

/// The password, cookie and token of all.
const MARK: &str = system_net_testkit::PASSWORD;
/// `user:geheim-Zx81` in base 64.
const LOGIN: &str = "dXNlcjpnZWhlaW0tWng4MQ";

const CHILD: &str = "SYSTEM_NET_TEST_SECRETS";

#[test]
fn no_secret_in_any_output() {
    if std::env::var(CHILD).is_ok() {
        client();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for mode in ["includehex", "protocolonly"] {
        let log = folder.path().join(format!("{mode}.log"));
        let file = folder.path().join("app.config");
        std::fs::write(&file, configuration(mode, &log)).unwrap();
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "secrets::no_secret_in_any_output", "--nocapture"])
            .env(CHILD, "")
            .env("RUST_BACKTRACE", "full")
            .env("SYSTEM_NET_MACHINE_CONFIG", "")
            .env("SYSTEM_NET_CONFIG", &file)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}", hidden(&said));
        let log = std::fs::read_to_string(&log).unwrap();
        for (what, text) in [("said", &said), ("traced", &log)] {
            assert!(text.len() > 10_000, "too little was {what}: {}", text.len());
            check(&format!("{mode}, {what}"), text);
        }
        // Both heard of what was to be hidden.
        assert!(log.contains("Authorization") && said.contains("Authorization"));
    }
}

fn configuration(mode: &str, log: &Path) -> String {
    let names = [
        "System.Net",
        "System.Net.Sockets",
        "System.Net.Cache",
        "System.Net.Http",
    ];
    let sources: String = names
        .iter()
        .map(|name| {
            format!(
                "<source name='{name}' tracemode='{mode}' maxdatasize='100000'><listeners>\
                 <add name='file'/></listeners></source>"
            )
        })
        .collect();
    let switches: String = names
        .iter()
        .map(|name| format!("<add name='{name}' value='Verbose'/>"))
        .collect();
    format!(
        "<configuration><system.diagnostics><sources>{sources}</sources>\
         <switches>{switches}</switches><sharedListeners><add name='file' \
         type='System.Diagnostics.TextWriterTraceListener' initializeData='{}'/>\
         </sharedListeners><trace autoflush='true'/></system.diagnostics></configuration>",
        log.display()
    )
}

/// The mark in no spelling: as it is, in base 64, escaped, and as numbers of a dump.
#[track_caller]
fn check(what: &str, text: &str) {
    let numbers: Vec<String> = MARK.bytes().map(|byte| format!("{byte:02X}")).collect();
    let decimal: Vec<String> = MARK.bytes().map(|byte| byte.to_string()).collect();
    let spellings = [
        MARK.to_owned(),
        MARK[..8].to_owned(),
        LOGIN.to_owned(),
        LOGIN[8..18].to_owned(),
        MARK.replace('-', "%2D"),
        numbers[..6].join(" "),
        numbers[..6].join("-"),
        decimal[..6].join(", "),
    ];
    let lower = text.to_lowercase();
    for spelling in spellings {
        if let Some(at) = lower.find(&spelling.to_lowercase()) {
            let from = text[..at].rfind('\n').unwrap_or(0);
            let line = text[from..].trim_start().lines().next().unwrap_or_default();
            panic!(
                "{what}: {} characters of the secret: {}",
                spelling.len(),
                hidden(line)
            );
        }
    }
}

/// For a message of this test, which must not show it either.
fn hidden(text: &str) -> String {
    text.replace(MARK, "<MARK>").replace(LOGIN, "<LOGIN>")
}

// ---- The client ----

/// Shows a thing in each way there is.
fn show(thing: &(impl Debug + ?Sized)) {
    println!("{thing:?}\n{thing:#?}");
}

fn show_error(error: &impl Error) {
    println!("{error}\n{error:#}");
    show(error);
    let mut source = error.source();
    while let Some(cause) = source {
        println!("{cause} {cause:?}");
        source = cause.source();
    }
}

#[track_caller]
fn show_failure<T: Debug>(result: Result<T, WebError>) {
    let error = result.expect_err("a failure");
    show_error(&error);
    println!("{:?}", error.advice());
    if let Some(response) = error.response() {
        show(response);
    }
}

fn credential() -> Arc<dyn Credentials> {
    Arc::new(NetworkCredential::new("user", MARK))
}

fn knows(request: &RecordedRequest) -> bool {
    let login = request.header("Authorization");
    login.is_some_and(|login| login.contains(LOGIN))
}

fn request(context: &NetContext, url: &str) -> HttpWebRequest {
    WebRequest::create_http_in(context, url).unwrap()
}

#[track_caller]
fn run(mut request: HttpWebRequest) {
    show(&request);
    let response = request.get_response().unwrap();
    show(&request);
    show(&response);
    show(response.headers());
    show(&response.cookies());
    response.into_bytes().unwrap();
}

/// Every scenario in turn. The peers make sure that the secret was really sent.
fn client() {
    tracing::subscriber::set_global_default(
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(std::io::stderr)
            .finish(),
    )
    .unwrap();
    let authority = Authority::new();
    let identity = authority.issue(&["far.example"], Validity::Now).identity();
    let mut settings = Settings::default();
    settings.tls.use_system_roots = false;
    settings.tls.extra_roots = vec![authority.certificate_der()];
    let context = NetContext::with_settings(settings);
    let mut resolver = OverrideResolver::closed();
    resolver.insert("proxy.example", vec!["127.0.0.1".parse().unwrap()]);
    Dns::set_resolver_in(&context, Some(Arc::new(resolver)));

    logins(&context);
    fields_and_bodies(&context);
    redirects(&context);
    proxies(&context, &identity);
    failures(&context);
    values();
    let panicked = std::panic::catch_unwind(|| {
        let request = request(&NetContext::new(), &format!("http://user:{MARK}@h/"));
        let credentials = NetworkCredential::new("user", MARK);
        panic!("{request:?} {credentials:?}");
    });
    assert!(panicked.is_err());
    std::io::stderr().flush().unwrap();
}

fn logins(context: &NetContext) {
    let peer = HttpPeer::serve(|request| match knows(request) {
        true => Response::new(200).header("Set-Cookie", &format!("s={MARK}; HttpOnly")),
        false => Response::new(401).header("WWW-Authenticate", "Basic realm=\"r\""),
    });
    for _ in 0..2 {
        let mut login = request(context, &peer.url("/a/b"));
        login.set_credentials(Some(credential())).unwrap();
        login.set_pre_authenticate(true).unwrap();
        login
            .set_cookie_container(Some(CookieContainer::new()))
            .unwrap();
        run(login);
    }
    assert!(peer.requests().iter().any(knows));
    let uri = Uri::parse(&peer.url("/")).unwrap();
    let mut cache = CredentialCache::new();
    let entry = NetworkCredential::new("user", MARK);
    cache.add(&uri, "Basic", entry).unwrap();
    show(&cache);
    let mut login = request(context, &peer.url("/c"));
    login.set_credentials(Some(Arc::new(cache))).unwrap();
    run(login);
    let mut client = WebClient::new_in(context);
    client.set_credentials(Some(credential()));
    show(&client);
    client.download_data(&peer.url("/")).unwrap();
    // Not let in: the error has the response.
    let mut wrong = request(context, &peer.url("/wrong"));
    let nobody = NetworkCredential::new("nobody", MARK);
    wrong.set_credentials(Some(Arc::new(nobody))).unwrap();
    show_failure(wrong.get_response());
}

fn fields_and_bodies(context: &NetContext) {
    let peer = HttpPeer::serve(|_| {
        Response::new(200)
            .header("Set-Cookie", &format!("session={MARK}; Path=/"))
            .header("Authentication-Info", &format!("nextnonce=\"{MARK}\""))
    });
    let url = peer
        .url("/")
        .replace("http://", &format!("http://user:{MARK}@"));
    let mut by_hand = request(context, &url);
    let headers = by_hand.headers_mut().unwrap();
    for (name, value) in [
        ("Authorization", format!("Bearer {MARK}")),
        ("Proxy-Authorization", format!("Basic {LOGIN}")),
        ("Cookie", format!("a={MARK}; b={MARK}")),
        ("X-Api-Key", MARK.to_owned()),
        ("X-Auth-Token", MARK.to_owned()),
    ] {
        headers.set(name, &value).unwrap();
    }
    show(headers);
    run(by_hand);
    // The query of an address is part of errors and of what is shown for debugging, as in .NET; traces
    // mask its parameters by their names.
    let query = peer.url(&format!("/?access_token={MARK}&password={MARK}"));
    let mut token = request(context, &query);
    token.get_response().unwrap().into_bytes().unwrap();
    let jar = CookieContainer::new();
    for _ in 0..2 {
        let mut cookies = request(context, &peer.url("/"));
        cookies.set_cookie_container(Some(jar.clone())).unwrap();
        run(cookies);
    }
    show(&jar);
    assert!(
        peer.requests()
            .pop()
            .unwrap()
            .header("Cookie")
            .unwrap()
            .contains(MARK)
    );
    let client = WebClient::new_in(context);
    let form = [("user", "user"), ("password", MARK)];
    client.upload_values(&peer.url("/"), None, &form).unwrap();
    assert!(
        peer.requests()
            .pop()
            .unwrap()
            .body
            .ends_with(MARK.as_bytes())
    );
}

fn redirects(context: &NetContext) {
    let peer = HttpPeer::serve(|request| match request.target().as_str() {
        "/in" => Response::new(200),
        "/bad" => {
            let bad = format!("http://user:{MARK}@ho st/");
            Response::new(302).header("Location", &bad)
        }
        "/scheme" => Response::new(302).header("Location", &format!("gopher://user:{MARK}@h/")),
        "/refused" => {
            let refused = format!("http://user:{MARK}@{}/", refused_port());
            Response::new(302).header("Location", &refused)
        }
        _ => {
            let host = request.header("Host").unwrap();
            let inside = format!("http://user:{MARK}@{host}/in");
            Response::new(302).header("Location", &inside)
        }
    });
    run(request(context, &peer.url("/")));
    for path in ["/bad", "/scheme", "/refused"] {
        show_failure(request(context, &peer.url(path)).get_response());
    }
}

fn proxies(context: &NetContext, identity: &system_net_testkit::TlsIdentity) {
    let origin = HttpPeer::serve_tls(identity, |request| match request.target().as_str() {
        "/down" => {
            Response::new(302).header("Location", &format!("http://user:{MARK}@far.example/"))
        }
        _ => Response::new(200),
    });
    let to = origin.address();
    let peer = HttpPeer::proxy(move |request| {
        let login = request.header("Proxy-Authorization");
        if !login.is_some_and(|login| login.contains(LOGIN)) {
            let asks = Response::new(407).header("Proxy-Authenticate", "Basic realm=\"p\"");
            return asks.into();
        }
        match &*request.method() {
            "CONNECT" => ProxyAnswer::Tunnel(to),
            _ => Response::new(200).into(),
        }
    });
    let proxy = |login: Option<Arc<dyn Credentials>>| {
        let address = format!("http://user:{MARK}@proxy.example:{}", peer.port());
        let proxy = WebProxy::new(address).unwrap();
        proxy.set_credentials(login);
        show(&proxy);
        Some(Arc::new(proxy) as Arc<dyn Proxy>)
    };
    for url in ["http://far.example/", "https://far.example/"] {
        let mut through = request(context, url);
        through.set_proxy(proxy(Some(credential()))).unwrap();
        run(through);
        let mut through = request(context, url);
        let nobody = NetworkCredential::new("nobody", MARK);
        through.set_proxy(proxy(Some(Arc::new(nobody)))).unwrap();
        show_failure(through.get_response());
    }
    assert!(origin.request_count() > 0);
    let mut down = request(context, "https://far.example/down");
    down.set_proxy(proxy(Some(credential()))).unwrap();
    show_failure(down.get_response());
    let lost = WebProxy::new(format!("http://user:{MARK}@nowhere.example:1")).unwrap();
    let mut through = request(context, "http://far.example/");
    through.set_proxy(Some(Arc::new(lost))).unwrap();
    show_failure(through.get_response());
}

fn failures(context: &NetContext) {
    let silent = HttpPeer::silent();
    let broken = HttpPeer::each(Script::new().answer("nonsense\r\n\r\n"));
    let cut = HttpPeer::each(Script::new().head().close());
    let at = |place: &dyn Display| format!("http://user:{MARK}@{place}/");
    for url in [
        at(&refused_port()),
        at(&"nowhere.example"),
        at(&silent.address()),
        at(&broken.address()),
        at(&cut.address()),
        at(&silent.address()).replace("http:", "https:"),
    ] {
        let mut request = request(context, &url);
        request
            .set_timeout(Some(Duration::from_millis(300)))
            .unwrap();
        request
            .headers_mut()
            .unwrap()
            .set("Authorization", &format!("Bearer {MARK}"))
            .unwrap();
        show_failure(request.get_response());
        if !url.contains(&silent.address().to_string()) {
            let client = WebClient::new_in(context);
            show_failure(client.download_data(&url));
        }
    }
    for url in [
        format!("http://user:{MARK}@ho st/"),
        format!("http://user:{MARK}@h:99999/"),
        format!("gopher://user:{MARK}@h/"),
        format!("//user:{MARK}@h/"),
    ] {
        show_failure(WebRequest::create_in(context, &url));
    }
}

/// What refuses a value, and what holds one.
fn values() {
    let mut request = request(&NetContext::new(), "http://h/");
    for bad in [format!("Bearer {MARK}\r\nX: y"), format!("Bearer {MARK}\0")] {
        let headers = request.headers_mut().unwrap();
        show_error(&headers.set("Authorization", &bad).unwrap_err());
        show_error(&headers.add("Cookie", &bad).unwrap_err());
        let line = headers.add_line(&format!("Cookie: {bad}"));
        show_error(&line.unwrap_err());
        show_error(&request.set_user_agent(Some(&bad)).unwrap_err());
        show(&request);
    }
    show(&NetworkCredential::with_domain("user", MARK, "domain"));
    let netrc = format!("machine h login user password {MARK}");
    show(&Netrc::parse(&netrc).unwrap());
    let uri = Uri::parse("http://h/").unwrap();
    show(&Netrc::parse(&netrc).unwrap().find(&uri, None));
    show_error(&Netrc::parse(&netrc.replace(' ', "\n\"")).unwrap_err());
    let jar = CookieContainer::new();
    jar.set_cookies(&uri, &format!("a={MARK}")).unwrap();
    show(&jar);
    show(&jar.get_cookies(&uri));
    show_error(
        &jar.set_cookies(&uri, &format!("a={MARK}; domain=other.example"))
            .unwrap_err(),
    );
}
