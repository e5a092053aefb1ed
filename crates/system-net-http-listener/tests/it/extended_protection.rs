//! Logins that are tied to their channel or service: the outcomes of the guide's "Extended Protection
//! for Server Applications", each with its status and its line in the trace.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::{ClientConnection, StreamOwned};
use system_net_config::{NetContext, Settings};
use system_net_http_listener::{
    AuthenticationSchemes, HttpListener, HttpListenerErrorKind as Kind, HttpListenerRequest,
};
use system_net_primitives::Misuse;
use system_net_security::accounts::NtlmUsers;
use system_net_security::extended_protection::{
    ChannelBinding, ChannelBindingKind, ExtendedProtectionPolicy, PolicyEnforcement, Presented,
    ProtectionScenario, ServiceNameCollection,
};
use system_net_security::mechanism::Mechanism as _;
use system_net_security::ntlm::{NtlmServer, NtlmServerOptions};
use system_net_security::test_util::TestCa;

use crate::logins::users;
use crate::ntlm_client::{NtlmClient, Ties, begin, field, log_in};
use crate::support::Client;
use crate::tls::{TlsClient, tls_client};
use crate::trace_lines::{self, Told};

use PolicyEnforcement::{Always, Never, WhenSupported};
use ProtectionScenario::{TransportSelected, TrustedProxy};

/// The lines of the trace, one for each outcome that refuses.
const UNSUPPORTED: &str =
    "401: extended protection is demanded, and this platform does not support it";
const BINDING_MISSING: &str =
    "401: the client sent no channel binding, and the policy always demands one";
const BINDING_DIFFERS: &str = "401: the client's channel binding is not that of this channel: the \
                               login may have been passed on by somebody in between";
const NAME_UNSUPPORTED: &str = "401: the client does not support extended protection, and the \
                                policy always demands it";
const NAME_MISSING: &str = "401: the client gave no service name";
const NAME_DIFFERS: &str = "401: the client's service name is not one of this server's: the login \
                            was meant for another";

fn policy(
    enforcement: PolicyEnforcement,
    scenario: ProtectionScenario,
) -> ExtendedProtectionPolicy {
    match enforcement {
        Never => ExtendedProtectionPolicy::new(Never),
        _ => ExtendedProtectionPolicy::with_service_names(enforcement, scenario, None).unwrap(),
    }
}

fn named(
    enforcement: PolicyEnforcement,
    scenario: ProtectionScenario,
    name: &str,
) -> ExtendedProtectionPolicy {
    let names = ServiceNameCollection::new([name]).unwrap();
    ExtendedProtectionPolicy::with_service_names(enforcement, scenario, Some(names)).unwrap()
}

/// A listener at `localhost` that lets users in by NTLM, and answers with the service they mean.
struct Server {
    listener: HttpListener,
    ca: Option<TestCa>,
    seen: Arc<AtomicUsize>,
}

impl Server {
    fn plain() -> Self {
        Self::new(false, true)
    }

    fn secure() -> Self {
        Self::new(true, true)
    }

    /// On a platform that cannot tie logins, if not `supported`.
    fn new(secure: bool, supported: bool) -> Self {
        trace_lines::begin();
        let context = NetContext::with_settings(Settings {
            os_supports_extended_protection: supported,
            ..Settings::default()
        });
        let listener = HttpListener::new_in(&context);
        let ca = secure.then(TestCa::new);
        if let Some(ca) = &ca {
            listener.set_tls_identity(ca.issue(&["localhost"])).unwrap();
        }
        let scheme = if secure { "https" } else { "http" };
        listener
            .prefixes()
            .add(&format!("{scheme}://localhost:0/"))
            .unwrap();
        listener
            .set_authentication_schemes(AuthenticationSchemes::INTEGRATED_WINDOWS_AUTHENTICATION);
        listener.set_credential_validator(Some(users()));
        Self {
            listener,
            ca,
            seen: Arc::default(),
        }
    }

    fn with(self, policy: ExtendedProtectionPolicy) -> Self {
        self.listener
            .set_extended_protection_policy(Some(policy))
            .unwrap();
        self.started()
    }

