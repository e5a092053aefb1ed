//! What a configuration file changes, from its text on: seen at a server, or in what a caller gets.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use system_net_config::{Configuration, ConfigurationWarningKind, NetContext};
use system_net_primitives::{Clock, Credentials, FakeClock, IpAddress, NetworkCredential};
use system_net_requests::{
    ServicePointManager, WebExceptionStatus as Status, WebRequest,
    register_authentication_module_in, register_module_in,
};
use system_net_security::authentication::{
    AuthenticationModule, AuthenticationRequest, Authorization, Challenges,
};
use system_net_sockets::{BoxFuture, Dns, Resolver, SocketError};
use system_net_testkit::{Authority, HttpPeer, PASSWORD, Response, Script, Validity, basic_login};

use crate::create::Creator;
use crate::{check_status, get};

/// A file with this inside of `<system.net>`, and the attributes of which it says that they have
/// no effect, but for types that are registered later.
#[track_caller]
fn read(system_net: &str) -> (Configuration, Vec<String>) {
    let text = format!("<configuration><system.net>{system_net}</system.net></configuration>");
    let mut configuration = Configuration::new();
    configuration.apply_str(&text, "app.config").unwrap();
    let warnings = configuration.warnings().iter();
    let in_vain = warnings
        .filter(|warning| warning.kind() != ConfigurationWarningKind::UnregisteredType)
        .filter(|warning| warning.kind() != ConfigurationWarningKind::Dangerous)
        .map(|warning| warning.attribute().unwrap_or_default().to_owned())
        .collect();
    (configuration, in_vain)
}

/// A context of a file of which nothing is in vain.
#[track_caller]
fn configured(system_net: &str) -> NetContext {
    let (configuration, in_vain) = read(system_net);
    assert!(in_vain.is_empty(), "{in_vain:?}");
    NetContext::from_configuration(configuration)
}

#[track_caller]
fn setting(element: &str) -> NetContext {
    configured(&format!("<settings>{element}</settings>"))
}

