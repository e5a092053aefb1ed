//! Which versions of TLS real connections offer and accept, by code, switches, registry and target
//! framework: requests, streams and listeners alike.

mod hello;
mod precedence;
mod schannel;
mod switches;
mod tables;
mod targets;

use std::net::TcpStream;

use system_net::{
    Configuration, HttpListener, NetContext, ServicePointManager, Settings,
    SslClientAuthenticationOptions, SslProtocols, SslServerAuthenticationOptions, SslStream,
    TlsClientOptions, TlsDecision, TlsPolicy, TlsRole, TlsServerIdentity, TlsServerOptions,
    WebRequest,
};
use system_net_testkit::Authority;

use hello::{Offer, answered, offered};

/// The settings of a file, and its warnings.
fn read(text: &str) -> (Settings, Vec<String>) {
    let mut configuration = Configuration::new();
    configuration.apply_str(text, "app.config").unwrap();
    let (settings, warnings) = configuration.into_parts();
    (settings, warnings.iter().map(ToString::to_string).collect())
}

/// A file with switches.
fn switches(value: &str) -> String {
    format!(
        "<configuration><runtime><AppContextSwitchOverrides value='{value}'/></runtime>\
         </configuration>"
    )
}

/// What a request and a stream under these settings offer, which is the same, as is what they say of
/// it; `None`: nothing, as no version is left.
#[track_caller]
fn clients(settings: &Settings, named: Option<SslProtocols>) -> (Option<Offer>, TlsDecision) {
    let mut settings = settings.clone();
    settings.tls.use_system_roots = false;
    let (by_request, of_request) = request(&settings, named);
    let (by_stream, of_stream) = stream(&settings, named);
    assert_eq!(
        by_request.as_ref().map(|offer| &offer.versions),
        by_stream.as_ref().map(|offer| &offer.versions)
    );
    assert_eq!(of_request, of_stream);
    let here: Vec<u16> = [
        (SslProtocols::TLS13, hello::TLS13),
        (SslProtocols::TLS12, hello::TLS12),
    ]
    .iter()
    .filter(|(version, _)| of_request.offered().contains(*version))
    .map(|(_, number)| *number)
    .collect();
    let seen = by_request.as_ref().map_or(&[][..], |offer| &offer.versions);
    assert_eq!(seen, here, "{of_request}");
    (by_request, of_request)
}

fn request(settings: &Settings, named: Option<SslProtocols>) -> (Option<Offer>, TlsDecision) {
    let context = NetContext::with_settings(settings.clone());
    let manager = ServicePointManager::of(&context);
    if let Some(named) = named {
        manager.set_security_protocol(named).unwrap();
        assert_eq!(manager.security_protocol().unwrap(), named);
    }
    let offer = offered(|server| {
        let mut request = WebRequest::create_in(&context, format!("https://{server}/")).unwrap();
        let error = request.get_response().unwrap_err();
        if manager.tls_decision().unwrap().versions().is_err() {
            let text = format!("{error}: {:?}", std::error::Error::source(&error));
            assert!(text.contains("spoken here"), "{text}");
        }
    });
    (offer, manager.tls_decision().unwrap())
}

fn stream(settings: &Settings, named: Option<SslProtocols>) -> (Option<Offer>, TlsDecision) {
    let policy = TlsPolicy::of_settings(settings).unwrap();
    let decision = policy.decide(TlsRole::Client, named);
    let tls = TlsClientOptions {
        use_system_roots: false,
        ..TlsClientOptions::default()
    };
    let mut options = SslClientAuthenticationOptions::with_tls("localhost", tls);
    options.set_tls_policy(policy);
    if let Some(named) = named {
        options.set_enabled_ssl_protocols(named);
    }
    let offer = offered(|server| {
        let stream = SslStream::over_blocking(TcpStream::connect(server).unwrap());
        stream.authenticate_as_client_with(&options).unwrap_err();
    });
    (offer, decision)
}

/// The versions that a listener and a stream under these settings answer with, which are the same.
#[track_caller]
fn servers(settings: &Settings) -> Vec<u16> {
    let authority = Authority::new();
    let issued = authority.issue(
        &["localhost", "127.0.0.1"],
        system_net_testkit::Validity::Now,
    );
    let identity = || {
        TlsServerIdentity::from_pem(issued.certificate_pem.as_bytes(), issued.key_pem.as_bytes())
            .unwrap()
    };
    let offers = [hello::TLS13, hello::TLS12];
    let context = NetContext::with_settings(settings.clone());
    let listener = HttpListener::new_in(&context);
    let policy = TlsPolicy::of_settings(settings).unwrap();
    let decision = policy.decide(TlsRole::Server, None);
    let set = listener.set_tls_identity(identity());
    let mut by_listener = Vec::new();
    if decision.versions().is_ok() {
        set.unwrap();
        listener.prefixes().add("https://127.0.0.1:0/").unwrap();
        listener.start().unwrap();
        let address = listener.url("").unwrap();
        let address = address.trim_start_matches("https://").trim_end_matches('/');
        let address = address.parse().unwrap();
        by_listener.extend(offers.iter().filter_map(|offer| answered(address, *offer)));
        listener.stop().unwrap();
    } else {
        let text = set.unwrap_err().to_string();
        assert!(text.contains("no version of TLS is left"), "{text}");
    }
    let mut by_stream = Vec::new();
    for offer in offers {
        let mut options = SslServerAuthenticationOptions::new(TlsServerOptions::new(identity()));
        options.set_tls_policy(policy.clone());
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap();
        let serving = std::thread::spawn(move || {
            let stream = SslStream::over_blocking(server.accept().unwrap().0);
            drop(stream.authenticate_as_server_with(&options));
        });
        by_stream.extend(answered(address, offer));
        serving.join().unwrap();
    }
    assert_eq!(by_listener, by_stream);
    assert_eq!(
        by_listener.contains(&hello::TLS12),
        decision.offered().contains(SslProtocols::TLS12)
    );
    by_listener
}
