//! TLS that fails, each way with its status and its advice; and programs that judge certificates
//! by themselves.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use system_net_config::{NetContext, Settings};
use system_net_requests::{
    HttpWebRequest, ServicePointManager, WebError, WebExceptionStatus as Status, WebRequest,
};
use system_net_security::{
    ChannelProblem, RemoteCertificateValidationCallback as Callback, SslPolicyErrors, TlsError,
    TlsErrorKind, TrustProblem,
};
use system_net_testkit::{
    Authority, HttpPeer, ProxyAnswer, Response, Script, TlsIdentity, TlsManners, Validity,
};

use crate::advice_provoked::provoke;
use crate::proxies::{NAMES, at, resolving, through};
use crate::{check_status, context_trusting};

fn serve(identity: &TlsIdentity) -> HttpPeer {
    HttpPeer::serve_tls(identity, |_| Response::new(200).body("safe"))
}

fn request(context: &NetContext, peer: &HttpPeer) -> HttpWebRequest {
    WebRequest::create_http_in(context, peer.url_localhost("/").replace("http:", "https:")).unwrap()
}

fn fail(context: &NetContext, peer: &HttpPeer) -> WebError {
    request(context, peer).get_response().unwrap_err()
}

/// What TLS said, wherever in the chain.
fn tls_error(error: &WebError) -> &TlsError {
    let sources = std::iter::successors(std::error::Error::source(error), |error| error.source());
    let mut found = sources.filter_map(|source| {
        let io = source.downcast_ref::<std::io::Error>();
        source
            .downcast_ref::<TlsError>()
            .or_else(|| io.and_then(TlsError::of_io_error))
    });
    found.next().expect("TLS says what happened")
}

/// The failure has this status and kind, and what it advises first has the word.
#[track_caller]
fn check(error: &WebError, kind: TlsErrorKind, word: &str) {
    let status = match kind {
        TlsErrorKind::Trust(_) => Status::TrustFailure,
        _ => Status::SecureChannelFailure,
    };
    assert_eq!(error.status(), status, "{error}");
    assert_eq!(tls_error(error).kind(), kind, "{error}");
    let first = error.advice().first().expect("there is advice");
    assert!(first.contains(word), "{word:?} in {first:?}");
    assert!(
        !first.contains("callback"),
        "never the first advice: {first}"
    );
}