#[test]
fn config_http_web_request() {
    let status_of = |context: &NetContext, script: Script| {
        let peer = HttpPeer::each(script);
        let mut request = WebRequest::create_http_in(context, peer.url("/")).unwrap();
        match request.get_response() {
            Ok(_) => Status::Success,
            Err(error) => error.status(),
        }
    };
    let answer = |fields: &str| {
        Script::new()
            .head()
            .send(format!(
                "HTTP/1.1 200 OK\r\n{fields}\r\nContent-Length: 0\r\n\r\n"
            ))
            .close()
    };

    // maximumResponseHeadersLength: KiB of a head.
    let long = answer(&format!("X: {}", "x".repeat(1500)));
    for (limit, expected) in [
        ("1", Status::MessageLengthLimitExceeded),
        ("2", Status::Success),
        ("-1", Status::Success),
    ] {
        let context = setting(&format!(
            "<httpWebRequest maximumResponseHeadersLength='{limit}'/>"
        ));
        assert_eq!(status_of(&context, long.clone()), expected, "{limit}");
    }

    // useUnsafeHeaderParsing: a blank before the colon.
    for (on, expected) in [
        ("false", Status::ServerProtocolViolation),
        ("true", Status::Success),
    ] {
        let context = setting(&format!("<httpWebRequest useUnsafeHeaderParsing='{on}'/>"));
        assert_eq!(status_of(&context, answer("X : x")), expected, "{on}");
    }

    // maximumErrorResponseLength: KiB of an error's body.
    let error_body = |attribute: &str, length: usize| {
        let peer = HttpPeer::serve(move |_| Response::new(404).body(vec![b'x'; length]));
        let context = setting(&format!("<httpWebRequest {attribute}/>"));
        let mut request = WebRequest::create_http_in(&context, peer.url("/")).unwrap();
        let error = check_status(request.get_response(), Status::ProtocolError);
        let body = error.into_response().unwrap().into_bytes().unwrap();
        assert!(body.iter().all(|byte| *byte == b'x'));
        // One that was read to its end leaves its connection.
        let _ = WebRequest::create_http_in(&context, peer.url("/"))
            .unwrap()
            .get_response();
        (body.len(), peer.connections_opened())
    };
    for (attribute, length, expected) in [
        ("", 65_536, (65_536, 1)),
        ("", 100_000, (65_536, 2)),
        ("maximumErrorResponseLength='1'", 1024, (1024, 1)),
        ("maximumErrorResponseLength='1'", 1025, (1024, 2)),
        ("maximumErrorResponseLength='0'", 10, (0, 2)),
        ("maximumErrorResponseLength='-1'", 200_000, (200_000, 1)),
    ] {
        assert_eq!(
            error_body(attribute, length),
            expected,
            "{attribute} {length}"
        );
    }

    // maximumUnauthorizedUploadLength: bytes that go out in vain on a connection that is kept.
    let connections = |limit: &str, method: &str, user: Option<NetworkCredential>| {
        let peer = HttpPeer::serve(|request| match request.header("Authorization") {
            Some(_) => Response::new(403).body("no"),
            None => Response::new(401).header("WWW-Authenticate", "Basic realm='r'"),
        });
        let context = setting(&format!(
            "<httpWebRequest maximumUnauthorizedUploadLength='{limit}'/>\
             <servicePointManager expect100Continue='false'/>"
        ));
        for _ in 0..2 {
            let mut request = WebRequest::create_http_in(&context, peer.url("/")).unwrap();
            request.set_method(method).unwrap();
            let user = user
                .clone()
                .map(|user| Arc::new(user) as Arc<dyn Credentials>);
            request.set_credentials(user).unwrap();
            crate::write_body(&mut request, "12345");
            check_status(request.get_response(), Status::ProtocolError);
        }
        peer.connections_opened()
    };
    let user = || Some(NetworkCredential::new("user", PASSWORD));
    for (limit, method, user, expected) in [
        ("-1", "POST", None, 1),
        ("5", "POST", None, 1),
        ("4", "POST", None, 2),
        ("0", "PUT", None, 2),
        ("0", "PATCH", None, 1),
        // After the login the connection is kept, whatever comes of it.
        ("-1", "POST", user(), 1),
        ("4", "POST", user(), 3),
    ] {
        let shown = format!("{limit} {method} {}", user.is_some());
        assert_eq!(connections(limit, method, user), expected, "{shown}");
    }
}

/// Answers with what it was made with, and counts.
struct Counting {
    addresses: Vec<IpAddress>,
    asked: Arc<AtomicUsize>,
}

impl Resolver for Counting {
    fn resolve(&self, _host: &str) -> BoxFuture<'static, Result<Vec<IpAddress>, SocketError>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let addresses = self.addresses.clone();
        Box::pin(async move { Ok(addresses) })
    }
}

/// Makes all names of a context lead to these addresses; gives the number of look-ups.
fn resolve_to(context: &NetContext, addresses: &[&str]) -> Arc<AtomicUsize> {
    let asked = Arc::default();
    let resolver = Counting {
        addresses: addresses.iter().map(|text| text.parse().unwrap()).collect(),
        asked: Arc::clone(&asked),
    };
    Dns::set_resolver_in(context, Some(Arc::new(resolver)));
    asked
}

/// Whether the connections of this process to a server send small packets at once.
fn no_delay_of_connections_to(server: SocketAddr) -> Vec<bool> {
    let no_delay = |stream: &TcpStream| stream.nodelay().unwrap();
    connections_to(server).iter().map(no_delay).collect()
}

