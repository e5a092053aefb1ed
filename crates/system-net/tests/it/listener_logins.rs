//! Our clients at our listener: names of services and hosts, and a scheme of one's own.

use std::io::{Read as _, Write as _};
use std::sync::{Arc, Mutex};
use std::thread;

use aws_lc_rs::hmac;
use system_net::accounts::Accounts;
use system_net::authentication::{
    AuthenticationLevel, AuthenticationModule, AuthenticationModules, AuthenticationRequest,
    Authorization, Challenges, DigestServerOptions, LogonModule,
};
use system_net::extended_protection::{
    ChannelBinding, ChannelBindingKind, ExtendedProtectionPolicy, PolicyEnforcement,
    ProtectionScenario, ServiceNameCollection, TransportContext,
};
use system_net::mechanism::LogonErrorKind;
use system_net::negotiate::NegotiateServer;
use system_net::ntlm::{NtlmProvider, NtlmServer, NtlmServerOptions, OwnChallenges};
use system_net::{
    AuthenticationSchemes, Credentials, Dns, HttpListener, HttpWebRequest, Misuse,
    NegotiateClientOptions, NegotiateServerOptions, NegotiateStream, NetContext, NetworkCredential,
    OverrideResolver, RequestStream, Settings, SslClientAuthenticationOptions,
    SslServerAuthenticationOptions, SslStream, TlsClientOptions, TlsServerIdentity,
    TlsServerOptions, WebClient, WebError, WebExceptionStatus, WebRequest,
};
use system_net_testkit::{Authority, PASSWORD, Validity};

fn ann() -> NetworkCredential {
    NetworkCredential::with_domain("ann", PASSWORD, "EXAMPLE")
}

fn users() -> Accounts {
    let users = Accounts::new();
    users.add("ann", "EXAMPLE", PASSWORD);
    users
}

/// A listener that lets `ann` in by NTLM, and answers with the service that was meant.
fn listener(prefix: &str, policy: Option<ExtendedProtectionPolicy>) -> (HttpListener, u16) {
    let listener = HttpListener::new_in(&NetContext::new());
    listener.prefixes().add(prefix).unwrap();
    listener.set_authentication_schemes(AuthenticationSchemes::NTLM);
    listener.set_credential_validator(Some(Arc::new(users())));
    listener.set_extended_protection_policy(policy).unwrap();
    listener.start().unwrap();
    let port = listener.local_endpoints().unwrap()[0].port();
    let serving = listener.clone();
    thread::spawn(move || {
        while let Ok(mut context) = serving.get_context() {
            assert_eq!(context.user().unwrap().name(), "EXAMPLE\\ann");
            let service = context.request().service_name().unwrap().to_owned();
            context.response_mut().close_with(service).unwrap();
        }
    });
    (listener, port)
}

fn always(names: Option<&str>) -> Option<ExtendedProtectionPolicy> {
    let names = names.map(|name| ServiceNameCollection::new([name]).unwrap());
    let scenario = ProtectionScenario::TransportSelected;
    let always = PolicyEnforcement::Always;
    Some(ExtendedProtectionPolicy::with_service_names(always, scenario, names).unwrap())
}

/// A client whose names all stand for this machine, and that knows these as its own.
fn client(own_names: &[&str], check: bool) -> NetContext {
    let context = NetContext::new();
    let mut resolver = OverrideResolver::closed();
    let machine = Dns::get_host_name().unwrap();
    for name in ["contoso", "www.contoso.com", "localhost", &machine] {
        resolver.insert(name, vec!["127.0.0.1".parse().unwrap()]);
    }
    Dns::set_resolver_in(&context, Some(Arc::new(resolver)));
    let provider = NtlmProvider {
        back_connection_host_names: own_names.iter().map(|&name| name.to_owned()).collect(),
        disable_loopback_check: !check,
        ..NtlmProvider::default()
    };
    let modules = context.slot(|_| AuthenticationModules::new());
    modules.register(Arc::new(LogonModule::ntlm(provider)));
    context
}

/// What the listener answers; the error is the status.
fn ask(context: &NetContext, url: &str, host: Option<&str>) -> Result<String, u16> {
    let mut request = WebRequest::create_http_in(context, url).unwrap();
    request.set_credentials(Some(Arc::new(ann()))).unwrap();
    if let Some(host) = host {
        request.set_host(host).unwrap();
    }
    match request.get_response() {
        Ok(response) => Ok(response.into_string().unwrap()),
        Err(error) => Err(status_of(&error)),
    }
}

