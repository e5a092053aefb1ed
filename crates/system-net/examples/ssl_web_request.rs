//! Using Secure Sockets Layer: a request over https is a request over http with another address; the
//! certificate is checked without being asked, and may be looked at.
//!
//! `cargo run --example ssl_web_request -- [URL]`; without an address it starts a server whose
//! certificate is of an authority that is made for the purpose.
#![allow(clippy::print_stdout, reason = "the program prints what it gets")]

mod fixture;

use std::error::Error;
use std::sync::Arc;

use system_net::prelude::*;
use system_net::{Settings, TlsServerIdentity, X509Certificate2};
use system_net_testkit::{Authority, Validity};

fn main() -> Result<(), Box<dyn Error>> {
    let authority = Authority::new();
    // Whoever is trusted is a setting of the context; without any, the system's store counts.
    let mut settings = Settings::default();
    settings.tls.extra_roots = vec![authority.certificate_der()];
    let context = NetContext::with_settings(settings);
    let address = match std::env::args().nth(1) {
        Some(address) => address,
        None => start(&authority)?,
    };

    let mut request = WebRequest::create_in(&context, &address)?;
    let response = request.get_response()?;
    println!("{}", response.into_string()?);
    let point = ServicePointManager::of(&context).find(&address)?;
    if let Some(certificate) = point.certificate() {
        let certificate = X509Certificate2::from_der(&certificate)?;
        println!("Subject: {}", certificate.subject());
        println!("Issuer: {}", certificate.issuer());
    }

    // A certificate that leads to nobody who is trusted: refused, unless a callback knows better.
    let nobody_trusted = NetContext::new();
    let mut request = WebRequest::create_in(&nobody_trusted, &address)?;
    match request.get_response() {
        Ok(_) => println!("trusted by the system"),
        Err(error) => println!("without trust: {}", error.status()),
    }
    let known = point.certificate();
    let mut request = WebRequest::create_http_in(&nobody_trusted, &address)?;
    request.set_server_certificate_validation_callback(Some(Arc::new(move |server| {
        server.is_accepted() || server.certificate() == known.as_deref()
    })))?;
    let response = request.get_response()?;
    println!(
        "the certificate is known: {}",
        response.status_description()
    );
    Ok(())
}

fn start(authority: &Authority) -> Result<String, Box<dyn Error>> {
    let issued = authority.issue(&["localhost"], Validity::Now);
    let (certificate, key) = (issued.certificate_pem.as_bytes(), issued.key_pem.as_bytes());
    let identity = TlsServerIdentity::from_pem(certificate, key)?;
    Ok(fixture::logins::start("https", &[], |server| {
        server.set_tls_identity(identity)
    })?)
}
