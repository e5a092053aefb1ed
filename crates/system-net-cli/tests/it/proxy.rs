//! `-x`, `--noproxy`, `-U`, and what holds without them.

use system_net_testkit::{
    Authority, HttpPeer, ProxyAnswer, RecordedRequest, Response, Validity, basic_login,
};

use crate::program::{finish, run, sysnet};

/// A proxy that answers with the target, if Ben asks or nobody need.
fn proxy(guarded: bool) -> HttpPeer {
    HttpPeer::proxy(move |request| {
        let ben = request.header("Proxy-Authorization").as_deref() == Some(&*basic_login("ben"));
        let response = match guarded && !ben {
            true => Response::new(407).header("Proxy-Authenticate", "Basic realm=\"p\""),
            false => Response::new(200).body(request.target()),
        };
        response.into()
    })
}

const URL: &str = "http://www.contoso.invalid/a";

#[test]
fn proxy_option() {
    let peer = proxy(false);
    let address = format!("127.0.0.1:{}", peer.port());
    for given in [
        address.clone(),
        peer.url(""),
        format!("http://ben:geheim-Zx81@{address}"),
    ] {
        assert_eq!(run(&["get", "-x", &given, URL]).ok().text(), URL, "{given}");
    }
    assert_eq!(run(&["get", "--proxy", &address, URL]).ok().text(), URL);
    // Not for some.
    let code = |arguments: &[&str]| run(arguments).code;
    assert_eq!(
        code(&["get", "-x", &address, "--noproxy", "contoso.invalid", URL]),
        6
    );
    assert_eq!(code(&["get", "-x", &address, "--noproxy", "*", URL]), 6);
    assert_eq!(
        code(&["get", "-x", &address, "--noproxy", "fabrikam.invalid", URL]),
        0
    );
    assert_eq!(code(&["get", "-x", "", URL]), 6);
    // What is wrong with it.
    let wrong = run(&["get", "-x", "http://ben:geheim-Zx81@:::", URL]);
    assert!(
        wrong.code == 2 && wrong.stderr.contains("not the address of a proxy"),
        "{wrong:?}"
    );
    assert!(!wrong.stderr.contains("geheim"), "{wrong:?}");
    assert_eq!(code(&["get", "-x", "http://nowhere.invalid:1", URL]), 5);
    assert_eq!(code(&["get", "-x", &address, "file:///etc/hostname"]), 2);
}

#[test]
fn proxy_user_option() {
    let peer = proxy(true);
    let address = peer.url("");
    assert_eq!(run(&["get", "-f", "-x", &address, URL]).code, 22);
    let with = run(&[
        "get",
        "-s",
        "-f",
        "-x",
        &address,
        "-U",
        "ben:geheim-Zx81",
        URL,
    ]);
    assert_eq!(with.ok().text(), URL);
    let inside = format!("http://ben:geheim-Zx81@127.0.0.1:{}", peer.port());
    assert_eq!(
        run(&["get", "-s", "-f", "-x", &inside, URL]).ok().text(),
        URL
    );
    // Only the proxy's login goes to the proxy.
    assert_eq!(
        run(&[
            "get",
            "-s",
            "-f",
            "-x",
            &address,
            "-u",
            "ben:geheim-Zx81",
            URL
        ])
        .code,
        22
    );
}

#[test]
fn proxy_of_the_environment() {
    let peer = proxy(false);
    let from = |arguments: &[&str]| finish(sysnet(arguments).env("http_proxy", peer.url("")));
    assert_eq!(from(&["get", URL]).ok().text(), URL);
    assert_eq!(from(&["get", "--noproxy", "*", URL]).code, 6);
    assert_eq!(from(&["get", "-x", "", URL]).code, 6);
}

#[test]
fn tunnels_that_are_refused_end_with_56() {
    let authority = Authority::new();
    let identity = authority
        .issue(&["www.contoso.invalid"], Validity::Now)
        .identity();
    let origin = HttpPeer::serve_tls(&identity, |_| Response::new(200).body("inside"));
    let to = origin.address();
    let peer = HttpPeer::proxy(
        move |request: &RecordedRequest| match request.target().as_str() {
            "www.contoso.invalid:443" => ProxyAnswer::Tunnel(to),
            "forbidden.invalid:443" => Response::new(403).body("evil").into(),
            _ => Response::new(502).body("evil").into(),
        },
    );
    let get = |url: &str| run(&["get", "-k", "-x", &peer.url(""), url]);
    let through = get("https://www.contoso.invalid/");
    assert_eq!(
        (through.code, through.text().as_str()),
        (0, "inside"),
        "{through:?}"
    );
    for url in ["https://forbidden.invalid/", "https://other.invalid/"] {
        let refused = get(url);
        assert_eq!(
            (refused.code, refused.text().as_str()),
            (56, ""),
            "{refused:?}"
        );
        assert!(
            refused.stderr.contains("the proxy refused a tunnel"),
            "{refused:?}"
        );
    }
}
