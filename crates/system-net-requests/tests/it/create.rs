//! The registry of prefixes, what a configuration file changes in it, and making requests.

use system_net_config::{ModuleChange, NetContext, Settings};
use system_net_primitives::Misuse;
use system_net_requests::{
    BoxFuture, FileWebRequest, FileWebResponse, HttpWebRequest, HttpWebResponse, WebError,
    WebRequest, WebRequestCreate, WebRequestImpl, WebResponse, register_module_in,
};
use system_net_testkit::{Authority, HttpPeer, Response, Validity};
use system_net_uri::Uri;

use crate::{Folder, check_status, context, context_trusting};

/// A protocol whose response is its own name.
pub(crate) struct Named(pub(crate) &'static str);

impl WebRequestImpl for Named {
    fn send_async(&mut self) -> BoxFuture<Result<WebResponse, WebError>> {
        let name = self.0;
        Box::pin(async move { Ok(WebResponse::from_bytes(name)) })
    }
}

/// Makes requests of [`Named`].
pub(crate) struct Creator(pub(crate) &'static str);

impl WebRequestCreate for Creator {
    fn create(&self, _context: &NetContext, _uri: &Uri) -> Result<WebRequest, WebError> {
        Ok(WebRequest::new(Named(self.0)))
    }
}

/// Which protocol an address gets, or what is wrong with it.
fn kind(context: &NetContext, url: &str) -> &'static str {
    match WebRequest::create_in(context, url) {
        Ok(request) => kind_of(&request),
        Err(error) if error.uri_format().is_some() => "UriFormat",
        Err(error) => match error.misuse() {
            Some(Misuse::NotSupported(_)) => "NotSupported",
            Some(Misuse::InvalidOperation(_)) => "InvalidOperation",
            other => panic!("{url}: {other:?}"),
        },
    }
}

fn kind_of(request: &WebRequest) -> &'static str {
    if request.downcast_ref::<HttpWebRequest>().is_some() {
        "http"
    } else if request.downcast_ref::<FileWebRequest>().is_some() {
        "file"
    } else {
        request.downcast_ref::<Named>().expect("one of three").0
    }
}

#[track_caller]
fn check_kinds(context: &NetContext, rows: &[(&str, &str)]) {
    for (url, expected) in rows {
        assert_eq!(kind(context, url), *expected, "{url}");
    }
}

/// `ftp:` is not built into this crate.
#[test]
fn create_picks_by_scheme() {
    let context = context();
    assert!(WebRequest::register_prefix_in(
        &context,
        "custom:",
        Creator("custom")
    ));
    check_kinds(
        &context,
        &[
            ("http://h/", "http"),
            ("HTTP://h/", "http"),
            ("https://h/", "http"),
            ("file:///tmp/x", "file"),
            ("custom:x", "custom"),
            ("custom://h/p", "custom"),
            ("ftp://h/", "NotSupported"),
            ("gopher://h/", "NotSupported"),
            ("mailto:a@b", "NotSupported"),
            ("ws://h/", "NotSupported"),
            ("data:,x", "NotSupported"),
            ("httpx://h/", "NotSupported"),
            ("rel", "UriFormat"),
            ("https:", "UriFormat"),
            ("", "UriFormat"),
        ],
    );
}

/// The refusal names the scheme and what to do about it.
#[test]
fn unknown_scheme_says_what_to_do() {
    let text = WebRequest::create_in(&context(), "gopher://h/")
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("'gopher'") && text.contains("register_prefix"),
        "{text}"
    );
}

#[test]
fn create_http_refuses_other_schemes() {
    for url in ["ftp://h/", "file:///x", "custom:x"] {
        let error = WebRequest::create_http_in(&context(), url).unwrap_err();
        assert!(
            matches!(error.misuse(), Some(Misuse::NotSupported(_))),
            "{url}: {error:?}"
        );
    }
    assert!(
        WebRequest::create_http_in(&context(), "no uri")
            .unwrap_err()
            .uri_format()
            .is_some()
    );
}

