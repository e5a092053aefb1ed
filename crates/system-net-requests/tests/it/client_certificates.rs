//! Certificates of the client: shown to a server that asks, and to nobody else.

use std::sync::Arc;

use system_net_config::NetContext;
use system_net_primitives::Misuse;
use system_net_requests::{
    HttpWebRequest, RedirectPolicy, WebError, WebExceptionStatus, WebRequest,
};
use system_net_security::{X509Certificate2, X509CertificateCollection};
use system_net_testkit::{
    Authority, HttpPeer, Issued, Response, TlsIdentity, TlsManners, Validity,
};

use crate::{check_status, context_trusting};

fn client(authority: &Authority, name: &str) -> X509Certificate2 {
    read(&authority.issue_client(name, Validity::Now))
}

fn read(issued: &Issued) -> X509Certificate2 {
    let (certificate, key) = (issued.certificate_pem.as_bytes(), issued.key_pem.as_bytes());
    X509Certificate2::create_from_pem(certificate, key).unwrap()
}

fn asking(server: &Authority, clients_of: &[&Authority]) -> TlsIdentity {
    let manners = TlsManners {
        asks_clients_of: clients_of,
        ..TlsManners::default()
    };
    server
        .issue(&["localhost"], Validity::Now)
        .identity_with(manners)
}

fn demanding(server: &Authority, clients_of: &Authority, tls12_only: bool) -> TlsIdentity {
    let manners = TlsManners {
        clients_of: Some(clients_of),
        tls12_only,
        ..TlsManners::default()
    };
    server
        .issue(&["localhost"], Validity::Now)
        .identity_with(manners)
}

fn serve(identity: &TlsIdentity) -> HttpPeer {
    HttpPeer::serve_tls(identity, |_| Response::new(200).body("welcome"))
}

fn url(peer: &HttpPeer) -> String {
    peer.url_localhost("/").replace("http:", "https:")
}

fn request(context: &NetContext, peer: &HttpPeer) -> HttpWebRequest {
    WebRequest::create_http_in(context, url(peer)).unwrap()
}

fn get(mut request: HttpWebRequest) -> Result<String, WebError> {
    request.get_response()?.into_string()
}

#[track_caller]
fn get_as(context: &NetContext, peer: &HttpPeer, certificates: &[&X509Certificate2]) {
    let mut request = request(context, peer);
    let all = certificates.iter().map(|it| (*it).clone());
    request.set_client_certificates(all.collect()).unwrap();
    assert_eq!(get(request).unwrap(), "welcome");
}

/// Who the requests were of, and on which connections they came.
fn seen(peer: &HttpPeer) -> Vec<(usize, Option<Vec<u8>>)> {
    let requests = peer.requests().into_iter();
    requests
        .map(|it| (it.connection, it.client_certificate))
        .collect()
}

fn der(certificate: &X509Certificate2) -> Option<Vec<u8>> {
    Some(certificate.raw_data().to_vec())
}

#[test]
fn client_cert_loopback() {
    let (server, clients, others) = (Authority::new(), Authority::new(), Authority::new());
    let jsmith = client(&clients, "jsmith");
    for tls12_only in [true, false] {
        let context = context_trusting(&server);
        let peer = serve(&demanding(&server, &clients, tls12_only));
        let mut with = request(&context, &peer);
        assert!(with.client_certificates().is_empty());
        with.client_certificates_mut().unwrap().add(jsmith.clone());
        assert_eq!(with.client_certificates().len(), 1);
        let point = with.service_point().unwrap();
        assert_eq!(point.client_certificate(), None);
        let response = with.get_response().unwrap();
        assert_eq!(response.into_string().unwrap(), "welcome");
        assert_eq!(seen(&peer), [(0, der(&jsmith))]);
        let shown = point.client_certificate().unwrap();
        assert_eq!(&*shown, jsmith.raw_data());
        // A request that was sent is not changed.
        let late = with.client_certificates_mut().unwrap_err();
        assert!(matches!(late, Misuse::InvalidOperation(..)));
        with.set_client_certificates(X509CertificateCollection::new())
            .unwrap_err();

        // Without one, with one of another authority, with one that has expired.
        let expired = read(&clients.issue_client("jsmith", Validity::Past));
        for certificate in [None, Some(client(&others, "jsmith")), Some(expired)] {
            let mut request = request(&context, &peer);
            if let Some(certificate) = certificate {
                request.set_client_certificates(certificate.into()).unwrap();
            }
            let error = check_status(get(request), WebExceptionStatus::SecureChannelFailure);
            let advice = error.advice().first().unwrap();
            assert!(
                advice.contains("HttpWebRequest::client_certificates_mut"),
                "{advice}"
            );
        }
    }
}