    fn started(self) -> Self {
        self.listener.start().unwrap();
        let (listener, seen) = (self.listener.clone(), Arc::clone(&self.seen));
        std::thread::spawn(move || {
            while let Ok(mut context) = listener.get_context() {
                seen.fetch_add(1, Ordering::SeqCst);
                assert_eq!(context.user().unwrap().name(), "EXAMPLE\\ann");
                let text = format!("{:?}", context.request().service_name());
                context.response_mut().close_with(text).unwrap();
            }
        });
        self
    }

    fn secure_client(&self) -> TlsClient {
        let url = self.listener.url("").unwrap();
        tls_client(&url, self.ca.as_ref().unwrap(), "localhost")
    }

    /// Logs in with these ties: the status, the body, and what the trace told.
    fn log_in(&self, ties: Ties) -> (u16, String, Vec<String>) {
        match &self.ca {
            Some(_) => {
                let mut client = self.secure_client();
                // The handshake is made with the first bytes.
                let first = client.get("/");
                assert_eq!(first.status(), 401);
                let told = Told::of(client.inner().sock.local_addr().unwrap());
                self.finish(client, &told, ties)
            }
            None => {
                let client = Client::new(&self.listener);
                let told = Told::of(client.stream().local_addr().unwrap());
                self.finish(client, &told, ties)
            }
        }
    }

    fn finish<S: Read + Write>(
        &self,
        mut client: Client<S>,
        told: &Told,
        ties: Ties,
    ) -> (u16, String, Vec<String>) {
        let before = self.seen.load(Ordering::SeqCst);
        let answer = log_in(&mut client, "NTLM", "/", &NtlmClient::ann(ties));
        let seen = self.seen.load(Ordering::SeqCst) - before;
        let status = answer.status();
        assert_eq!(
            seen,
            usize::from(status == 200),
            "what is refused is not exposed"
        );
        let text = String::from_utf8(answer.body).unwrap();
        (status, text, told.lines())
    }

    /// Logs in, and is let in.
    #[track_caller]
    fn lets_in(&self, ties: Ties) -> String {
        let (status, text, told) = self.log_in(ties.clone());
        assert_eq!((status, &*told), (200, &[][..]), "{ties:?}");
        text
    }

    /// Logs in, and is refused for this reason.
    #[track_caller]
    fn refuses(&self, ties: Ties, reason: &str) {
        let (status, _, told) = self.log_in(ties.clone());
        assert_eq!(
            (status, &*told),
            (401, &[reason.to_owned()][..]),
            "{ties:?}"
        );
    }
}

impl Client<StreamOwned<ClientConnection, TcpStream>> {
    /// The server's certificate, once something was received.
    fn certificate(&self) -> Vec<u8> {
        self.inner().conn.peer_certificates().unwrap()[0].to_vec()
    }
}

const HERE: &str = "HTTP/localhost";

/// Bound to the channel of this server.
fn bound(server: &Server, service: &str) -> Ties {
    let mut client = server.secure_client();
    client.get("/");
    Ties::to_certificate(&client.certificate(), service)
}

/// Bound to a channel that ends elsewhere.
fn bound_elsewhere(service: &str) -> Ties {
    let other = TestCa::new().issue(&["localhost"]);
    Ties::to_certificate(&other.certificate_chain()[0], service)
}

/// F21-05.
#[test]
fn os_supports_epp_flag() {
    assert!(ExtendedProtectionPolicy::os_supports_extended_protection());
    assert!(Settings::default().os_supports_extended_protection);
    for secure in [true, false] {
        for enforcement in [WhenSupported, Always] {
            for scenario in [TransportSelected, TrustedProxy] {
                let server = Server::new(secure, false).with(policy(enforcement, scenario));
                server.refuses(Ties::Unknown, UNSUPPORTED);
                server.refuses(Ties::to_service(HERE), UNSUPPORTED);
                if secure {
                    server.refuses(bound(&server, HERE), UNSUPPORTED);
                }
            }
        }
        let server = Server::new(secure, false).with(policy(Never, TransportSelected));
        server.lets_in(Ties::Unknown);
        let server = Server::new(secure, false).started();
        server.lets_in(Ties::Unknown);
    }
}