fn status_of(error: &WebError) -> u16 {
    assert_eq!(error.status(), WebExceptionStatus::ProtocolError, "{error}");
    let response = error.response().unwrap();
    response.as_http().unwrap().status_code().as_u16()
}

/// F20-09: the name of the service is that of the URL, and a server under a name that is not known
/// as this computer's own is not answered when it asks with this process's own challenge.
#[test]
fn ntlm_host_name_cases() {
    let machine = Dns::get_host_name().unwrap();
    let own = client(&["contoso", "www.contoso.com", &machine], true);
    let strict = client(&[], true);
    let (_any, port) = listener("http://+:0/", None);
    let url = |host: &str| format!("http://{host}:{port}/");

    // 1. A name that is not the machine's.
    assert_eq!(ask(&own, &url("contoso"), None).unwrap(), "HTTP/contoso");
    assert_eq!(ask(&strict, &url("contoso"), None), Err(401));
    let unchecked = client(&[], false);
    assert_eq!(
        ask(&unchecked, &url("contoso"), None).unwrap(),
        "HTTP/contoso"
    );
    // 2. Another Host field.
    let asked = ask(&own, &url("contoso"), Some("www.contoso.com"));
    assert_eq!(asked.unwrap(), "HTTP/contoso");
    assert_eq!(ask(&strict, &url("contoso"), Some("localhost")), Err(401));
    let asked = ask(&strict, &url("localhost"), Some("www.contoso.com"));
    assert_eq!(asked.unwrap(), "HTTP/localhost");
    // 3. The machine's own name, which says nothing of who answers there.
    let asked = ask(&own, &url(&machine), None);
    assert!(
        asked
            .unwrap()
            .eq_ignore_ascii_case(&format!("HTTP/{machine}"))
    );
    // 4. An address of it.
    let asked = ask(&strict, &url("127.0.0.1"), None);
    assert_eq!(asked.unwrap(), "HTTP/127.0.0.1");
    // 5. Loopback by name.
    let asked = ask(&strict, &url("localhost"), None);
    assert_eq!(asked.unwrap(), "HTTP/localhost");

    // What the listener makes of these names when it compares them.
    let (_any, port) = listener("http://+:0/", always(None));
    let url = |host: &str| format!("http://{host}:{port}/");
    assert!(ask(&own, &url(&machine), None).is_ok());
    for host in ["contoso", "127.0.0.1", "localhost"] {
        assert_eq!(ask(&own, &url(host), None), Err(401), "{host}");
    }
    let (_named, port) = listener("http://contoso:0/", always(None));
    let url = |host: &str| format!("http://{host}:{port}/");
    assert_eq!(ask(&own, &url("contoso"), None).unwrap(), "HTTP/contoso");
    assert_eq!(
        ask(&own, &url("www.contoso.com"), Some("contoso")),
        Err(401)
    );
    let names = always(Some("HTTP/www.contoso.com"));
    let (_custom, port) = listener("http://contoso:0/", names);
    let url = format!("http://www.contoso.com:{port}/");
    let asked = ask(&own, &url, Some(&format!("contoso:{port}")));
    assert_eq!(asked.unwrap(), "HTTP/www.contoso.com");
}