#[test]
fn tls_failure_status_table() {
    use ChannelProblem as Channel;
    use TlsErrorKind as Kind;
    let authority = Authority::new();
    let context = context_trusting(&authority);
    let good = authority.issue(&["localhost"], Validity::Now);

    // 1: the server wants a certificate of its clients. In TLS 1.3 it says so when the client has
    // gone on to its request.
    for tls12_only in [true, false] {
        let manners = TlsManners {
            clients_of: Some(&authority),
            tls12_only,
            ..TlsManners::default()
        };
        let error = fail(&context, &serve(&good.identity_with(manners)));
        let kind = Kind::Channel(Channel::CertificateRefused);
        check(&error, kind, "a certificate of its clients");
    }
    // 2: an authority that is not trusted.
    let error = fail(
        &context_trusting(&Authority::new()),
        &serve(&good.identity()),
    );
    let kind = Kind::Trust(TrustProblem::UnknownIssuer);
    check(&error, kind, "add the certificate of the authority");
    // 3, 4, 5: out of date, too early, for another host.
    for (name, validity, problem, word) in [
        ("localhost", Validity::Past, TrustProblem::Expired, "clock"),
        (
            "localhost",
            Validity::Future,
            TrustProblem::NotYetValid,
            "clock",
        ),
        (
            "b.example",
            Validity::Now,
            TrustProblem::WrongHost,
            "one of the names",
        ),
    ] {
        let identity = authority.issue(&[name], validity).identity();
        check(
            &fail(&context, &serve(&identity)),
            Kind::Trust(problem),
            word,
        );
    }
    // 6: revoked. Its neighbour is not; a list that is out of date counts as none at all.
    let revoked = authority.issue(&["localhost"], Validity::Now);
    let with_list = |validity| {
        let mut settings = Settings::default();
        settings.tls.use_system_roots = false;
        settings.tls.extra_roots = vec![authority.certificate_der()];
        settings.tls.revocation_lists = vec![authority.revocation_list(&[&revoked], validity)];
        NetContext::with_settings(settings)
    };
    let lists = with_list(Validity::Now);
    let error = fail(&lists, &serve(&revoked.identity()));
    check(&error, Kind::Trust(TrustProblem::Revoked), "do not use");
    let neighbour = serve(&good.identity());
    request(&lists, &neighbour).get_response().unwrap();
    let error = fail(&with_list(Validity::Past), &neighbour);
    let kind = Kind::Trust(TrustProblem::RevocationUnknown);
    check(&error, kind, "");
    // What this side was told to use: no advice about the server.
    let mut settings = Settings::default();
    settings.tls.extra_roots = vec![b"no certificate".to_vec()];
    let nonsense = NetContext::with_settings(settings);
    let error = fail(&nonsense, &neighbour);
    check(&error, Kind::Configuration, "of this machine or program");
    assert_eq!(error.advice().len(), 1, "{error:#}");
    // 7: no version of TLS in common: an alert, or the answer of a server of TLS 1.0.
    let alert = [21, 3, 1, 0, 2, 2, 70];
    let mut hello = vec![22, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1];
    hello.extend([7; 32]);
    hello.extend([0, 0, 47, 0]);
    for answer in [&alert[..], &hello] {
        let peer = HttpPeer::each(Script::new().discard(5).send(answer).stall());
        let kind = Kind::Channel(Channel::NoCommonVersion);
        check(&fail(&context, &peer), kind, "TLS 1.2 or 1.3");
    }
    // 8: nothing to agree on.
    let manners = TlsManners {
        rare_key_exchange: true,
        ..TlsManners::default()
    };
    let error = fail(&context, &serve(&good.identity_with(manners)));
    let kind = Kind::Channel(Channel::NoCommonCipher);
    check(&error, kind, "current cipher suite");
    // 9: cut, before and inside the server's first message.
    for begun in [&[][..], &[22, 3, 3, 0, 90, 2, 0, 0]] {
        let peer = HttpPeer::each(Script::new().discard(5).send(begun).cut());
        let kind = Kind::Channel(Channel::Closed);
        check(&fail(&context, &peer), kind, "cut");
    }
}

#[test]
fn advice_trust_failure() {
    // The names of the certificate, as the host is not among them.
    let error = provoke(Status::TrustFailure).unwrap().error;
    assert!(
        error.advice()[0].contains("subject alternative names"),
        "{error:#}"
    );
    // The store, the names, the clock; last the callback, and never that it should accept all.
    let advice = WebError::new(
        Status::TrustFailure,
        system_net_requests::Phase::Connecting,
        "",
    )
    .advice();
    for (line, word) in advice
        .iter()
        .zip(["store", "names", "clock", "openssl", "callback"])
    {
        assert!(line.contains(word), "{word}: {line}");
    }
    assert_eq!(advice.len(), 5);
    assert!(advice[4].ends_with("one that accepts everything protects nothing"));
}

#[test]
fn advice_secure_channel() {
    let error = provoke(Status::SecureChannelFailure).unwrap().error;
    assert_eq!(error.advice().len(), 1, "{error:#}");
    assert!(
        error.advice()[0].contains("http: may be meant"),
        "{error:#}"
    );
    let advice = WebError::new(
        Status::SecureChannelFailure,
        system_net_requests::Phase::SecuringChannel,
        "",
    )
    .advice();
    let words = ["speaks TLS", "TLS 1.2 or 1.3", "of its clients", "firewall"];
    for (line, word) in advice.iter().zip(words) {
        assert!(line.contains(word), "{word}: {line}");
    }
    assert_eq!(advice.len(), words.len());
}

// ---- Callbacks ----

/// What a callback was shown.
#[derive(Debug, PartialEq)]
struct Seen {
    host: String,
    chain: Vec<Vec<u8>>,
    errors: SslPolicyErrors,
    problems: Vec<TlsErrorKind>,
}