#[test]
fn epp_https_outcome_1() {
    let server = Server::new(true, false).with(policy(WhenSupported, TransportSelected));
    server.refuses(bound(&server, HERE), UNSUPPORTED);
}

#[test]
fn epp_https_outcome_2() {
    let server = Server::secure().with(policy(Always, TransportSelected));
    server.refuses(Ties::Unknown, BINDING_MISSING);
    server.refuses(Ties::to_service(HERE), BINDING_MISSING);
    server.refuses(bound_elsewhere(HERE), BINDING_DIFFERS);
    let server = Server::secure().with(policy(WhenSupported, TransportSelected));
    server.refuses(bound_elsewhere(HERE), BINDING_DIFFERS);
}

#[test]
fn epp_https_outcome_3() {
    let server = Server::secure().with(policy(Always, TransportSelected));
    server.lets_in(bound(&server, HERE));
    let server = Server::secure().with(policy(WhenSupported, TransportSelected));
    server.lets_in(bound(&server, HERE));
    server.lets_in(Ties::Unknown);
    server.lets_in(Ties::to_service(HERE));
}

#[test]
fn epp_http_outcome_1() {
    let server = Server::new(false, false).with(policy(WhenSupported, TransportSelected));
    server.refuses(Ties::to_service(HERE), UNSUPPORTED);
}

#[test]
fn epp_http_outcome_2() {
    let server = Server::plain().with(policy(WhenSupported, TransportSelected));
    server.lets_in(Ties::Unknown);
    let server = Server::plain().with(policy(Always, TransportSelected));
    server.refuses(Ties::Unknown, NAME_UNSUPPORTED);
}

#[test]
fn epp_http_outcome_3() {
    for enforcement in [WhenSupported, Always] {
        let server = Server::plain().with(policy(enforcement, TransportSelected));
        server.refuses(Ties::to_service(""), NAME_MISSING);
    }
}

#[test]
fn epp_http_outcome_4() {
    for enforcement in [WhenSupported, Always] {
        let server = Server::plain().with(policy(enforcement, TransportSelected));
        server.lets_in(Ties::to_service(HERE));
        server.lets_in(Ties::to_service("http/LOCALHOST"));
        server.refuses(Ties::to_service("HTTP/www.example.com"), NAME_DIFFERS);
        server.refuses(Ties::to_service("CIFS/localhost"), NAME_DIFFERS);
        server.refuses(Ties::to_service("HTTP/localhost.example.com"), NAME_DIFFERS);
    }
}

/// F21-14: what the program is shown where nothing is demanded, and where it is.
#[test]
fn listener_service_name_values() {
    let server = Server::plain().with(policy(Never, TransportSelected));
    assert_eq!(server.lets_in(Ties::Unknown), "None");
    assert_eq!(server.lets_in(Ties::to_service("")), "Some(\"\")");
    assert_eq!(
        server.lets_in(Ties::to_service("HTTP/x")),
        "Some(\"HTTP/x\")"
    );
    let server = Server::plain().with(policy(WhenSupported, TransportSelected));
    assert_eq!(server.lets_in(Ties::Unknown), "None");
    assert_eq!(
        server.lets_in(Ties::to_service(HERE)),
        format!("Some({HERE:?})")
    );
    let server = Server::secure().with(policy(Always, TransportSelected));
    assert_eq!(server.lets_in(bound(&server, "HTTP/x")), "Some(\"HTTP/x\")");
    // Without such a login there is none.
    let open = HttpListener::test_http().unwrap();
    let mut client = Client::new(&open);
    client.request("GET /", &[], "");
    let context = open.get_context().unwrap();
    assert_eq!(context.request().service_name(), None);
}