/// Copies of the connections of this process to a server.
pub(crate) fn connections_to(server: SocketAddr) -> Vec<TcpStream> {
    use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
    let this = pidfd_open(getpid(), PidfdFlags::empty()).unwrap();
    let numbers = std::fs::read_dir("/proc/self/fd").unwrap();
    let numbers = numbers.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let numbers: Vec<i32> = numbers.collect();
    let copies = numbers.into_iter().filter_map(|number| {
        let copy: OwnedFd = pidfd_getfd(&this, number, PidfdGetfdFlags::empty()).ok()?;
        Some(TcpStream::from(copy))
    });
    copies
        .filter(|stream| stream.peer_addr().is_ok_and(|peer| peer == server))
        // Another test may be making copies at the same time.
        .map(|stream| (stream.local_addr().unwrap(), stream))
        .collect::<HashMap<_, _>>()
        .into_values()
        .collect()
}

/// A server at each address, all on one port, that answers with its address.
fn at_each(addresses: &[&str]) -> u16 {
    let mut port = 0;
    for address in addresses {
        let listener = TcpListener::bind((*address, port)).unwrap();
        port = listener.local_addr().unwrap().port();
        let answer = format!(
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{address}",
            address.len()
        );
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    if stream.read(&mut byte).unwrap_or(0) == 0 {
                        break;
                    }
                    head.extend(byte);
                }
                let _ = stream.write_all(answer.as_bytes());
            }
        });
    }
    port
}