/// A callback that always says the same, and keeps what it saw.
fn judge(answer: bool) -> (Callback, Arc<Mutex<Vec<Seen>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&seen);
    let callback: Callback = Arc::new(move |server| {
        assert_eq!(server.certificate(), server.chain().first().map(|c| &**c));
        assert!(server.facts().is_some());
        kept.lock().unwrap().push(Seen {
            host: server.host().to_owned(),
            chain: server.chain().iter().map(|c| c.to_vec()).collect(),
            errors: server.policy_errors(),
            problems: server.problems().iter().map(TlsError::kind).collect(),
        });
        assert_eq!(server.is_accepted(), server.problems().is_empty());
        answer
    });
    (callback, seen)
}

fn judged(context: &NetContext, peer: &HttpPeer, by: &Callback) -> HttpWebRequest {
    let mut request = request(context, peer);
    request
        .set_server_certificate_validation_callback(Some(Arc::clone(by)))
        .unwrap();
    request
}

#[test]
fn cert_callback_sees_chain_and_errors() {
    use SslPolicyErrors as Errors;
    let (authority, stranger) = (Authority::new(), Authority::new());
    let context = context_trusting(&authority);
    let (name, chain) = (
        Errors::REMOTE_CERTIFICATE_NAME_MISMATCH,
        Errors::REMOTE_CERTIFICATE_CHAIN_ERRORS,
    );
    assert_eq!([name.bits(), chain.bits()], [2, 4]);
    assert_eq!(
        (name | chain).to_string(),
        "RemoteCertificateNameMismatch, RemoteCertificateChainErrors"
    );
    let (other, expired) = (TrustProblem::WrongHost, TrustProblem::Expired);
    for (signer, host, validity, errors, problems) in [
        (&authority, "localhost", Validity::Now, Errors::NONE, vec![]),
        (&authority, "b.example", Validity::Now, name, vec![other]),
        (
            &authority,
            "localhost",
            Validity::Past,
            chain,
            vec![expired],
        ),
        (
            &stranger,
            "localhost",
            Validity::Now,
            chain,
            vec![TrustProblem::UnknownIssuer],
        ),
        (
            &authority,
            "b.example",
            Validity::Past,
            chain | name,
            vec![expired, other],
        ),
    ] {
        let issued = signer.issue(&[host], validity);
        // The authority's certificate goes along, as the second of the chain.
        let certificates = issued.certificate_pem.clone() + signer.certificate_pem();
        let peer = serve(&TlsIdentity::from_pem(&certificates, &issued.key_pem));
        // The word of the callback counts, both ways.
        let (yes, seen) = judge(true);
        let response = judged(&context, &peer, &yes).get_response().unwrap();
        assert_eq!(response.into_string().unwrap(), "safe");
        let (no, seen_again) = judge(false);
        let error = judged(&context, &peer, &no).get_response().unwrap_err();
        let error = check_status(Err::<(), _>(error), Status::TrustFailure);
        let shown = Seen {
            host: "localhost".to_owned(),
            chain: seen.lock().unwrap()[0].chain.clone(),
            errors,
            problems: problems.iter().copied().map(TlsErrorKind::Trust).collect(),
        };
        assert_eq!(shown.chain.len(), 2);
        assert_eq!(shown.chain[1], signer.certificate_der());
        assert_eq!(*seen.lock().unwrap(), [shown]);
        assert_eq!(*seen.lock().unwrap(), *seen_again.lock().unwrap());
        let first = problems.first().copied().unwrap_or(TrustProblem::Other);
        assert_eq!(tls_error(&error).kind(), TlsErrorKind::Trust(first));
        if errors.is_empty() {
            assert!(error.to_string().contains("callback refused"), "{error}");
        } else {
            // Without one, the same is refused.
            check_status(
                request(&context, &peer).get_response(),
                Status::TrustFailure,
            );
        }
    }
}