/// F21-15.
#[test]
fn epp_selector_per_request() {
    let server = Server::plain();
    server
        .listener
        .set_extended_protection_selector_delegate(Some(Arc::new(|request| {
            match request.raw_url() {
                "/always" => Some(policy(Always, TransportSelected)),
                "/when" => Some(policy(WhenSupported, TransportSelected)),
                "/named" => Some(named(Always, TrustedProxy, "HTTP/front")),
                "/panic" => panic!("on purpose"),
                _ => None,
            }
        })));
    // The selector goes before the policy.
    let server = server.with(policy(Always, TransportSelected));
    let status = |path: &str, ties: Ties| {
        let mut client = Client::new(&server.listener);
        log_in(&mut client, "NTLM", path, &NtlmClient::ann(ties)).status()
    };
    assert_eq!(status("/always", Ties::Unknown), 401);
    assert_eq!(status("/always", Ties::to_service(HERE)), 200);
    assert_eq!(status("/when", Ties::Unknown), 200);
    assert_eq!(status("/when", Ties::to_service("HTTP/front")), 401);
    assert_eq!(status("/named", Ties::to_service("HTTP/front")), 200);
    assert_eq!(status("/named", Ties::to_service(HERE)), 401);
    assert_eq!(status("/", Ties::to_service("HTTP/anything")), 200);
    let mut client = Client::new(&server.listener);
    let first = field("NTLM", &NtlmClient::negotiate());
    assert_eq!(
        client
            .request("GET /panic", &[&first], "")
            .answer()
            .status(),
        500
    );
    assert!(
        server
            .listener
            .extended_protection_selector_delegate()
            .is_some()
    );
    server
        .listener
        .set_extended_protection_selector_delegate(None);
    assert_eq!(status("/", Ties::Unknown), 401);
}

/// F21-16: every refusal is one warning of the source, which names the client and the reason.
#[test]
fn epp_log_reason_lines() {
    let unsupported = Server::new(false, false).with(policy(Always, TransportSelected));
    let https = Server::secure().with(policy(Always, TransportSelected));
    let http = Server::plain().with(policy(Always, TransportSelected));
    for (server, ties, reason) in [
        (&unsupported, Ties::Unknown, UNSUPPORTED),
        (&https, Ties::Unknown, BINDING_MISSING),
        (&https, bound_elsewhere(HERE), BINDING_DIFFERS),
        (&http, Ties::Unknown, NAME_UNSUPPORTED),
        (&http, Ties::to_service(""), NAME_MISSING),
        (&http, Ties::to_service("HTTP/x"), NAME_DIFFERS),
    ] {
        server.refuses(ties, reason);
    }
    // Other refusals have a reason too.
    let mut client = Client::new(&http.listener);
    let told = Told::of(client.stream().local_addr().unwrap());
    let mut wrong = NtlmClient::ann(Ties::Unknown);
    wrong.password = "not this one";
    assert_eq!(log_in(&mut client, "NTLM", "/", &wrong).status(), 401);
    assert_eq!(
        told.lines(),
        ["401: NTLM: the user name or the password is wrong"]
    );
}

/// F21-20: partially and fully hardened, with and without TLS, by three clients.
#[test]
fn hardening_modes_matrix() {
    let mut cases = 0;
    for (secure, enforcement, expected) in [
        // A client without ties, one with the right ones, one with those of another server.
        (true, WhenSupported, [200, 200, 401]),
        (true, Always, [401, 200, 401]),
        (false, WhenSupported, [200, 200, 401]),
        (false, Always, [401, 200, 401]),
    ] {
        let server = Server::new(secure, true).with(policy(enforcement, TransportSelected));
        let (right, wrong) = match secure {
            true => (bound(&server, HERE), bound_elsewhere(HERE)),
            false => (Ties::to_service(HERE), Ties::to_service("HTTP/elsewhere")),
        };
        for (ties, status) in [Ties::Unknown, right, wrong].into_iter().zip(expected) {
            let got = server.log_in(ties.clone()).0;
            assert_eq!(got, status, "TLS {secure}, {enforcement:?}, {ties:?}");
            cases += 1;
        }
    }
    assert_eq!(cases, 12);
}