#[test]
fn config_service_point_manager() {
    // expect100Continue
    for on in [true, false] {
        let peer = HttpPeer::serve(|_| Response::new(200));
        let context = setting(&format!("<servicePointManager expect100Continue='{on}'/>"));
        let mut request = WebRequest::create_http_in(&context, peer.url("/")).unwrap();
        request.set_method("POST").unwrap();
        crate::write_body(&mut request, "x");
        request.get_response().unwrap();
        let expect = peer.requests()[0].header("Expect");
        assert_eq!(expect.is_some(), on, "{expect:?}");
    }

    // useNagleAlgorithm
    for on in [true, false] {
        let peer = HttpPeer::serve(|_| Response::new(200).body("x"));
        let context = setting(&format!("<servicePointManager useNagleAlgorithm='{on}'/>"));
        get(&context, &peer.url("/"));
        assert_eq!(no_delay_of_connections_to(peer.address()), [!on]);
    }

    // dnsRefreshTimeout
    let look_ups = |attribute: &str| {
        let peer = HttpPeer::serve(|_| Response::new(200).close());
        let (configuration, in_vain) = read(&format!(
            "<settings><servicePointManager {attribute}/></settings>"
        ));
        assert!(in_vain.is_empty());
        let clock = Arc::new(FakeClock::new());
        let context = NetContext::builder()
            .settings(configuration.into_parts().0)
            .clock(Arc::clone(&clock) as Arc<dyn Clock>)
            .build();
        let asked = resolve_to(&context, &["127.0.0.1"]);
        let url = format!("http://www.contoso.com:{}/", peer.port());
        let mut counts = Vec::new();
        for pause in [0, 119, 1, 1_000_000] {
            clock.advance(Duration::from_secs(pause));
            get(&context, &url);
            counts.push(asked.load(Ordering::SeqCst));
        }
        assert_eq!(peer.connections_opened(), 4);
        counts
    };
    assert_eq!(look_ups(""), [1, 1, 2, 3], "two minutes");
    assert_eq!(look_ups("dnsRefreshTimeout='60000'"), [1, 2, 2, 3]);
    assert_eq!(look_ups("dnsRefreshTimeout='0'"), [1, 2, 3, 4]);
    assert_eq!(look_ups("dnsRefreshTimeout='-1'"), [1, 1, 1, 1]);

    // enableDnsRoundRobin
    let addresses = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];
    let port = at_each(&addresses);
    for (attribute, expected) in [
        ("", ["127.0.0.1"; 4]),
        (
            "enableDnsRoundRobin='true'",
            ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.1"],
        ),
    ] {
        let context = setting(&format!("<servicePointManager {attribute}/>"));
        resolve_to(&context, &addresses);
        let url = format!("http://www.contoso.com:{port}/");
        let answered = expected.map(|_| get(&context, &url));
        assert_eq!(answered, expected, "{attribute}");
    }

    // checkCertificateName
    let authority = Authority::new();
    let identity = authority.issue(&["other.test"], Validity::Now).identity();
    for (on, expected) in [(true, Status::TrustFailure), (false, Status::Success)] {
        let peer = HttpPeer::serve_tls(&identity, |_| Response::new(200));
        let (configuration, in_vain) = read(&format!(
            "<settings><servicePointManager checkCertificateName='{on}'/></settings>"
        ));
        assert!(in_vain.is_empty());
        let mut settings = configuration.into_parts().0;
        settings.tls.use_system_roots = false;
        settings.tls.extra_roots = vec![authority.certificate_der()];
        let context = NetContext::with_settings(settings);
        let url = format!("https://localhost:{}/", peer.port());
        let result = WebRequest::create_http_in(&context, url)
            .unwrap()
            .get_response();
        let status = result.map_or_else(|error| error.status(), |_| Status::Success);
        assert_eq!(status, expected, "{on}");
    }
    // A name is all that is not checked: who signed it is.
    let (stranger, context) = (
        Authority::new()
            .issue(&["localhost"], Validity::Now)
            .identity(),
        setting("<servicePointManager checkCertificateName='false'/>"),
    );
    let peer = HttpPeer::serve_tls(&stranger, |_| Response::new(200));
    let url = format!("https://localhost:{}/", peer.port());
    let result = WebRequest::create_http_in(&context, url)
        .unwrap()
        .get_response();
    check_status(result, Status::TrustFailure);

    // checkCertificateRevocationList: nothing tells of the certificate but a list that the program
    // gives, or code that asks for less.
    let issued = authority.issue(&["localhost"], Validity::Now);
    let identity = issued.identity();
    let list = authority.revocation_list(&[], Validity::Now);
    let revoking = authority.revocation_list(&[&issued], Validity::Now);
    for (on, by_code, lists, expected) in [
        (false, None, vec![], Status::Success),
        (true, None, vec![], Status::TrustFailure),
        (true, None, vec![list], Status::Success),
        (true, None, vec![revoking], Status::TrustFailure),
        (true, Some(false), vec![], Status::Success),
        (false, Some(true), vec![], Status::TrustFailure),
    ] {
        let peer = HttpPeer::serve_tls(&identity, |_| Response::new(200));
        let (configuration, in_vain) = read(&format!(
            "<settings><servicePointManager checkCertificateRevocationList='{on}'/></settings>"
        ));
        assert!(in_vain.is_empty(), "{in_vain:?}");
        let mut settings = configuration.into_parts().0;
        settings.tls.use_system_roots = false;
        settings.tls.extra_roots = vec![authority.certificate_der()];
        settings.tls.revocation_lists = lists;
        let context = NetContext::with_settings(settings);
        let manager = ServicePointManager::of(&context);
        if let Some(check) = by_code {
            manager.set_check_certificate_revocation_list(check);
        }
        assert_eq!(
            manager.check_certificate_revocation_list(),
            by_code.unwrap_or(on)
        );
        let url = format!("https://localhost:{}/", peer.port());
        let result = WebRequest::create_http_in(&context, url)
            .unwrap()
            .get_response();
        let status = result.map_or_else(|error| error.status(), |_| Status::Success);
        assert_eq!(status, expected, "{on} {by_code:?}");
    }

    // What has no effect says so.
    let (_, in_vain) = read(
        "<settings><servicePointManager checkCertificateRevocationList='true' \
         encryptionPolicy='AllowNoEncryption'/></settings>",
    );
    assert_eq!(in_vain, ["encryptionPolicy"]);
}

