//! What a request may follow, which hosts it reaches over TLS only, and how its headers are spelled.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use system_net_config::{NetContext, Settings};
use system_net_primitives::{FakeClock, HstsStore};
use system_net_requests::{
    Hsts, HttpWebRequest, RedirectPolicy, SchemeDowngrade, ServicePointManager,
    WebExceptionStatus as Status, WebRequest,
};
use system_net_sockets::{Dns, OverrideResolver};
use system_net_testkit::{Authority, HttpPeer, RecordedRequest, Response, Validity};

use crate::{check_status, context, context_trusting, post, write_body};

const NAMES: [&str; 4] = ["a.example", "www.a.example", "b.example", "localhost"];

/// The resolver knows that all these hosts are here.
fn hosts(context: &NetContext) {
    let mut resolver = OverrideResolver::closed();
    for host in NAMES {
        resolver.insert(host, vec!["127.0.0.1".parse().unwrap()]);
    }
    Dns::set_resolver_in(context, Some(Arc::new(resolver)));
}

fn request(context: &NetContext, url: &str) -> HttpWebRequest {
    WebRequest::create_http_in(context, url).unwrap()
}

/// Answers `/to?ADDRESS` with a redirect there, and everything else with its target.
fn redirecting(request: &RecordedRequest) -> Response {
    match request.target().split_once("?to=") {
        Some((_, next)) => Response::new(302).header("Location", next),
        None => Response::new(200).body(request.target()),
    }
}

// ---- HSTS ----

/// A host that said so over TLS is reached over TLS only, as long as it said, and those below it if
/// it said so: from the first byte on, and after redirects. Not without being asked for.
#[test]
fn hsts_upgrade() {
    let authority = Authority::new();
    let identity = authority.issue(&NAMES, Validity::Now).identity();
    let clock = Arc::new(FakeClock::starting_at(SystemTime::now()));
    let mut settings = Settings::default();
    settings.tls.use_system_roots = false;
    settings.tls.extra_roots = vec![authority.certificate_der()];
    let context = NetContext::builder()
        .settings(settings)
        .clock(Arc::<FakeClock>::clone(&clock))
        .build();
    hosts(&context);
    let field = Arc::new(Mutex::new(String::new()));
    let said = Arc::clone(&field);
    let tls = HttpPeer::serve_tls(&identity, move |request| {
        let response = redirecting(request);
        match &**said.lock().unwrap() {
            "" => response,
            field => response.header("Strict-Transport-Security", field),
        }
    });
    let plain = HttpPeer::serve(|request| {
        redirecting(request).header("Strict-Transport-Security", "max-age=9999")
    });
    // The port stays, as it is not 80: a plain request to it is garbage to this server.
    let at =
        |scheme: &str, host: &str, path: &str| format!("{scheme}://{host}:{}{path}", tls.port());
    let check = |url: &str, expected: Option<&str>| {
        let mut request = request(&context, url);
        match (request.get_response(), expected) {
            (Ok(response), Some(expected)) => {
                let uri = response.response_uri().absolute_uri().to_owned();
                assert_eq!(uri, expected, "{url}");
                assert_eq!(request.address().scheme(), "https", "{url}");
            }
            (Err(_), None) => {}
            (result, _) => panic!("{url}: {result:?}"),
        }
    };
    *field.lock().unwrap() = "max-age=60".into();
    let (safe, unsafe_one) = (
        at("https", "a.example", "/x"),
        at("http", "a.example", "/x"),
    );
    // Nobody asked for it: nothing is learned.
    check(&safe, Some(&safe));
    check(&unsafe_one, None);
    let hsts = ServicePointManager::of(&context).use_hsts();
    check(&unsafe_one, None);
    // What comes without TLS says nothing.
    let over_plain = format!("http://b.example:{}/y", plain.port());
    let mut first = request(&context, &over_plain);
    first.get_response().unwrap();
    assert_eq!(hsts.with(|store| store.count()), 0);
    // Learned, and used.
    check(&safe, Some(&safe));
    assert_eq!(hsts.with(|store| store.count()), 1);
    check(&unsafe_one, Some(&safe));
    check(&at("http", "A.EXAMPLE", "/x"), Some(&safe));
    check(&at("http", "www.a.example", "/x"), None);
    check(&at("http", "b.example", "/x"), None);
    // With a body: the plain way is not even begun.
    let mut upload = post(&context, &unsafe_one);
    upload.set_content_length(5).unwrap();
    write_body(&mut upload, "hello");
    upload.get_response().unwrap();
    assert_eq!(tls.requests().last().unwrap().body, b"hello");
    // The same over redirects, from a plain server and from one over TLS, which else would be a
    // way down.
    let redirect = format!("http://b.example:{}/z?to={unsafe_one}", plain.port());
    check(&redirect, Some(&safe));
    let down = at("https", "a.example", &format!("/z?to={unsafe_one}"));
    check(&down, Some(&safe));
    // Errors say it as well.
    clock.advance(Duration::from_secs(59));
    check(&unsafe_one, Some(&safe));
    // That was heard over TLS: it holds for another minute.
    clock.advance(Duration::from_secs(59));
    check(&unsafe_one, Some(&safe));
    *field.lock().unwrap() = String::new();
    clock.advance(Duration::from_secs(60));
    check(&unsafe_one, None);
    // Those below.
    *field.lock().unwrap() = "max-age=60; includeSubDomains".into();
    check(&safe, Some(&safe));
    let below = at("https", "www.a.example", "/x");
    check(&at("http", "www.a.example", "/x"), Some(&below));
    // Taken back.
    *field.lock().unwrap() = "max-age=0".into();
    check(&safe, Some(&safe));
    *field.lock().unwrap() = String::new();
    check(&unsafe_one, None);

    // A request may have its own, and be without that of the context.
    let mut store = HstsStore::new();
    assert!(store.add("b.example", false, None));
    let mut own = request(&context, &at("http", "b.example", "/x"));
    own.set_hsts(Some(Hsts::new_in(&context, store))).unwrap();
    own.get_response().unwrap();
    assert_eq!(own.address().scheme(), "https");
    let known = |store: &mut HstsStore| store.is_known("b.example", SystemTime::now());
    assert!(!hsts.with(known));
}