/// F21-22.
#[test]
fn epp_https_no_spn_check() {
    for enforcement in [WhenSupported, Always] {
        let server = Server::secure().with(policy(enforcement, TransportSelected));
        assert_eq!(
            server.lets_in(bound(&server, "HTTP/any.example")),
            "Some(\"HTTP/any.example\")"
        );
        assert_eq!(server.lets_in(bound(&server, "")), "Some(\"\")");
        let server = Server::secure().with(named(enforcement, TransportSelected, "HTTP/front"));
        server.lets_in(bound(&server, "HTTP/any.example"));
    }
}

/// F21-23: TLS ends at the proxy, so that clients are bound to its certificate.
#[test]
fn epp_trusted_proxy() {
    for secure in [true, false] {
        for enforcement in [WhenSupported, Always] {
            let server = Server::new(secure, true).with(policy(enforcement, TrustedProxy));
            server.lets_in(bound_elsewhere(HERE));
            server.lets_in(Ties::to_service(HERE));
            server.refuses(bound_elsewhere("HTTP/elsewhere"), NAME_DIFFERS);
            server.refuses(bound_elsewhere(""), NAME_MISSING);
        }
        let server = Server::new(secure, true).with(policy(Always, TrustedProxy));
        server.refuses(Ties::Unknown, NAME_UNSUPPORTED);
        let server = Server::new(secure, true).with(policy(WhenSupported, TrustedProxy));
        server.lets_in(Ties::Unknown);
    }
}

/// F21-24 and E43.
#[test]
fn epp_custom_names_replace_defaults() {
    let server = Server::plain().with(named(Always, TransportSelected, "HTTP/www.example.com"));
    server.lets_in(Ties::to_service("HTTP/www.example.com"));
    server.refuses(Ties::to_service(HERE), NAME_DIFFERS);
    let defaults = server.listener.default_service_names();
    assert!(defaults.contains(HERE), "{defaults}");
    // Both, if the program says so.
    let names = defaults.merge(["HTTP/www.example.com"]).unwrap();
    let both = ExtendedProtectionPolicy::with_service_names(Always, TransportSelected, Some(names));
    server
        .listener
        .set_extended_protection_policy(Some(both.unwrap()))
        .unwrap();
    server.lets_in(Ties::to_service("HTTP/www.example.com"));
    server.lets_in(Ties::to_service(HERE));
}

/// F21-25.
#[test]
fn epp_no_spn_available() {
    let listener = |policy| {
        let listener = HttpListener::new_in(&NetContext::new());
        listener.set_authentication_schemes(AuthenticationSchemes::NTLM);
        listener.set_credential_validator(Some(users()));
        listener
            .set_extended_protection_policy(Some(policy))
            .unwrap();
        listener
    };
    for enforcement in [WhenSupported, Always] {
        for scenario in [TransportSelected, TrustedProxy] {
            let listener = listener(policy(enforcement, scenario));
            assert!(listener.default_service_names().is_empty());
            let error = listener.start().unwrap_err();
            assert_eq!(error.kind(), Kind::Misuse);
            let told = error.to_string();
            assert!(told.contains("service names, and none is known"), "{told}");
            assert!(!listener.is_listening());
            listener.prefixes().add("http://localhost:0/").unwrap();
            listener.start().unwrap();
            // The last name may go while it runs: then nobody is let in.
            listener.prefixes().clear().unwrap();
            assert!(listener.default_service_names().is_empty());
        }
    }
    for policy in [
        policy(Never, TransportSelected),
        named(Always, TransportSelected, "HTTP/x"),
    ] {
        listener(policy).start().unwrap();
    }
}

#[test]
fn a_policy_of_a_listener_has_no_binding_of_its_own() {
    let listener = HttpListener::new_in(&NetContext::new());
    assert_eq!(listener.extended_protection_policy(), None);
    let binding = ChannelBinding::new(ChannelBindingKind::Endpoint, &b"x"[..]);
    let policy = ExtendedProtectionPolicy::with_channel_binding(Always, binding).unwrap();
    let error = listener
        .set_extended_protection_policy(Some(policy))
        .unwrap_err();
    assert!(matches!(error, Misuse::InvalidArgument { .. }), "{error}");
    assert_eq!(listener.extended_protection_policy(), None);
}

