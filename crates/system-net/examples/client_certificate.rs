//! Client certificates: a request shows who it comes from when the server asks, and without a
//! certificate the server refuses it.
//!
//! `cargo run --example client_certificate`; the server runs in this program, with certificates of an
//! authority that is made for the purpose and trusted nowhere else.
#![allow(clippy::print_stdout, reason = "the program says what it does")]
#![allow(clippy::disallowed_methods, reason = "the server has a thread")]

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::thread;

use system_net::prelude::*;
use system_net::{
    ClientCertificateOptions, Settings, SslServerAuthenticationOptions, SslStream, TcpListener,
    TlsServerIdentity, TlsServerOptions, X509Certificate2,
};
use system_net_testkit::{Authority, Validity};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let authority = Authority::new();
    let address = start(&authority)?;
    let mut settings = Settings::default();
    settings.tls.extra_roots = vec![authority.certificate_der()];
    let context = NetContext::with_settings(settings);

    let joe = authority.issue_client("joe", Validity::Now);
    let joe =
        X509Certificate2::create_from_pem(joe.certificate_pem.as_bytes(), joe.key_pem.as_bytes())?;
    let mut request = WebRequest::create_http_in(&context, &address)?;
    request.client_certificates_mut()?.add(joe);
    println!("{}", request.get_response()?.into_string()?);

    let mut request = WebRequest::create_http_in(&context, &address)?;
    match request.get_response() {
        Ok(response) => println!("{}", response.into_string()?),
        Err(error) => println!("without a certificate: {}", error.status()),
    }
    Ok(())
}

/// A server that demands certificates of this authority and greets by them.
fn start(authority: &Authority) -> Outcome<String> {
    let issued = authority.issue(&["localhost"], Validity::Now);
    let (certificate, key) = (issued.certificate_pem.as_bytes(), issued.key_pem.as_bytes());
    let mut tls = TlsServerOptions::new(TlsServerIdentity::from_pem(certificate, key)?);
    let trusted = vec![authority.certificate_der().into()];
    tls.client_certificates = Some(ClientCertificateOptions::require(trusted));
    let listener = TcpListener::create(0)?;
    listener.start()?;
    let port = listener.local_endpoint()?.port();
    thread::spawn(move || {
        while let Ok(client) = listener.accept_tcp_client() {
            let tls = tls.clone();
            // Who shows no certificate gets an alert, and the next one is served.
            let _refused = client
                .get_stream()
                .map(|stream| greet(SslStream::over_blocking(stream), tls));
        }
    });
    Ok(format!("https://localhost:{port}/"))
}

fn greet(stream: SslStream, tls: TlsServerOptions) -> Outcome<()> {
    stream.authenticate_as_server_with(&SslServerAuthenticationOptions::new(tls))?;
    let who = stream.remote_certificate().map(X509Certificate2::subject);
    let text = format!("Hello {}", who.unwrap_or("nobody"));
    let mut lines = BufReader::new(&stream).lines();
    while lines
        .next()
        .transpose()?
        .is_some_and(|line| !line.is_empty())
    {}
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        text.len()
    );
    (&stream).write_all((head + &text).as_bytes())?;
    stream.close()?;
    Ok(())
}
