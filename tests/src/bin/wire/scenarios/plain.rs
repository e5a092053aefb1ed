// Requests without a body: methods, versions, responses of every kind, failures.

use std::time::Duration;

use system_net_primitives::HttpVersion;
use system_net_requests::DecompressionMethods;
use system_net_testkit::{Signal, refused_port};

use super::{Stage, Table, describe};

const GZIP_DEFLATE: DecompressionMethods =
    DecompressionMethods::GZIP.union(DecompressionMethods::DEFLATE);

pub(super) const SCENARIOS: Table = &[
    ("get", |stage| stage.get_with_headers("/a/b?c=d", |_| {})),
    ("get_root", |stage| stage.get("", |_| {})),
    ("get_encoded", |stage| {
        stage.get("/a b/~/x?ü=A|^[]'\"<>", |_| {})
    }),
    ("get_fragment", |stage| stage.get("/p?q#frag", |_| {})),
    ("get_two_keepalive", |stage| {
        [stage.get("/1", |_| {}), stage.get("/2", |_| {})].concat()
    }),
    ("get_userinfo", userinfo),
    ("head", |stage| stage.get_with_headers("/h", method("HEAD"))),
    ("delete", |stage| stage.get("/h", method("DELETE"))),
    ("options", |stage| stage.get("/h", method("OPTIONS"))),
    ("lower_method", |stage| stage.get("/h", method("get"))),
    ("keepalive_false", |stage| {
        stage.get("/k", |r| r.set_keep_alive(false).expect("unsent"))
    }),
    ("http10_nokeepalive", http10),
    ("useragent", |stage| {
        stage.get("/u", |r| {
            r.set_user_agent(Some("My UA/1.0 (x)")).expect("unsent")
        })
    }),
    ("host_override", |stage| {
        stage.get("/u", |r| r.set_host("example.org:81").expect("a host"))
    }),
    ("cookies_manual", |stage| {
        stage.get("/c/a", |request| {
            request
                .headers_mut()
                .and_then(|headers| headers.add("Cookie", "m=1"))
                .expect("unsent");
        })
    }),
    ("addrange_multi", |stage| {
        stage.get("/u", |request| {
            request.add_range_from_to(0, 4).expect("unsent");
            request.add_range_from_to(10, 14).expect("unsent");
        })
    }),
    ("addrange_suffix", |stage| {
        stage.get("/u", |r| r.add_range(-5).expect("unsent"))
    }),
    ("decompress_both", |stage| {
        decompress(stage, GZIP_DEFLATE, None)
    }),
    ("decompress_both_own", |stage| {
        decompress(stage, GZIP_DEFLATE, Some("br"))
    }),
    ("decompress_deflate", |stage| {
        decompress(stage, DecompressionMethods::DEFLATE, None)
    }),
    ("dup_headers", response),
    ("empty_response", |stage| stage.get("/r", |_| {})),
    ("huge_header", response),
    ("no_reason", response),
    ("response_100", response),
    ("response_folded", response),
    ("response_noclength", response),
    ("status_204", response),
    ("status_304", response),
    ("status_500", response),
    ("stale_connection", stale),
    ("timeout", timeout),
    ("abort", abort),
    ("refused", |stage| {
        describe(
            stage
                .request_to(&format!("http://{}/", refused_port()))
                .get_response(),
            false,
        )
    }),
    ("nameres", |stage| {
        describe(
            stage
                .request_to("http://no-such-host.invalid/")
                .get_response(),
            false,
        )
    }),
    ("tls_not_tls", |stage| {
        let url = stage.url("/").replace("http:", "https:");
        describe(stage.request_to(&url).get_response(), false)
    }),
];

pub(super) fn response(stage: &Stage) -> Vec<String> {
    stage.get_with_headers("/r", |_| {})
}

pub(super) fn decompress(
    stage: &Stage,
    methods: DecompressionMethods,
    accept_encoding: Option<&str>,
) -> Vec<String> {
    stage.get_with_headers("/z", |request| {
        request
            .set_automatic_decompression(methods)
            .expect("unsent");
        if let Some(own) = accept_encoding {
            request
                .headers_mut()
                .and_then(|headers| headers.set("Accept-Encoding", own))
                .expect("unsent");
        }
    })
}

fn method(name: &'static str) -> impl FnOnce(&mut system_net_requests::HttpWebRequest) {
    move |request| request.set_method(name).expect("a method")
}

fn userinfo(stage: &Stage) -> Vec<String> {
    let url = stage.url("/x").replace("//", "//user:p%40w@");
    describe(stage.request_to(&url).get_response(), false)
}

fn http10(stage: &Stage) -> Vec<String> {
    stage.get("/u", |request| {
        request
            .set_protocol_version(HttpVersion::VERSION10)
            .expect("a version");
        request.set_keep_alive(false).expect("unsent");
    })
}

fn stale(stage: &Stage) -> Vec<String> {
    let mut lines = stage.get("/1", |_| {});
    // The server closes after its answer; the close must have arrived before the second request.
    Signal::new().wait(Duration::from_millis(200));
    lines.extend(stage.get("/2", |_| {}));
    lines
}

fn timeout(stage: &Stage) -> Vec<String> {
    stage.get("/t", |r| {
        r.set_timeout(Some(Duration::from_millis(500)))
            .expect("unsent")
    })
}

fn abort(stage: &Stage) -> Vec<String> {
    let mut request = stage.request("/t");
    let handle = request.abort_handle();
    let helper = std::thread::Builder::new().spawn(move || {
        // Long enough that the request is under way.
        Signal::new().wait(Duration::from_millis(200));
        handle.abort();
    });
    let lines = describe(request.get_response(), false);
    helper
        .expect("a thread")
        .join()
        .expect("a thread that ends");
    lines
}