// ---- Redirects ----

/// What a policy makes of redirects: what is followed, with which headers, and what the caller is
/// told.
#[test]
fn redirect_policy_table() {
    let authority = Authority::new();
    let identity = authority.issue(&NAMES, Validity::Now).identity();
    let context = context_trusting(&authority);
    hosts(&context);
    let plain = HttpPeer::serve(redirecting);
    let tls = HttpPeer::serve_tls(&identity, redirecting);
    let home = format!("http://a.example:{}", plain.port());
    let other = format!("http://b.example:{}", plain.port());
    let safe = format!("https://a.example:{}", tls.port());
    let policy = |make: fn(&mut RedirectPolicy)| {
        let mut policy = RedirectPolicy::new();
        make(&mut policy);
        Some(policy)
    };
    let none = || None;
    let of_origin = || policy(|policy| policy.set_headers_of_origin(&["x-api-key", "X-None"]));
    let follow = || policy(|policy| policy.set_scheme_downgrade(SchemeDowngrade::Follow));
    let removing = || {
        policy(|policy| {
            policy.set_on_redirect(Some(Arc::new(|redirect| {
                redirect.remove_header("X-Api-Key");
                redirect.remove_header("user-agent");
            })));
        })
    };
    let refusing = || {
        policy(|policy| {
            policy.set_on_redirect(Some(Arc::new(|redirect| {
                if redirect.to().host() != redirect.from().host() {
                    redirect.refuse("only at home");
                }
            })));
        })
    };
    const ALL: &str = "key cookie ua referer";
    type Row<'a> = (
        &'a str,
        Option<RedirectPolicy>,
        Vec<&'a str>,
        Result<&'a str, &'a str>,
    );
    let rows: Vec<Row<'_>> = vec![
        ("as .NET, at home", none(), vec![&home, &home], Ok(ALL)),
        (
            "as .NET, elsewhere",
            none(),
            vec![&home, &other],
            Ok("key ua referer"),
        ),
        (
            "as .NET, up",
            none(),
            vec![&home, &safe],
            Ok("key ua referer"),
        ),
        (
            "as .NET, down",
            none(),
            vec![&safe, &home],
            Err("from https to http"),
        ),
        (
            "an empty one",
            policy(|_| ()),
            vec![&safe, &home],
            Err("from https to http"),
        ),
        ("down, allowed", follow(), vec![&safe, &home], Ok("key ua")),
        (
            "down and up",
            follow(),
            vec![&safe, &home, &safe],
            Ok("key ua"),
        ),
        (
            "of the origin, at home",
            of_origin(),
            vec![&home, &home],
            Ok(ALL),
        ),
        (
            "of the origin, elsewhere",
            of_origin(),
            vec![&home, &other],
            Ok("ua referer"),
        ),
        (
            "what is gone stays gone",
            of_origin(),
            vec![&home, &other, &home],
            Ok("ua referer"),
        ),
        (
            "removed by hand",
            removing(),
            vec![&home, &home],
            Ok("cookie referer"),
        ),
        (
            "refused by hand",
            refusing(),
            vec![&home, &home, &other],
            Err("only at home"),
        ),
        (
            "not refused by hand",
            refusing(),
            vec![&home, &safe],
            Ok("key ua referer"),
        ),
    ];
    for (number, (what, policy, hops, expected)) in rows.into_iter().enumerate() {
        let end = format!("/end{number}");
        let mut hops = hops.into_iter().rev();
        let last = hops.next().unwrap();
        let mut url = format!("{last}{end}");
        for hop in hops {
            url = format!("{hop}/hop?to={url}");
        }
        let mut request = request(&context, &url);
        request.set_redirect_policy(policy).unwrap();
        request.set_user_agent(Some("ua")).unwrap();
        request.set_referer(Some("http://ref/")).unwrap();
        let headers = request.headers_mut().unwrap();
        headers.add("X-Api-Key", "secret").unwrap();
        headers.add("Cookie", "c=1").unwrap();
        headers.add("Authorization", "Basic Zm9v").unwrap();
        let result = request.get_response();
        let seen = [&plain, &tls]
            .iter()
            .flat_map(|peer| peer.requests())
            .find(|request| request.target() == end);
        match expected {
            Err(why) => {
                let error = check_status(result, Status::ProtocolError);
                assert!(error.to_string().contains(why), "{what}: {error}");
                // The answer that was not followed.
                let answer = error.response().unwrap().as_http().unwrap();
                assert_eq!(answer.status_code().as_u16(), 302, "{what}");
                assert!(seen.is_none(), "{what}");
            }
            Ok(expected) => {
                result.unwrap_or_else(|error| panic!("{what}: {error}"));
                let seen = seen.unwrap();
                assert_eq!(seen.header("Authorization"), None, "{what}");
                let names = [
                    ("X-Api-Key", "key"),
                    ("Cookie", "cookie"),
                    ("User-Agent", "ua"),
                    ("Referer", "referer"),
                ];
                let there: Vec<&str> = names
                    .iter()
                    .filter(|(name, _)| seen.header(name).is_some())
                    .map(|(_, short)| *short)
                    .collect();
                assert_eq!(there.join(" "), expected, "{what}");
            }
        }
    }
}