/// By code, as by file; and a name none of whose addresses answers is asked anew.
#[test]
fn dns_refresh_seen() {
    let context = setting("<servicePointManager dnsRefreshTimeout='-1'/>");
    let manager = ServicePointManager::of(&context);
    assert_eq!(manager.dns_refresh_timeout(), None);
    assert!(!manager.enable_dns_round_robin());
    let peer = HttpPeer::serve(|_| Response::new(200).close());
    let url = format!("http://www.contoso.com:{}/", peer.port());
    let asked = resolve_to(&context, &["127.0.0.1"]);
    get(&context, &url);
    get(&context, &url);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    manager.set_dns_refresh_timeout(Some(Duration::ZERO));
    assert_eq!(manager.dns_refresh_timeout(), Some(Duration::ZERO));
    get(&context, &url);
    assert_eq!(asked.load(Ordering::SeqCst), 2);

    // The server has moved.
    manager.set_dns_refresh_timeout(None);
    let asked = resolve_to(&context, &["127.0.0.9"]);
    let elsewhere = format!("http://moved.contoso.com:{}/", peer.port());
    let failed = WebRequest::create_http_in(&context, &*elsewhere)
        .unwrap()
        .get_response();
    check_status(failed, Status::ConnectFailure);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let asked = resolve_to(&context, &["127.0.0.1"]);
    get(&context, &elsewhere);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

/// A module of the program's own.
struct Contoso;

impl AuthenticationModule for Contoso {
    fn authentication_type(&self) -> &'static str {
        "Contoso"
    }

    fn can_pre_authenticate(&self) -> bool {
        false
    }

    fn authenticate(
        &self,
        challenges: &Challenges,
        _request: &mut AuthenticationRequest<'_>,
        _credentials: &dyn Credentials,
    ) -> Option<Authorization> {
        challenges.find("Contoso")?;
        Some(Authorization::new("Contoso let-me-in"))
    }
}

/// What a server that asks so gets as an answer; `Err` is what the caller gets besides a 401.
fn answer_to(context: &NetContext, challenges: &'static [&str]) -> Result<Option<String>, String> {
    let said = Arc::new(Mutex::new(None));
    let heard = Arc::clone(&said);
    let peer = HttpPeer::serve(move |request| match request.header("Authorization") {
        Some(answer) => {
            *heard.lock().unwrap() = Some(answer);
            Response::new(200)
        }
        None => challenges
            .iter()
            .fold(Response::new(401), |response, challenge| {
                response.header("WWW-Authenticate", challenge)
            }),
    });
    let mut request = WebRequest::create_http_in(context, peer.url("/")).unwrap();
    let user: Arc<dyn Credentials> = Arc::new(NetworkCredential::new("user", PASSWORD));
    request.set_credentials(Some(user)).unwrap();
    match request.get_response() {
        Err(error) if error.status() != Status::ProtocolError => Err(error.to_string()),
        _ => Ok(said.lock().unwrap().take()),
    }
}

#[test]
fn config_authentication_modules() {
    let modules = |changes: &str| {
        let context = configured(&format!(
            "<authenticationModules>{changes}</authenticationModules>"
        ));
        assert!(register_authentication_module_in(
            &context,
            "MyAuthModule",
            Contoso
        ));
        context
    };
    const BASIC: &[&str] = &["Basic realm=\"r\""];
    const BOTH: &[&str] = &["Basic realm=\"r\"", "Contoso realm=\"r\""];
    let basic = Ok(Some(basic_login("user")));
    let own = Ok(Some("Contoso let-me-in".to_owned()));
    let remove = "<remove type='System.Net.BasicClient'/>";
    let add = "<add type='MyAuthModule, MyAuthModule.dll'/>";
    for (changes, asked, expected) in [
        ("", BOTH, &basic),
        // The built-in one stands first, and one that is added last.
        (add, BOTH, &basic),
        (add, &["Contoso realm=\"r\""], &own),
        (remove, BASIC, &Ok(None)),
        (&*format!("{remove}{add}"), BOTH, &own),
        (&*format!("{remove}{add}"), BASIC, &Ok(None)),
        ("<clear/>", BASIC, &Ok(None)),
        (
            "<clear/><add type='MyAuthModule'/><add type='System.Net.BasicClient'/>",
            BOTH,
            &own,
        ),
        (
            "<clear/><add type='MyAuthModule'/><add type='System.Net.BasicClient'/>",
            BASIC,
            &basic,
        ),
        (
            "<add type='MyAuthModule'/><remove type='MyAuthModule'/>",
            &["Contoso realm=\"r\""],
            &Ok(None),
        ),
    ] {
        let context = modules(changes);
        assert_eq!(answer_to(&context, asked), *expected, "{changes} {asked:?}");
        // Made once: the second request sees the same.
        assert_eq!(answer_to(&context, asked), *expected, "{changes} {asked:?}");
    }
}