/// A connection that a callback has let pass is for requests with that callback alone.
#[test]
fn cert_callback_is_part_of_the_connections_identity() {
    let context = context_trusting(&Authority::new());
    let identity = Authority::self_signed(&["localhost"]).identity();
    let peer = serve(&identity);
    let (one, seen_by_one) = judge(true);
    let (two, seen_by_two) = judge(true);
    let fetch = |by: &Callback| {
        let response = judged(&context, &peer, by).get_response().unwrap();
        assert_eq!(response.into_string().unwrap(), "safe");
    };
    fetch(&one);
    fetch(&one);
    assert_eq!(peer.connections_opened(), 1);
    for _ in 0..3 {
        check_status(
            request(&context, &peer).get_response(),
            Status::TrustFailure,
        );
    }
    assert_eq!(
        peer.request_count(),
        2,
        "nothing was sent over the other's connection"
    );
    assert_eq!(peer.connections_opened(), 4);
    fetch(&two);
    assert_eq!(peer.connections_opened(), 5);
    fetch(&one);
    assert_eq!(peer.connections_opened(), 5, "its own is still there");
    assert_eq!(seen_by_one.lock().unwrap().len(), 1);
    assert_eq!(seen_by_two.lock().unwrap().len(), 1);
    // No session is resumed behind a callback's back.
    let point = request(&context, &peer).service_point().unwrap();
    assert!(point.close_connection_group(None));
    fetch(&one);
    assert_eq!(seen_by_one.lock().unwrap().len(), 2);
    // Callbacks that are gone leave nothing that grows: neither connections nor places.
    point
        .set_max_idle_time(Some(std::time::Duration::ZERO))
        .unwrap();
    for _ in 0..20 {
        fetch(&judge(true).0);
    }
    assert_eq!(point.current_connections(), 0);
}

/// The manager's callback is for requests without one of their own; it may change.
#[test]
fn cert_callback_of_the_manager() {
    let context = context_trusting(&Authority::new());
    let manager = ServicePointManager::of(&context);
    assert!(manager.server_certificate_validation_callback().is_none());
    let identity = Authority::self_signed(&["localhost"]).identity();
    let peer = serve(&identity);
    let (yes, seen) = judge(true);
    manager.set_server_certificate_validation_callback(Some(Arc::clone(&yes)));
    assert!(manager.server_certificate_validation_callback().is_some());
    let response = request(&context, &peer).get_response().unwrap();
    assert_eq!(response.into_string().unwrap(), "safe");
    let (no, asked) = judge(false);
    let mut own = judged(&context, &peer, &no);
    assert!(own.server_certificate_validation_callback().is_some());
    check_status(own.get_response(), Status::TrustFailure);
    assert_eq!(
        (seen.lock().unwrap().len(), asked.lock().unwrap().len()),
        (1, 1)
    );
    // Taken away: the connection it let pass is nobody's.
    manager.set_server_certificate_validation_callback(None);
    check_status(
        request(&context, &peer).get_response(),
        Status::TrustFailure,
    );
    // A request that is under way keeps what it has.
    let set = own.set_server_certificate_validation_callback(None);
    assert!(set.is_err(), "it was sent");
    assert_eq!(peer.request_count(), 1);
}

/// In a tunnel it is the server that is judged; the proxy, if TLS leads to it, by the usual checks.
#[test]
fn cert_callback_is_about_the_server() {
    let server = serve(&Authority::self_signed(&NAMES).identity());
    let to = server.address();
    let context = resolving(context_trusting(&Authority::new()));
    let proxy = HttpPeer::proxy(move |_| ProxyAnswer::Tunnel(to));
    let (yes, seen) = judge(true);
    let mut request = through(&context, "https://a.example/", &at(&proxy));
    request
        .set_server_certificate_validation_callback(Some(Arc::clone(&yes)))
        .unwrap();
    let response = request.get_response().unwrap();
    assert_eq!(response.into_string().unwrap(), "safe");
    assert_eq!(seen.lock().unwrap()[0].host, "a.example");

    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let identity = Authority::self_signed(&NAMES).identity();
    let proxy = HttpPeer::proxy_tls(&identity, move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        ProxyAnswer::Tunnel(to)
    });
    let address = format!("https://proxy.example:{}", proxy.port());
    let over_tls = Arc::new(system_net_web_proxy::WebProxy::new(address).unwrap());
    let mut request = through(&context, "https://b.example/", &over_tls);
    request
        .set_server_certificate_validation_callback(Some(yes))
        .unwrap();
    check_status(request.get_response(), Status::TrustFailure);
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    assert_eq!(seen.lock().unwrap().len(), 1);
}