/// The handler is told what is about to happen; a body that is refused its second way goes once.
#[test]
fn redirects_are_told() {
    let peer = HttpPeer::serve(|request| match request.target().as_str() {
        "/1" => Response::new(307).header("Location", "/2"),
        "/2" => Response::new(303).header("Location", "/3"),
        "/3" => Response::new(301).header("Location", "/4"),
        _ => Response::new(200),
    });
    let told = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&told);
    let mut policy = RedirectPolicy::new();
    policy.set_on_redirect(Some(Arc::new(move |redirect| {
        seen.lock().unwrap().push(format!(
            "{} {} {} {} -> {} {}",
            redirect.count(),
            redirect.status_code(),
            redirect.method(),
            redirect.from().path_and_query(),
            redirect.to().path_and_query(),
            redirect.headers().get("X-A").unwrap_or_default(),
        ));
        assert!(!redirect.leaves_origin());
        if redirect.count() == 3 {
            redirect.refuse("enough");
        }
    })));
    let mut request = post(&context(), &peer.url("/1"));
    request.headers_mut().unwrap().add("X-A", "b").unwrap();
    request.set_redirect_policy(Some(policy)).unwrap();
    write_body(&mut request, "hello");
    let error = check_status(request.get_response(), Status::ProtocolError);
    assert!(error.to_string().contains("enough"), "{error}");
    assert_eq!(
        *told.lock().unwrap(),
        [
            "1 307 POST /1 -> /2 b",
            "2 303 GET /2 -> /3 b",
            "3 301 GET /3 -> /4 b"
        ]
    );
    let lines: Vec<_> = peer.requests().iter().map(|r| r.request_line()).collect();
    assert_eq!(
        lines,
        ["POST /1 HTTP/1.1", "POST /2 HTTP/1.1", "GET /3 HTTP/1.1"]
    );
    assert!(request.set_redirect_policy(None).is_err());
}

