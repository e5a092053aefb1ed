//! Secure Streams: a server and its client over TLS, which both show certificates.
//!
//! `cargo run --example secure_streams`; both sides run in this program, with certificates of an
//! authority that is made for the purpose and trusted nowhere else.
#![allow(clippy::print_stdout, reason = "the program says what it does")]
#![allow(clippy::disallowed_methods, reason = "the server has a thread")]

use std::error::Error;
use std::io::{Read, Write};
use std::thread;

use system_net::{
    ClientCertificateOptions, SslClientAuthenticationOptions, SslServerAuthenticationOptions,
    SslStream, TcpClient, TcpListener, TlsClientOptions, TlsServerIdentity, TlsServerOptions,
    X509Certificate2,
};
use system_net_testkit::{Authority, Validity};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let authority = Authority::new();
    let issued = authority.issue(&["localhost"], Validity::Now);
    let identity =
        TlsServerIdentity::from_pem(issued.certificate_pem.as_bytes(), issued.key_pem.as_bytes())?;
    let joe = authority.issue_client("joe", Validity::Now);
    let joe =
        X509Certificate2::create_from_pem(joe.certificate_pem.as_bytes(), joe.key_pem.as_bytes())?;

    let listener = TcpListener::create(0)?;
    listener.start()?;
    let port = listener.local_endpoint()?.port();

    // The server demands certificates of this authority.
    let mut tls = TlsServerOptions::new(identity);
    let trusted = vec![authority.certificate_der().into()];
    tls.client_certificates = Some(ClientCertificateOptions::require(trusted));
    let server = thread::spawn(move || serve(&listener, tls));

    // The client trusts this authority, and shows its certificate when it is asked.
    let tls = TlsClientOptions {
        use_system_roots: false,
        extra_roots: vec![authority.certificate_der().into()],
        ..TlsClientOptions::default()
    };
    let mut options = SslClientAuthenticationOptions::with_tls("localhost", tls);
    options.set_client_certificates(joe.into());
    connect(port, &options)?;
    server.join().map_err(|_| "the server has panicked")?
}

fn serve(listener: &TcpListener, tls: TlsServerOptions) -> Outcome<()> {
    let client = listener.accept_tcp_client()?;
    let mut stream = SslStream::over_blocking(client.get_stream()?);
    stream.authenticate_as_server_with(&SslServerAuthenticationOptions::new(tls))?;
    let mut message = [0; 22];
    stream.read_exact(&mut message)?;
    println!("Server received: {}", String::from_utf8_lossy(&message));
    let subject = stream.remote_certificate().map(X509Certificate2::subject);
    println!("From: {}", subject.unwrap_or("nobody"));
    stream.write_all(b"Hello from the server.")?;
    stream.close()?;
    Ok(())
}

fn connect(port: u16, options: &SslClientAuthenticationOptions) -> Outcome<()> {
    let client = TcpClient::connect_to("localhost", port)?;
    let mut stream = SslStream::over_blocking(client.get_stream()?);
    stream.authenticate_as_client_with(options)?;
    show(&stream);
    stream.write_all(b"Hello from the client.")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    println!("Client received: {answer}");
    stream.close()?;
    Ok(())
}

fn show(stream: &SslStream) {
    println!("Protocol: {}", stream.ssl_protocol());
    let (cipher, strength) = (stream.cipher_algorithm(), stream.cipher_strength());
    println!("Cipher: {cipher:?} strength {strength}");
    println!(
        "Is authenticated: {}, mutually: {}, encrypted: {}, signed: {}",
        stream.is_authenticated(),
        stream.is_mutually_authenticated(),
        stream.is_encrypted(),
        stream.is_signed()
    );
    let subject = stream.remote_certificate().map(X509Certificate2::subject);
    println!("Remote certificate: {}", subject.unwrap_or("none"));
}