#[test]
fn create_http_default_get() {
    let authority = Authority::new();
    let identity = authority.issue(&["localhost"], Validity::Now).identity();
    let context = context_trusting(&authority);
    let plain = HttpPeer::serve(|_| Response::new(200).body("plain"));
    let secure = HttpPeer::serve_tls(&identity, |_| Response::new(200).body("secure"));
    for (peer, url, body) in [
        (&plain, plain.url(""), "plain"),
        (&secure, secure.url_localhost(""), "secure"),
    ] {
        let mut request = WebRequest::create_in(&context, &url).unwrap();
        let text = request.get_response().unwrap().into_string().unwrap();
        assert_eq!(text, body);
        assert_eq!(peer.requests()[0].request_line(), "GET / HTTP/1.1");
    }
}

/// With no property set, every protocol runs a whole transaction.
#[test]
fn default_transaction_per_protocol() {
    let context = context();
    let peer = HttpPeer::serve(|request| Response::new(200).body(request.method()));
    let folder = Folder::new();
    std::fs::write(folder.path("f"), "content").unwrap();
    WebRequest::register_prefix_in(&context, "custom:", Creator("custom"));
    for (url, expected) in [
        (peer.url("/"), "GET"),
        (folder.url("f"), "content"),
        ("custom:x".to_owned(), "custom"),
    ] {
        let mut request = WebRequest::create_in(&context, &url).unwrap();
        let response = request.get_response().unwrap();
        assert_eq!(response.into_string().unwrap(), expected, "{url}");
    }
}

#[test]
fn downcast_http_request() {
    let context = context();
    let peer = HttpPeer::serve(|_| Response::new(200).reason("Fine").body("x"));
    let mut request = WebRequest::create_in(&context, peer.url("/")).unwrap();
    let http = request.as_http_mut().expect("an HTTP request");
    http.set_user_agent(Some("porter/1.0")).unwrap();
    assert_eq!(
        request.as_http().unwrap().user_agent().as_deref(),
        Some("porter/1.0")
    );
    assert!(request.downcast_ref::<FileWebRequest>().is_none());
    let response = request.get_response().unwrap();
    let http = response.as_http().expect("an HTTP response");
    assert_eq!(http.status_description(), "Fine");
    assert_eq!(http.protocol_version().to_string(), "1.1");
    assert_eq!(
        peer.requests()[0].header("User-Agent").as_deref(),
        Some("porter/1.0")
    );

    let mut file = WebRequest::create_in(&context, "file:///tmp/x").unwrap();
    assert!(file.as_http().is_none() && file.as_http_mut().is_none());
    assert!(file.downcast_mut::<FileWebRequest>().is_some());

    // By value: the concrete type, or the request back.
    let file = file.downcast::<HttpWebRequest>().unwrap_err();
    assert!(file.downcast::<FileWebRequest>().is_ok());
}

#[test]
fn response_type_matches() {
    let authority = Authority::new();
    let identity = authority.issue(&["localhost"], Validity::Now).identity();
    let context = context_trusting(&authority);
    let plain = HttpPeer::serve(|_| Response::new(200));
    let secure = HttpPeer::serve_tls(&identity, |_| Response::new(200));
    let folder = Folder::new();
    std::fs::write(folder.path("f"), "").unwrap();
    WebRequest::register_prefix_in(&context, "custom:", Creator("custom"));
    for (url, expected) in [
        (plain.url("/"), "http"),
        (secure.url_localhost("/"), "http"),
        (folder.url("f"), "file"),
        ("custom:x".to_owned(), "custom"),
    ] {
        let mut request = WebRequest::create_in(&context, &url).unwrap();
        let response = request.get_response().unwrap();
        let is_http = response.downcast_ref::<HttpWebResponse>().is_some();
        let is_file = response.downcast_ref::<FileWebResponse>().is_some();
        assert_eq!(is_http, response.as_http().is_some());
        let kind = match (is_http, is_file) {
            (true, false) => "http",
            (false, true) => "file",
            (false, false) => "custom",
            (true, true) => "two types",
        };
        assert_eq!(
            (kind, kind_of(&request)),
            (expected, expected),
            "type of {url}"
        );
    }
}