/// F20-08: what holds for requests holds for `WebClient`, for streams, and at the listener.
#[test]
fn spn_and_loopback_rules_all_classes() {
    let (_listener, port) = listener("http://+:0/", None);
    let download = |context: &NetContext, host: &str| {
        let mut web = WebClient::new_in(context);
        web.set_credentials(Some(Arc::new(ann())));
        web.download_string(&format!("http://{host}:{port}/"))
    };
    let (own, strict) = (client(&["contoso"], true), client(&[], true));
    assert_eq!(download(&own, "contoso").unwrap(), "HTTP/contoso");
    assert_eq!(download(&own, "CONTOSO").unwrap(), "HTTP/contoso");
    assert_eq!(download(&strict, "localhost").unwrap(), "HTTP/localhost");
    assert_eq!(status_of(&download(&strict, "contoso").unwrap_err()), 401);

    // Streams: the name is what the client says, and who it may stand for.
    let stream = |target: &str, own_names: &[&str]| {
        let sockets = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = sockets.local_addr().unwrap();
        let server = thread::spawn(move || {
            let stream = NegotiateStream::over_blocking(sockets.accept().unwrap().0);
            let options = NtlmServerOptions {
                own_challenges: OwnChallenges::of_process().clone(),
                ..NtlmServerOptions::default()
            };
            let users = system_net::accounts::NtlmUsers::new(Arc::new(users()));
            let ntlm = Box::new(NtlmServer::new(users, options));
            let login = Box::new(NegotiateServer::new(vec![ntlm]));
            let names = ServiceNameCollection::new(["HOST/localhost", "HOST/contoso"]).unwrap();
            let policy = ExtendedProtectionPolicy::with_service_names(
                PolicyEnforcement::Always,
                ProtectionScenario::TrustedProxy,
                Some(names),
            );
            let options = NegotiateServerOptions {
                policy: Some(policy.unwrap()),
                ..NegotiateServerOptions::default()
            };
            stream
                .authenticate_as_server(login, &options)
                .map_err(|error| error.kind())
        });
        let provider = NtlmProvider {
            back_connection_host_names: own_names.iter().map(|&name| name.to_owned()).collect(),
            ..NtlmProvider::default()
        };
        let options = NegotiateClientOptions {
            target_name: Some(target.to_owned()),
            providers: vec![Arc::new(provider)],
            ..NegotiateClientOptions::default()
        };
        let socket = std::net::TcpStream::connect(address).unwrap();
        let client = NegotiateStream::over_blocking(socket);
        let logged_in = client.authenticate_as_client(&ann(), &options);
        let logged_in = logged_in.map_err(|error| error.kind());
        drop(client);
        (logged_in, server.join().unwrap())
    };
    assert_eq!(stream("HOST/localhost", &[]), (Ok(()), Ok(())));
    assert_eq!(stream("HOST/contoso", &["contoso"]), (Ok(()), Ok(())));
    assert_eq!(
        stream("HOST/contoso", &[]).0,
        Err(LogonErrorKind::Reflected)
    );
    let (_, server) = stream("HOST/127.0.0.1", &[]);
    assert_eq!(
        server,
        Err(LogonErrorKind::BindingDiffers),
        "not one of its names"
    );
}

/// The listener asks for a login with each request, and several users share no connection.
#[test]
fn requests_log_in_at_a_listener_one_after_the_other() {
    let (listener, port) = listener("http://localhost:0/", always(None));
    let context = client(&[], true);
    for keeps in [false, true] {
        listener.set_unsafe_connection_ntlm_authentication(keeps);
        for _ in 0..3 {
            let url = format!("http://localhost:{port}/");
            assert_eq!(ask(&context, &url, None).unwrap(), "HTTP/localhost");
        }
    }
}

/// A scheme of one's own: the proof is a keyed hash of what the server asks with.
struct Contoso {
    key: hmac::Key,
    answered: Mutex<Vec<String>>,
}