/// E34: the type stands first, or, as in the guide's listings, last; one that nobody registered is
/// an error that says which are known.
#[test]
fn config_type_name_registry() {
    let context = configured(
        "<webRequestModules>\
           <add prefix='one:' type='Contoso.Creator, Contoso, Version=1.0.0.0'/>\
           <add prefix='two:' type='Contoso.dll, Contoso.Creator'/>\
           <add prefix='none:' type='Contoso.Missing, Contoso'/>\
         </webRequestModules>\
         <authenticationModules><add type='Contoso.Login, Contoso'/></authenticationModules>",
    );
    assert!(register_module_in(
        &context,
        "Contoso.Creator",
        Creator("own")
    ));
    assert_eq!(get(&context, "one:x"), "own");
    assert_eq!(get(&context, "two:x"), "own");
    let error = WebRequest::create_in(&context, "none:x").unwrap_err();
    assert!(
        error.to_string().contains(
            "element `add`, attribute `type`: no type `Contoso.Missing, Contoso` is registered; \
             known are `Contoso.Creator`"
        ),
        "{error}"
    );
    let challenges: &[&str] = &["Contoso realm=\"r\""];
    let error = answer_to(&context, challenges).unwrap_err();
    let what = "element `add`, attribute `type`: no type `Contoso.Login, Contoso` is registered; \
                known are ";
    let (_, known) = error.split_once(what).expect(&error);
    for built_in in ["Negotiate", "Ntlm", "Digest", "Basic"] {
        let name = format!("`System.Net.{built_in}Client`");
        assert!(known.contains(&name), "{name}: {error}");
    }
    // Named late is named in time.
    assert!(register_authentication_module_in(
        &context,
        "Contoso.Login",
        Contoso
    ));
    let own = Ok(Some("Contoso let-me-in".to_owned()));
    assert_eq!(answer_to(&context, challenges), own);
}

#[test]
fn config_overrides_builtin_http() {
    let peer = HttpPeer::serve(|_| Response::new(200).body("built in"));
    // As the guide writes it, and in other letter cases.
    for prefix in ["HTTP", "http", "Http:", "HTTP://"] {
        let context = configured(&format!(
            "<webRequestModules>\
               <add prefix='{prefix}' type='MyHttpRequest.dll, MyHttpRequestCreator'/>\
             </webRequestModules>"
        ));
        register_module_in(&context, "MyHttpRequestCreator", Creator("own"));
        assert_eq!(get(&context, &peer.url("/")), "own", "{prefix}");
        let upper = peer.url("/").replace("http", "HTTP");
        assert_eq!(get(&context, &upper), "own", "{prefix}");
    }
    for (prefix, url) in [
        ("HTTPS", "https://localhost/"),
        ("FILE", "file:///etc/hostname"),
    ] {
        let context = configured(&format!(
            "<webRequestModules><add prefix='{prefix}' type='Own'/></webRequestModules>"
        ));
        register_module_in(&context, "Own", Creator("own"));
        assert_eq!(get(&context, url), "own", "{prefix}");
        assert_eq!(get(&context, &peer.url("/")), "built in");
    }
    assert_eq!(peer.request_count(), 2);
}