#[test]
fn register_custom_scheme() {
    // The static of .NET: in the global context, and only there.
    assert!(WebRequest::register_prefix(
        "register-custom-scheme:",
        Creator("global")
    ));
    let mut request = WebRequest::create("register-custom-scheme:x").unwrap();
    assert_eq!(
        request.get_response().unwrap().into_string().unwrap(),
        "global"
    );
    assert_eq!(kind(&context(), "register-custom-scheme:x"), "NotSupported");

    let context = context();
    for (prefix, name) in [("one:", "one"), ("two", "two")] {
        assert!(WebRequest::register_prefix_in(
            &context,
            prefix,
            Creator(name)
        ));
    }
    check_kinds(
        &context,
        &[
            ("one:x", "one"),
            ("ONE://Host/p", "one"),
            ("two:x", "two"),
            ("onetwo:x", "NotSupported"),
            ("twoo:x", "NotSupported"),
        ],
    );
}

#[test]
fn longest_prefix_wins() {
    let context = context();
    // In an order that is neither that of the lengths nor its reverse.
    for (prefix, name) in [
        ("http://server/", "server"),
        ("http://server/deep/er/", "deeper"),
        ("http://server/deep/", "deep"),
        ("http://server:81/", "port"),
    ] {
        assert!(WebRequest::register_prefix_in(
            &context,
            prefix,
            Creator(name)
        ));
    }
    check_kinds(
        &context,
        &[
            ("http://server/", "server"),
            ("http://server", "server"),
            ("http://SERVER/x", "server"),
            ("http://server:80/x", "server"),
            ("http://server/deep/x", "deep"),
            ("http://server/deep/er/x", "deeper"),
            ("http://server/deep/./er/x", "deeper"),
            ("http://server:81/deep/x", "port"),
            ("http://server.example/", "http"),
            ("http://other/server/", "http"),
            ("https://server/", "http"),
        ],
    );
    // By the scheme alone: what names a server is passed over.
    let request = WebRequest::create_default_in(&context, "http://server/deep/").unwrap();
    assert_eq!(kind_of(&request), "http");
}

#[test]
fn register_twice_false() {
    let context = context();
    for (prefix, first) in [
        ("custom:", true),
        ("custom:", false),
        ("CUSTOM:", false),
        ("custom", false),
        ("http:", false),
        ("https", false),
        ("file:", false),
        ("http://h/p", true),
        ("http://H:80/p", false),
        ("http://h/p/q", true),
    ] {
        let name = if first { "first" } else { "second" };
        assert_eq!(
            WebRequest::register_prefix_in(&context, prefix, Creator(name)),
            first,
            "{prefix}"
        );
    }
    // What was refused changed nothing.
    check_kinds(
        &context,
        &[
            ("custom:x", "first"),
            ("http://h/p", "first"),
            ("http://h/", "http"),
        ],
    );
}

/// Answers of Mono and .NET Core 3.1, which agree. They were asked in one process: each row also
/// sees the prefixes of the rows before it.
#[test]
fn register_prefix_rows() {
    let context = context();
    for (prefix, rows) in [
        (
            "my:",
            &[
                ("my:x", "fake"),
                ("my://h/", "fake"),
                ("MY://h/", "fake"),
                ("mya:x", "NotSupported"),
            ][..],
        ),
        (
            "http://special.example/",
            &[
                ("http://special.example/x", "fake"),
                ("http://special.example", "fake"),
                ("http://special.example.org/", "http"),
                ("HTTP://SPECIAL.EXAMPLE/x", "fake"),
                ("http://other/", "http"),
            ],
        ),
        (
            "http://special.example/deep",
            &[
                ("http://special.example/deep/x", "fake"),
                ("http://special.example/de", "fake"),
            ],
        ),
        ("", &[("zz:x", "fake")]),
        ("q", &[("q:x", "UriFormat"), ("qq:x", "fake")]),
        (
            "https://s.example:8443/",
            &[
                ("https://s.example:8443/x", "fake"),
                ("https://s.example/x", "http"),
            ],
        ),
    ] {
        assert!(
            WebRequest::register_prefix_in(&context, prefix, Creator("fake")),
            "{prefix}"
        );
        check_kinds(&context, rows);
    }
}