/// The guide, step 3: the first of an issuer that the server names.
#[test]
fn client_cert_by_issuer() {
    let (server, a, b) = (Authority::new(), Authority::new(), Authority::new());
    let (of_a, of_b, more) = (client(&a, "a"), client(&b, "b"), client(&b, "more"));
    for (clients_of, expected) in [
        (&[&b][..], der(&of_b)),
        (&[&b, &a], der(&of_a)),
        (&[&server], None),
    ] {
        let context = context_trusting(&server);
        let peer = serve(&asking(&server, clients_of));
        get_as(&context, &peer, &[&of_a, &of_b, &more]);
        assert_eq!(seen(&peer), [(0, expected)]);
    }
}

/// A connection is for one identity: nobody sends under another's name, and nobody without.
#[test]
fn client_cert_pool_identity() {
    let (server, clients) = (Authority::new(), Authority::new());
    let (one, two) = (client(&clients, "one"), client(&clients, "two"));
    let context = context_trusting(&server);
    let peer = serve(&asking(&server, &[&clients]));
    let without_key = X509Certificate2::from_der(one.raw_data()).unwrap();
    for certificates in [
        &[&one][..],
        &[&two],
        &[],
        &[&one],
        &[&two],
        // A copy is the same identity; a certificate without its key is none.
        &[&one.clone()],
        &[&without_key],
    ] {
        get_as(&context, &peer, certificates);
    }
    assert_eq!(
        seen(&peer),
        [
            (0, der(&one)),
            (1, der(&two)),
            (2, None),
            (0, der(&one)),
            (1, der(&two)),
            (0, der(&one)),
            (2, None),
        ]
    );
}

/// To another origin no certificate goes along, unless the policy sets it for that; and once dropped
/// it does not come back.
#[test]
fn client_cert_redirects() {
    let (server, clients) = (Authority::new(), Authority::new());
    let (jsmith, other) = (client(&clients, "jsmith"), client(&clients, "other"));
    let identity = asking(&server, &[&clients]);
    let goal = Arc::new(serve(&identity));
    let to = Arc::clone(&goal);
    // `/here`: within the origin; `/there`: to the other one.
    let start = HttpPeer::serve_tls(&identity, move |request| match &*request.target() {
        "/" => Response::new(302).header("Location", "/here"),
        "/here" => Response::new(302).header("Location", &url(&to)),
        _ => Response::new(200).body("welcome"),
    });
    let send = |policy: Option<RedirectPolicy>| {
        let context = context_trusting(&server);
        let mut request = request(&context, &start);
        request
            .set_client_certificates(jsmith.clone().into())
            .unwrap();
        request.set_redirect_policy(policy).unwrap();
        assert_eq!(get(request).unwrap(), "welcome");
        let shown = |peer: &HttpPeer| seen(peer).into_iter().map(|(_, shown)| shown);
        let from_end = |peer, count| shown(peer).rev().take(count).collect::<Vec<_>>();
        assert_eq!(from_end(&start, 2), [der(&jsmith), der(&jsmith)]);
        from_end(&goal, 1).remove(0)
    };
    assert_eq!(send(None), None);
    assert_eq!(send(Some(RedirectPolicy::new())), None);
    let port = goal.port();
    let certificate = other.clone();
    let mut policy = RedirectPolicy::new();
    policy.set_on_redirect(Some(Arc::new(move |redirect| {
        let own = redirect.client_certificates().is_some();
        assert_eq!(own, !redirect.leaves_origin());
        if redirect.to().port() == Some(port) {
            redirect.set_client_certificates(Some(certificate.clone().into()));
        }
    })));
    assert_eq!(send(Some(policy)), der(&other));

    // There and back again.
    let back = HttpPeer::serve_tls(&identity, {
        let to = Arc::clone(&goal);
        move |request| match &*request.target() {
            "/" => Response::new(302).header("Location", &(url(&to) + "back")),
            _ => Response::new(200).body("welcome"),
        }
    });
    let home = url(&back) + "end";
    let there = HttpPeer::serve_tls(&identity, move |_| {
        Response::new(302).header("Location", &home)
    });
    let first = HttpPeer::serve_tls(&identity, {
        let there = url(&there);
        move |_| Response::new(302).header("Location", &there)
    });
    let context = context_trusting(&server);
    let mut request = request(&context, &first);
    request
        .set_client_certificates(jsmith.clone().into())
        .unwrap();
    assert_eq!(get(request).unwrap(), "welcome");
    let last = |peer: &HttpPeer| seen(peer).pop().unwrap().1;
    assert_eq!(
        [last(&first), last(&there), last(&back)],
        [der(&jsmith), None, None]
    );
}

/// What an identity has opened is resumed by it, as the connector of the last is kept.
#[test]
fn client_cert_sessions_are_kept_by_identity() {
    let (server, clients) = (Authority::new(), Authority::new());
    let one = client(&clients, "one");
    let context = context_trusting(&server);
    let peer = HttpPeer::serve_tls(&demanding(&server, &clients, false), |_| {
        Response::new(200).body("welcome").close()
    });
    for _ in 0..3 {
        get_as(&context, &peer, &[&one]);
    }
    let resumed: Vec<_> = peer.requests().iter().map(|it| it.resumed).collect();
    assert_eq!(resumed, [false, true, true]);
    assert!(seen(&peer).iter().all(|(_, shown)| *shown == der(&one)));
}