// ---- Headers ----

/// The caller's headers go out as they were written, in their order, whatever their case, on the
/// first request and on those after redirects; the response's are read so.
#[test]
fn header_case_preserved_on_wire() {
    let own = [
        ("x-lower", "1"),
        ("X-UPPER", "2"),
        ("x-MiXeD-cAsE", "3"),
        ("DNT", "1"),
        ("x-lower-too", "a"),
        ("Accept-language", "de"),
        ("te", "trailers"),
        ("B3", "0"),
        ("a", "z"),
        ("_under_score", "5"),
    ];
    let peer = HttpPeer::serve(|request| match request.target().as_str() {
        "/first" => Response::new(302).header("Location", "/second"),
        _ => Response::new(200)
            .header("x-lower", "1")
            .header("ETAG", "\"e\"")
            .header("X-b", "2")
            .header("x-A", "3"),
    });
    for method in ["GET", "PUT"] {
        let mut request = request(&context(), &peer.url("/first"));
        request.set_method(method).unwrap();
        let headers = request.headers_mut().unwrap();
        for (name, value) in own {
            headers.add(name, value).unwrap();
        }
        if method == "PUT" {
            request
                .service_point()
                .unwrap()
                .set_expect_100_continue(false);
            write_body(&mut request, "hello");
        }
        let response = request.get_response().unwrap();
        let requests = peer.requests();
        for request in &requests[requests.len() - 2..] {
            let names = request.header_names();
            let of_caller: Vec<&str> = names
                .iter()
                .map(String::as_str)
                .filter(|name| own.iter().any(|(own, _)| own == name))
                .collect();
            let expected: Vec<&str> = own.iter().map(|(name, _)| *name).collect();
            assert_eq!(of_caller, expected, "{method} {}", request.target());
            // They stand together, in front of what the request itself says.
            assert_eq!(names[..own.len()], expected, "{method}");
        }
        let names: Vec<&str> = response.headers().iter().map(|(name, _)| name).collect();
        assert_eq!(names[..4], ["x-lower", "ETAG", "X-b", "x-A"]);
    }
    // A header that is set again keeps the place and the letters that it had, or has new ones: what
    // counts is that there is one.
    let mut request = request(&context(), &peer.url("/second"));
    let headers = request.headers_mut().unwrap();
    headers.add("x-One", "1").unwrap();
    headers.add("x-Two", "2").unwrap();
    headers.set("X-ONE", "3").unwrap();
    request.get_response().unwrap();
    let last = peer.requests().last().unwrap().clone();
    let ones: Vec<String> = last
        .headers()
        .into_iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("x-one"))
        .map(|(_, value)| value)
        .collect();
    assert_eq!(ones, ["3"]);
}