fn configured(changes: Vec<ModuleChange>) -> NetContext {
    let settings = Settings {
        web_request_modules: changes,
        ..Settings::default()
    };
    NetContext::with_settings(settings)
}

fn add(prefix: &str, type_name: &str) -> ModuleChange {
    ModuleChange::Add {
        prefix: prefix.into(),
        type_name: type_name.into(),
    }
}

fn remove(prefix: &str) -> ModuleChange {
    ModuleChange::Remove {
        prefix: prefix.into(),
    }
}

#[test]
fn config_web_request_modules() {
    let context = configured(vec![
        add("custom", "Contoso.CustomCreator, Contoso"),
        add("http://special/", "Contoso.CustomCreator"),
        add("guide:", "MyHttpRequest.dll, MyHttpRequestCreator"),
        add("file", "Contoso.Files, Contoso"),
        add("missing:", "Contoso.Missing, Contoso"),
    ]);
    // The file is read first; the program names its modules afterwards.
    assert!(register_module_in(
        &context,
        "Contoso.CustomCreator",
        Creator("configured")
    ));
    assert!(!register_module_in(
        &context,
        "Contoso.CustomCreator",
        Creator("second")
    ));
    register_module_in(&context, "MyHttpRequestCreator", Creator("guide"));
    register_module_in(&context, "Contoso.Files", Creator("files"));
    check_kinds(
        &context,
        &[
            ("custom:x", "configured"),
            ("CUSTOM://h/", "configured"),
            ("http://special/x", "configured"),
            ("http://h/", "http"),
            // The guide's own listing has the assembly first.
            ("guide:x", "guide"),
            // The file may replace a built-in protocol.
            ("file:///x", "files"),
            ("missing:x", "InvalidOperation"),
        ],
    );
    let text = WebRequest::create_in(&context, "missing:x")
        .unwrap_err()
        .to_string();
    assert!(text.contains("Contoso.Missing"), "{text}");
    // Another context knows nothing of it.
    assert_eq!(kind(&crate::context(), "custom:x"), "NotSupported");
}

#[test]
fn config_remove_prefix() {
    let context = configured(vec![remove("file:"), remove("HTTPS")]);
    check_kinds(
        &context,
        &[
            ("file:///x", "NotSupported"),
            ("https://h/", "NotSupported"),
            ("http://h/", "http"),
        ],
    );
    // The place is free again.
    assert!(WebRequest::register_prefix_in(
        &context,
        "file:",
        Creator("own")
    ));
    check_kinds(&context, &[("file:///x", "own")]);

    let context = configured(vec![
        add("a:", "A"),
        ModuleChange::Clear,
        add("b:", "B"),
        add("c:", "B"),
        remove("c:"),
    ]);
    register_module_in(&context, "A", Creator("a"));
    register_module_in(&context, "B", Creator("b"));
    check_kinds(
        &context,
        &[
            ("a:x", "UriFormat"),
            ("aa:x", "NotSupported"),
            ("http://h/", "NotSupported"),
            ("file:///x", "NotSupported"),
        ],
    );
}

/// What a creator refuses reaches the caller as it is.
#[test]
fn creator_may_refuse() {
    struct Picky;
    impl WebRequestCreate for Picky {
        fn create(&self, _context: &NetContext, uri: &Uri) -> Result<WebRequest, WebError> {
            Err(WebError::new(
                system_net_requests::WebExceptionStatus::RequestProhibitedByProxy,
                system_net_requests::Phase::Preparing,
                "not today",
            )
            .with_uri(uri))
        }
    }
    let context = context();
    WebRequest::register_prefix_in(&context, "picky:", Picky);
    let error = check_status(
        WebRequest::create_in(&context, "picky:x"),
        system_net_requests::WebExceptionStatus::RequestProhibitedByProxy,
    );
    assert!(error.to_string().contains("not today"), "{error}");
}
