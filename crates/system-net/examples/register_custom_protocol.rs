//! How to: Register a Custom Protocol Using WebRequest.
//!
//! `cargo run --example register_custom_protocol -- [URL]`
//!
//! The guide leaves the protocol itself to the reader. Here it is: the client sends the path in a
//! line, the server answers a line `OK` with the length and then the bytes, or a line `ERROR` with
//! a reason. Without an address the program serves `custom://customHost.contoso.com/` itself, on a
//! loopback port.
#![allow(clippy::print_stdout, reason = "the program prints what it gets")]

use std::io::{BufRead, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use system_net::prelude::*;
use system_net::{
    AbortHandle, BoxFuture, ConnectOptions, Connector, OverrideResolver, Phase, ResponseStream,
    SystemResolver, WebRequestImpl, WebResponseImpl,
};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

/// The port of `custom:` addresses that name none.
const DEFAULT_PORT: u16 = 4747;

/// Makes requests for addresses of the scheme `custom`.
struct CustomWebRequestCreator {
    connector: Connector,
    default_port: u16,
}

impl WebRequestCreate for CustomWebRequestCreator {
    fn create(&self, _context: &NetContext, uri: &Uri) -> Result<WebRequest, WebError> {
        Ok(WebRequest::new(CustomWebRequest {
            uri: uri.clone(),
            port: uri.port().unwrap_or(self.default_port),
            connector: self.connector.clone(),
            abort: AbortHandle::new(),
        }))
    }
}

/// A request of the protocol. What it does not override says `NotImplemented`.
struct CustomWebRequest {
    uri: Uri,
    port: u16,
    connector: Connector,
    abort: AbortHandle,
}

impl WebRequestImpl for CustomWebRequest {
    fn send_async(&mut self) -> BoxFuture<Result<WebResponse, WebError>> {
        let (uri, port, connector) = (self.uri.clone(), self.port, self.connector.clone());
        let abort = self.abort.clone();
        Box::pin(async move {
            let response = abort.guard(exchange(&uri, port, &connector)).await;
            response.map_err(|error| error.with_uri(&uri))
        })
    }

    fn request_uri(&self) -> Result<&Uri, Misuse> {
        Ok(&self.uri)
    }

    /// With this, `abort()` works, and the time-out of the blocking calls.
    fn abort_handle(&self) -> Result<AbortHandle, Misuse> {
        Ok(self.abort.clone())
    }

    fn timeout(&self) -> Result<Option<Duration>, Misuse> {
        Ok(Some(Duration::from_secs(100)))
    }
}

/// One request and its response, over a connection of their own.
async fn exchange(uri: &Uri, port: u16, connector: &Connector) -> Result<WebResponse, WebError> {
    let receiving = |error: std::io::Error| {
        WebError::from_io(
            error,
            WebExceptionStatus::ReceiveFailure,
            Phase::ReadingHead,
        )
    };
    let connection = connector
        .connect(uri.host_address(), port, &ConnectOptions::default())
        .await
        .map_err(|error| {
            WebError::new(
                WebExceptionStatus::ConnectFailure,
                Phase::Connecting,
                error.to_string(),
            )
        })?;
    let mut connection = BufReader::new(connection);
    let line = format!("{}\n", uri.path_and_query());
    connection
        .write_all(line.as_bytes())
        .await
        .map_err(|error| {
            WebError::from_io(error, WebExceptionStatus::SendFailure, Phase::Sending)
        })?;
    let mut status = String::new();
    // A peer that never ends its line must not fill the memory.
    let mut head = (&mut connection).take(1024);
    head.read_line(&mut status).await.map_err(receiving)?;
    let length = status.trim_end().strip_prefix("OK ");
    let Some(length) = length.and_then(|length| length.parse().ok()) else {
        return Err(WebError::new(
            WebExceptionStatus::ProtocolError,
            Phase::ReadingHead,
            format!("the server answered {:?}", status.trim_end()),
        ));
    };
    Ok(WebResponse::new(CustomWebResponse {
        uri: uri.clone(),
        length,
        stream: Mutex::new(Some(ResponseStream::from_async_reader(
            connection.take(length),
        ))),
    }))
}

/// The response: an address, a length, and a stream that can be taken once.
struct CustomWebResponse {
    uri: Uri,
    length: u64,
    stream: Mutex<Option<ResponseStream>>,
}

impl WebResponseImpl for CustomWebResponse {
    fn get_response_stream(&self) -> Result<ResponseStream, Misuse> {
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        stream
            .take()
            .ok_or_else(|| Misuse::disposed("CustomWebResponse"))
    }

    fn response_uri(&self) -> Result<&Uri, Misuse> {
        Ok(&self.uri)
    }

    fn content_length(&self) -> Result<Option<u64>, Misuse> {
        Ok(Some(self.length))
    }
}

fn main() -> Result<(), WebError> {
    let argument = std::env::args().nth(1);
    let default_port = match argument {
        Some(_) => DEFAULT_PORT,
        None => serve(),
    };
    let url = argument.unwrap_or_else(|| "custom://customHost.contoso.com/".to_owned());

    // The name of the guide exists nowhere: it is this machine.
    let mut resolver = OverrideResolver::new(Arc::new(SystemResolver::new()));
    resolver.insert("customHost.contoso.com", vec![Ipv4Addr::LOCALHOST.into()]);
    let creator = CustomWebRequestCreator {
        connector: Connector::new(Arc::new(resolver)),
        default_port,
    };

    WebRequest::register_prefix("custom", creator);
    let mut req = WebRequest::create(url)?;

    let response = req.get_response()?;
    println!("{}", response.into_string()?);
    Ok(())
}

/// Serves the protocol on a loopback port until the program ends; gives the port.
#[allow(
    clippy::disallowed_methods,
    reason = "the example stands in for a whole server here"
)]
fn serve() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free loopback port");
    let port = listener.local_addr().expect("the socket is bound").port();
    std::thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let mut path = String::new();
            // A client that goes away early needs no answer.
            if std::io::BufReader::new(&connection)
                .read_line(&mut path)
                .is_ok()
            {
                let text = format!("You asked for {} over custom:", path.trim_end());
                let _ = write!(connection, "OK {}\n{text}", text.len());
            }
        }
    });
    port
}
