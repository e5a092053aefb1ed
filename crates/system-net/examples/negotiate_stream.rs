//! `NegotiateStream`: a server and its client who know each other by a login, and a stream that it
//! hides. Both sides run in this program.
//!
//! `cargo run --example negotiate_stream`
#![allow(clippy::print_stdout, reason = "the program says what it does")]
#![allow(clippy::disallowed_methods, reason = "the server has a thread")]

use std::error::Error;
use std::io::{Read, Write};
use std::sync::Arc;
use std::thread;

use system_net::negotiate::NegotiateServer;
use system_net::ntlm::{NtHash, NtlmProvider, NtlmServer};
use system_net::{
    NegotiateClientOptions, NegotiateServerOptions, NegotiateStream, NetworkCredential, TcpClient,
    TcpListener,
};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let listener = TcpListener::create(0)?;
    listener.start()?;
    let port = listener.local_endpoint()?.port();
    let server = thread::spawn(move || serve(&listener));

    let client = TcpClient::connect_to("localhost", port)?;
    let mut stream = NegotiateStream::over_blocking(client.get_stream()?);
    // Client and server are one process here. A challenge of the process's own that comes from elsewhere
    // is refused, as somebody might pass it on; under a name of this computer it is answered. That is
    // `localhost`, and what stands in `back_connection_host_names`.
    let provider = NtlmProvider::default();
    let options = NegotiateClientOptions {
        target_name: Some("HOST/localhost".to_owned()),
        providers: vec![Arc::new(provider)],
        ..NegotiateClientOptions::default()
    };
    let ann = NetworkCredential::with_domain("ann", "secret", "EXAMPLE");
    stream.authenticate_as_client(&ann, &options)?;
    println!(
        "Is authenticated: {}, encrypted: {}, signed: {}",
        stream.is_authenticated(),
        stream.is_encrypted(),
        stream.is_signed()
    );
    stream.write_all(b"Hello from the client.")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    println!("Client received: {answer}");
    server.join().map_err(|_| "the server has panicked")?
}

fn serve(listener: &TcpListener) -> Outcome<()> {
    let client = listener.accept_tcp_client()?;
    let mut stream = NegotiateStream::over_blocking(client.get_stream()?);
    // A server of its own would ask a directory, or a file of users.
    let accounts = |user: &str, _: &str| (user == "ann").then(|| NtHash::of_password("secret"));
    let ntlm = NtlmServer::new(accounts, Default::default());
    let login = NegotiateServer::new(vec![Box::new(ntlm)]);
    stream.authenticate_as_server(Box::new(login), &NegotiateServerOptions::default())?;
    if let Some(user) = stream.remote_identity() {
        println!("Server: {} by {}", user.name, user.authentication_type);
    }
    let mut message = [0; 22];
    stream.read_exact(&mut message)?;
    println!("Server received: {}", String::from_utf8_lossy(&message));
    stream.write_all(b"Hello from the server.")?;
    Ok(())
}
