//! Extended protection: logins over https that hold for one channel only. Somebody in between, whose
//! certificate the client trusts, passes a login on to the server, and is refused.
//!
//! `cargo run --example extended_protection`; the client, the server and the one in between run in this
//! program.
#![allow(clippy::print_stdout, reason = "the program says what it does")]
#![allow(clippy::disallowed_methods, reason = "who is in between has threads")]

mod fixture;

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::thread;

use system_net::extended_protection::{
    ExtendedProtectionPolicy, PolicyEnforcement, ProtectionScenario,
};
use system_net::prelude::*;
use system_net::{
    AuthenticationSchemes, Settings, SslClientAuthenticationOptions,
    SslServerAuthenticationOptions, SslStream, TcpClient, TcpListener, TlsClientOptions,
    TlsServerIdentity, TlsServerOptions,
};
use system_net_testkit::{Authority, Validity};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let authority = Authority::new();
    let server = start(&authority)?;
    let between = pass_on(&authority, &server)?;
    let mut settings = Settings::default();
    settings.tls.extra_roots = vec![authority.certificate_der()];
    let context = NetContext::with_settings(settings);

    for (way, address) in [("directly", server), ("passed on", between)] {
        let mut request = WebRequest::create_in(&context, &address)?;
        let joe = NetworkCredential::with_domain("joe", "Joe's password", "CONTOSO");
        request.set_credentials(Some(Arc::new(joe)))?;
        match request.get_response() {
            Ok(response) => println!("{way}: {}", response.into_string()?),
            Err(error) if error.response().is_some() => println!("{way}: {}", error.status()),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The server, which lets nobody in whose login is not bound to its own channel.
fn start(authority: &Authority) -> Outcome<String> {
    let identity = identity(authority)?;
    let policy = ExtendedProtectionPolicy::with_service_names(
        PolicyEnforcement::Always,
        ProtectionScenario::TransportSelected,
        None,
    )?;
    let users = [("CONTOSO", "joe", "Joe's password")];
    Ok(fixture::logins::start("https", &users, |server| {
        server.set_tls_identity(identity)?;
        server.set_authentication_schemes(AuthenticationSchemes::NTLM);
        server.set_extended_protection_policy(Some(policy))?;
        Ok(())
    })?)
}

/// A certificate for this machine's name; each call makes another one.
fn identity(authority: &Authority) -> Outcome<TlsServerIdentity> {
    let issued = authority.issue(&["localhost"], Validity::Now);
    let (certificate, key) = (issued.certificate_pem.as_bytes(), issued.key_pem.as_bytes());
    Ok(TlsServerIdentity::from_pem(certificate, key)?)
}

/// Whoever is in between: ends TLS, and passes everything on to the server.
fn pass_on(authority: &Authority, server: &str) -> Outcome<String> {
    let own = TlsServerOptions::new(identity(authority)?);
    let own = SslServerAuthenticationOptions::new(own);
    let tls = TlsClientOptions {
        extra_roots: vec![authority.certificate_der().into()],
        ..TlsClientOptions::default()
    };
    let to_server = SslClientAuthenticationOptions::with_tls("localhost", tls);
    let port = Uri::parse(server)?.port().unwrap_or_default();
    let listener = TcpListener::create(0)?;
    listener.start()?;
    let address = format!("https://localhost:{}/", listener.local_endpoint()?.port());
    thread::spawn(move || -> Outcome<()> {
        loop {
            let client = listener.accept_tcp_client()?;
            let from = SslStream::over_async(client.get_stream()?);
            from.authenticate_as_server_with(&own)?;
            let server = TcpClient::connect_to("localhost", port)?;
            let to = SslStream::over_async(server.get_stream()?);
            to.authenticate_as_client_with(&to_server)?;
            let (from, to) = (Arc::new(from), Arc::new(to));
            let back = (Arc::clone(&to), Arc::clone(&from));
            thread::spawn(move || io::copy(&mut &*from, &mut &*to));
            thread::spawn(move || io::copy(&mut &*back.0, &mut &*back.1));
        }
    });
    Ok(address)
}