/// Without a policy of the program's: over TLS a login that is bound elsewhere is refused.
#[test]
fn relayed_logins_are_refused_by_default_over_tls() {
    let server = Server::secure().started();
    server.lets_in(Ties::Unknown);
    server.lets_in(bound(&server, "HTTP/any"));
    server.refuses(bound_elsewhere(HERE), BINDING_DIFFERS);
    let server = Server::plain().started();
    server.lets_in(Ties::to_service("HTTP/any"));
}

/// F21-26 and F21-03: what a program is shown of the channel, beside the server's certificate.
fn shown(secure: bool, supported: bool, look: impl FnOnce(&HttpListenerRequest, Vec<u8>)) {
    let server = Server::new(secure, supported);
    server
        .listener
        .set_authentication_schemes(AuthenticationSchemes::ANONYMOUS);
    server.listener.start().unwrap();
    let taking = server.listener.clone();
    let answering = std::thread::spawn(move || {
        let mut context = taking.get_context().unwrap();
        context.response_mut().close_with("").unwrap();
        context
    });
    let certificate = match secure {
        true => {
            let mut client = server.secure_client();
            assert_eq!(client.get("/").status(), 200);
            client.certificate()
        }
        false => {
            assert_eq!(Client::new(&server.listener).get("/").status(), 200);
            Vec::new()
        }
    };
    look(answering.join().unwrap().request(), certificate);
}

#[test]
fn listener_transport_context() {
    let endpoint = ChannelBindingKind::Endpoint;
    shown(true, true, |request, certificate| {
        let context = request.transport_context();
        let binding = context.get_channel_binding(endpoint).unwrap().unwrap();
        let expected = ChannelBinding::endpoint(&certificate).unwrap();
        assert_eq!(binding, expected);
        assert_eq!(binding.kind(), endpoint);
        // As Windows counts: its header of 32 bytes goes before the data.
        assert_eq!(binding.size(), 32 + "tls-server-end-point:".len() + 32);
    });
    shown(true, false, |request, _| {
        let context = request.transport_context();
        assert_eq!(context.get_channel_binding(endpoint).unwrap(), None);
    });
    shown(false, true, |request, _| {
        let context = request.transport_context();
        assert_eq!(context.get_channel_binding(endpoint).unwrap(), None);
    });
}

#[test]
fn listener_cbt_unique_not_supported() {
    for secure in [true, false] {
        shown(secure, true, |request, _| {
            let context = request.transport_context();
            for kind in [ChannelBindingKind::Unique, ChannelBindingKind::Unknown] {
                let error = context.get_channel_binding(kind).unwrap_err();
                assert!(matches!(error, Misuse::NotSupported { .. }), "{error}");
            }
        });
    }
}