impl Contoso {
    fn proof(&self, nonce: &str, method: &str, target: &str) -> String {
        let tag = hmac::sign(&self.key, format!("{nonce} {method} {target}").as_bytes());
        tag.as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

impl AuthenticationModule for Contoso {
    fn authentication_type(&self) -> &str {
        "Contoso"
    }

    fn can_pre_authenticate(&self) -> bool {
        false
    }

    fn authenticate(
        &self,
        challenges: &Challenges,
        request: &mut AuthenticationRequest<'_>,
        credentials: &dyn Credentials,
    ) -> Option<Authorization> {
        let nonce = challenges.find("Contoso")?.parameter("nonce")?.to_owned();
        let credential = credentials.get_credential(request.challenged_uri(), "Contoso")?;
        let proof = self.proof(&nonce, request.method(), request.target());
        let field = format!(
            "Contoso user=\"{}\", proof=\"{proof}\"",
            credential.user_name()
        );
        self.answered.lock().unwrap().push(field.clone());
        Some(Authorization::new(field))
    }
}

fn contoso(key: &[u8]) -> Arc<Contoso> {
    Arc::new(Contoso {
        key: hmac::Key::new(hmac::HMAC_SHA256, key),
        answered: Mutex::default(),
    })
}

/// F11-30: the selector lets requests below `/contoso/` go to the program, which asks for its own
/// scheme; for the rest the listener asks for Basic.
#[test]
fn custom_auth_scheme_end_to_end() {
    let listener = HttpListener::new_in(&NetContext::new());
    listener.prefixes().add("http://localhost:0/").unwrap();
    listener.set_credential_validator(Some(Arc::new(users())));
    listener.set_authentication_scheme_selector_delegate(Some(Arc::new(|request| {
        match request.raw_url().starts_with("/contoso/") {
            true => AuthenticationSchemes::ANONYMOUS,
            false => AuthenticationSchemes::BASIC,
        }
    })));
    listener.start().unwrap();
    let fields = Arc::new(Mutex::new(Vec::new()));
    let (serving, seen, module) = (listener.clone(), Arc::clone(&fields), contoso(b"the key"));
    thread::spawn(move || {
        let mut nonces = 0;
        while let Ok(mut context) = serving.get_context() {
            let (request, response) = context.split();
            let field = request
                .headers()
                .get("Authorization")
                .map(|it| it.into_owned());
            seen.lock().unwrap().extend(field.clone());
            let target = request.raw_url();
            let nonce = format!("n{nonces}");
            let proof = module.proof(&nonce, request.http_method(), target);
            let right = format!("Contoso user=\"ann\", proof=\"{proof}\"");
            if !target.starts_with("/contoso/") || field == Some(right) {
                response.close_with("in").unwrap();
                continue;
            }
            nonces += 1;
            let challenge = format!("Contoso realm=\"r\", nonce=\"n{nonces}\"");
            response.ask_for_login(&challenge).unwrap();
            response.close_with("who are you?").unwrap();
        }
    });
    let context = client(&[], true);
    let module = contoso(b"the key");
    let modules = context.slot(|_| AuthenticationModules::new());
    modules.register(Arc::clone(&module) as _);
    let url = |path: &str| listener.url(path).unwrap();
    for path in ["/contoso/a", "/contoso/b?c=d"] {
        assert_eq!(ask(&context, &url(path), None).unwrap(), "in");
    }
    // The very bytes of the module have come to the program.
    let answered = module.answered.lock().unwrap().clone();
    assert_eq!(answered.len(), 2);
    assert_eq!(*fields.lock().unwrap(), answered);
    // With another key the proof is wrong, and is not sent again.
    let other = contoso(b"another key");
    modules.register(Arc::clone(&other) as _);
    assert_eq!(ask(&context, &url("/contoso/a"), None), Err(401));
    assert_eq!(other.answered.lock().unwrap().len(), 1);
    // Elsewhere the listener asks: the scheme of one's own is of no use there.
    let mut request = WebRequest::create_http_in(&context, url("/other")).unwrap();
    let joe = NetworkCredential::new("EXAMPLE\\ann", PASSWORD);
    request.set_credentials(Some(Arc::new(joe))).unwrap();
    assert_eq!(request.get_response().unwrap().into_string().unwrap(), "in");
}

/// F21-02: both ends of a connection see one binding, whichever way they ask for it; and no other
/// kind is there.
#[test]
fn transport_context_get_channel_binding() {
    let authority = Authority::new();
    let issued = authority.issue(&["localhost"], Validity::Now);
    let (chain, key) = (issued.certificate_pem.clone(), issued.key_pem.clone());
    let identity = TlsServerIdentity::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
    let leaf = identity.certificate_chain()[0].to_vec();
    let expected = ChannelBinding::endpoint(&leaf);
    assert!(expected.is_some());
    #[track_caller]
    fn check(context: &TransportContext, expected: Option<&ChannelBinding>) {
        let endpoint = context
            .get_channel_binding(ChannelBindingKind::Endpoint)
            .unwrap();
        assert_eq!(endpoint.as_ref(), expected);
        for kind in [ChannelBindingKind::Unique, ChannelBindingKind::Unknown] {
            let error = context.get_channel_binding(kind).unwrap_err();
            assert!(matches!(error, Misuse::NotSupported { .. }), "{error}");
        }
    }

    let listener = HttpListener::new_in(&NetContext::new());
    listener.set_tls_identity(identity.clone()).unwrap();
    listener.prefixes().add("https://localhost:0/").unwrap();
    listener.prefixes().add("http://localhost:0/").unwrap();
    listener.start().unwrap();
    let (serving, at_server) = (listener.clone(), expected.clone());
    thread::spawn(move || {
        while let Ok(mut context) = serving.get_context() {
            let request = context.request();
            let secure = request.is_secure_connection();
            check(
                &request.transport_context(),
                at_server.as_ref().filter(|_| secure),
            );
            let mut body = String::new();
            request.input_stream().read_to_string(&mut body).unwrap();
            context.response_mut().close_with(body).unwrap();
        }
    });
    let mut settings = Settings::default();
    settings.tls.use_system_roots = false;
    settings.tls.extra_roots = vec![authority.certificate_der()];
    let context = NetContext::with_settings(settings);
    let request = |url: &str| {
        let mut request = WebRequest::create_http_in(&context, url).unwrap();
        request.set_method("POST").unwrap();
        request.set_content_length(4).unwrap();
        request
    };
    let finish = |mut request: HttpWebRequest, mut stream: RequestStream| {
        stream.write_all(b"body").unwrap();
        stream.close().unwrap();
        let response = request.get_response().unwrap();
        assert_eq!(response.into_string().unwrap(), "body");
    };
    let url = listener.url("/").unwrap();
    // At once, and on a connection that was used before.
    for _ in 0..2 {
        let mut get = request(&url);
        let (stream, channel) = get.get_request_stream_with_context().unwrap();
        check(&channel, expected.as_ref());
        finish(get, stream);
    }
    let mut begun = request(&url);
    let result = begun.begin_get_request_stream(None, None);
    let (stream, channel) = begun.end_get_request_stream_with_context(&result).unwrap();
    check(&channel, expected.as_ref());
    finish(begun, stream);
    let mut awaited = request(&url);
    let opened = awaited.get_request_stream_with_context_async();
    let (stream, channel) = system_net::runtime::block_on(opened).unwrap();
    check(&channel, expected.as_ref());
    finish(awaited, stream);
    // A body that is kept first has no connection yet; and plain http has no binding.
    let mut kept = WebRequest::create_http_in(&context, &url).unwrap();
    kept.set_method("POST").unwrap();
    let (stream, channel) = kept.get_request_stream_with_context().unwrap();
    check(&channel, None);
    finish(kept, stream);
    let plain = listener.local_endpoints().unwrap();
    let secure_port: u16 = url.split([':', '/']).nth(4).unwrap().parse().unwrap();
    let port = plain
        .iter()
        .map(|it| it.port())
        .find(|port| *port != secure_port)
        .unwrap();
    let mut open = request(&format!("http://localhost:{port}/"));
    let (stream, channel) = open.get_request_stream_with_context().unwrap();
    check(&channel, None);
    finish(open, stream);

    // Both sides of an SslStream.
    let sockets = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = sockets.local_addr().unwrap();
    let server = thread::spawn(move || {
        let stream = SslStream::over_blocking(sockets.accept().unwrap().0);
        assert!(stream.transport_context().is_none(), "before the handshake");
        let options = SslServerAuthenticationOptions::new(TlsServerOptions::new(identity));
        stream.authenticate_as_server_with(&options).unwrap();
        stream.transport_context().unwrap()
    });
    let trusting = TlsClientOptions {
        use_system_roots: false,
        extra_roots: vec![authority.certificate_der().into()],
        ..TlsClientOptions::default()
    };
    let options = SslClientAuthenticationOptions::with_tls("localhost", trusting);
    let stream = SslStream::over_blocking(std::net::TcpStream::connect(address).unwrap());
    stream.authenticate_as_client_with(&options).unwrap();
    check(&stream.transport_context().unwrap(), expected.as_ref());
    check(&server.join().unwrap(), expected.as_ref());
}

/// Digest over whole bodies, both ways: what is sent, and what comes back at once or in chunks. The proof
/// of the listener is demanded, so an answer that is read to its end was proven.
#[test]
fn digest_covers_bodies_of_our_client_and_our_listener() {
    let listener = HttpListener::new_in(&NetContext::new());
    listener.prefixes().add("http://127.0.0.1:0/").unwrap();
    listener.set_authentication_schemes(AuthenticationSchemes::DIGEST);
    let users = Accounts::new();
    users.add("ann", "", PASSWORD);
    listener.set_credential_validator(Some(Arc::new(users)));
    let options = DigestServerOptions {
        auth: false,
        auth_int: true,
        ..DigestServerOptions::default()
    };
    listener.set_digest_options(options).unwrap();
    listener.start().unwrap();
    let serving = listener.clone();
    thread::spawn(move || {
        while let Ok(mut context) = serving.get_context() {
            let mut body = String::new();
            let mut input = context.request().input_stream();
            input.read_to_string(&mut body).unwrap();
            let in_chunks = context.request().raw_url() == "/chunks";
            let response = context.response_mut();
            if in_chunks {
                response.set_send_chunked(true).unwrap();
                let mut output = response.output_stream().unwrap();
                output.write_all(body.as_bytes()).unwrap();
                output.write_all(b"!").unwrap();
                output.close().unwrap();
            } else {
                response.close_with(format!("{body}!")).unwrap();
            }
        }
    });
    let context = NetContext::new();
    for path in ["whole", "chunks", "whole"] {
        let url = listener.url(path).unwrap();
        let mut request = WebRequest::create_http_in(&context, &url).unwrap();
        let credential = NetworkCredential::new("ann", PASSWORD);
        request.set_credentials(Some(Arc::new(credential))).unwrap();
        request
            .set_authentication_level(AuthenticationLevel::MutualAuthRequired)
            .unwrap();
        request.set_method("POST").unwrap();
        let mut stream = request.get_request_stream().unwrap();
        stream.write_all(b"hello").unwrap();
        stream.close().unwrap();
        let response = request.get_response().unwrap();
        assert_eq!(response.into_string().unwrap(), "hello!", "{path}");
    }
}