/// A session that goes on from an earlier connection has the same end, and the same binding.
#[test]
fn resumed_sessions_have_their_binding() {
    use rustls::{ClientConfig, RootCertStore};
    use rustls_pki_types::ServerName;

    let server = Server::secure().with(policy(Always, TransportSelected));
    let ties = bound(&server, HERE);
    let mut roots = RootCertStore::empty();
    roots.add(server.ca.as_ref().unwrap().ca_der()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let config = Arc::new(config);
    let mut kinds = Vec::new();
    for _ in 0..2 {
        let name = ServerName::try_from("localhost").unwrap();
        let connection = ClientConnection::new(Arc::clone(&config), name).unwrap();
        let stream = crate::support::connect(&server.listener.url("").unwrap());
        let mut client = Client::over(StreamOwned::new(connection, stream));
        let answer = log_in(&mut client, "NTLM", "/", &NtlmClient::ann(ties.clone()));
        assert_eq!(answer.status(), 200);
        kinds.push(client.inner().conn.handshake_kind().unwrap());
    }
    use rustls::HandshakeKind::{Full, Resumed};
    assert_eq!(kinds, [Full, Resumed]);
}

/// F21-27: a login in the bodies of requests, that the program makes by itself.
#[test]
fn epp_in_body_exchange() {
    let server = Server::secure();
    server
        .listener
        .set_authentication_schemes(AuthenticationSchemes::ANONYMOUS);
    server.listener.start().unwrap();
    let listener = server.listener.clone();
    std::thread::spawn(move || {
        let mut login: Option<NtlmServer> = None;
        while let Ok(mut context) = listener.get_context() {
            let mut token = Vec::new();
            context
                .request()
                .input_stream()
                .read_to_end(&mut token)
                .unwrap();
            if token.is_empty() {
                context.response_mut().close().unwrap();
                continue;
            }
            let kind = ChannelBindingKind::Endpoint;
            let transport = context.request().transport_context();
            let channel_binding = transport.get_channel_binding(kind).unwrap();
            assert!(channel_binding.is_some());
            let server = login.get_or_insert_with(|| {
                NtlmServer::new(
                    NtlmUsers::new(users()),
                    NtlmServerOptions {
                        channel_binding,
                        ..NtlmServerOptions::default()
                    },
                )
            });
            let step = server.step(Some(&token)).unwrap();
            let text = match server.accepted() {
                None => STANDARD.encode(step.message.unwrap()),
                Some(accepted) => {
                    let presented = Presented {
                        binding: accepted.binding,
                        service_name: accepted.service_name.as_deref(),
                    };
                    let policy = ExtendedProtectionPolicy::new(Always);
                    let names = ServiceNameCollection::default();
                    let judged = policy.judge(true, true, &presented, &names);
                    login = None;
                    judged.map_or_else(|refusal| refusal.to_string(), |()| "in".to_owned())
                }
            };
            context.response_mut().close_with(text).unwrap();
        }
    });
    for (ties, expected) in [
        (bound(&server, HERE), "in"),
        (bound_elsewhere(HERE), &BINDING_DIFFERS[5..]),
        (Ties::Unknown, &BINDING_MISSING[5..]),
    ] {
        let mut client = server.secure_client();
        let mut post = |token: &[u8]| {
            client.send(format!(
                "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
                token.len()
            ));
            client.send(token).answer().text().to_owned()
        };
        let challenge = STANDARD.decode(post(&NtlmClient::negotiate())).unwrap();
        let answer = post(&NtlmClient::ann(ties).authenticate(&challenge));
        assert_eq!(answer, expected);
    }
}

/// F21-28: whoever is in between cannot change what a login is meant for.
#[test]
fn spn_tamper_refused() {
    let server = Server::plain().with(policy(Always, TransportSelected));
    let utf16 = |text: &str| {
        text.encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<u8>>()
    };
    let elsewhere = "HTTP/elsewhere";
    let (from, to) = (utf16(elsewhere), utf16(HERE));
    assert_eq!(from.len(), to.len());
    type Tamper<'a> = &'a dyn Fn(&mut Vec<u8>);
    let at = |message: &[u8], text: &[u8]| {
        message
            .windows(text.len())
            .position(|it| it == text)
            .unwrap()
    };
    let nothing = |_: &mut Vec<u8>| {};
    let flip = |message: &mut Vec<u8>| {
        let at = at(message, &from);
        message[at] ^= 1;
    };
    let swap = |message: &mut Vec<u8>| {
        let at = at(message, &from);
        message.splice(at..at + from.len(), to.clone());
    };
    let wrong = "401: NTLM: the user name or the password is wrong";
    let tampers: [(Tamper<'_>, &str); 3] =
        [(&nothing, NAME_DIFFERS), (&flip, wrong), (&swap, wrong)];
    for (tamper, reason) in tampers {
        let mut client = Client::new(&server.listener);
        let told = Told::of(client.stream().local_addr().unwrap());
        let challenge = begin(&mut client, "NTLM", "/");
        let ann = NtlmClient::ann(Ties::to_service(elsewhere));
        let mut message = ann.authenticate(&challenge);
        tamper(&mut message);
        let answer = client
            .request("GET /", &[&field("NTLM", &message)], "")
            .answer();
        assert_eq!(answer.status(), 401);
        assert_eq!(told.lines(), [reason]);
    }
    assert_eq!(server.seen.load(Ordering::SeqCst), 0);
}
