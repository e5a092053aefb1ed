//! A scheme of our own, `lines:`: the client sends a path in a line, the server answers a line with
//! the length and then the bytes. Registered with `register_prefix`, it is used as http is.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use system_net::runtime::{TcpAcceptor, background};
use system_net::{
    BoxFuture, ConnectOptions, Connector, Misuse, NetContext, Phase, ResponseStream,
    SystemResolver, Uri, WebError, WebExceptionStatus, WebRequest, WebRequestCreate,
    WebRequestImpl, WebResponse, WebResponseImpl,
};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

/// The longest line either side takes.
const LONGEST_LINE: u64 = 1024;

/// Serves `document` until the program ends; gives its address.
pub(super) fn serve(document: Arc<str>) -> std::io::Result<SocketAddr> {
    let runtime = background();
    let _inside = runtime.enter();
    let mut acceptor = TcpAcceptor::bind((Ipv4Addr::LOCALHOST, 0).into())?;
    let address = acceptor.local_addr()?;
    runtime.spawn(async move {
        while let Ok((connection, _)) = acceptor.accept().await {
            let document = Arc::clone(&document);
            tokio::spawn(async move {
                let mut connection = BufReader::new(connection);
                let mut path = String::new();
                let asked = (&mut connection)
                    .take(LONGEST_LINE)
                    .read_line(&mut path)
                    .await;
                if asked.is_ok() && path == "/document.txt\n" {
                    let answer = format!("{}\n{document}", document.len());
                    // A client that has gone away needs no answer.
                    let _ = connection.write_all(answer.as_bytes()).await;
                }
            });
        }
    });
    Ok(address)
}

/// Makes requests for `lines:` addresses.
pub(super) struct LinesCreator;

impl WebRequestCreate for LinesCreator {
    fn create(&self, _context: &NetContext, uri: &Uri) -> Result<WebRequest, WebError> {
        Ok(WebRequest::new(LinesRequest { uri: uri.clone() }))
    }
}

struct LinesRequest {
    uri: Uri,
}

impl WebRequestImpl for LinesRequest {
    fn send_async(&mut self) -> BoxFuture<Result<WebResponse, WebError>> {
        let uri = self.uri.clone();
        Box::pin(async move { exchange(&uri).await.map_err(|error| error.with_uri(&uri)) })
    }

    fn request_uri(&self) -> Result<&Uri, Misuse> {
        Ok(&self.uri)
    }

    fn method(&self) -> Result<&str, Misuse> {
        Ok("GET")
    }
}

async fn exchange(uri: &Uri) -> Result<WebResponse, WebError> {
    let failed =
        |status, phase| move |error: std::io::Error| WebError::from_io(error, status, phase);
    let connector = Connector::new(Arc::new(SystemResolver::new()));
    let port = uri.port().unwrap_or_default();
    let connection = connector
        .connect(uri.host_address(), port, &ConnectOptions::default())
        .await
        .map_err(|error| {
            let status = WebExceptionStatus::ConnectFailure;
            WebError::new(status, Phase::Connecting, error.to_string()).with_source(error)
        })?;
    let mut connection = BufReader::new(connection);
    let line = format!("{}\n", uri.path_and_query());
    connection
        .write_all(line.as_bytes())
        .await
        .map_err(failed(WebExceptionStatus::SendFailure, Phase::Sending))?;
    let mut length = String::new();
    (&mut connection)
        .take(LONGEST_LINE)
        .read_line(&mut length)
        .await
        .map_err(failed(
            WebExceptionStatus::ReceiveFailure,
            Phase::ReadingHead,
        ))?;
    let length = length.trim_end().parse().map_err(|_| {
        WebError::new(
            WebExceptionStatus::ServerProtocolViolation,
            Phase::ReadingHead,
            format!("{length:?} is no length"),
        )
    })?;
    Ok(WebResponse::new(LinesResponse {
        uri: uri.clone(),
        length,
        stream: Mutex::new(Some(ResponseStream::from_async_reader(
            connection.take(length),
        ))),
    }))
}

struct LinesResponse {
    uri: Uri,
    length: u64,
    stream: Mutex<Option<ResponseStream>>,
}

impl WebResponseImpl for LinesResponse {
    fn get_response_stream(&self) -> Result<ResponseStream, Misuse> {
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        stream
            .take()
            .ok_or_else(|| Misuse::disposed("LinesResponse"))
    }

    fn response_uri(&self) -> Result<&Uri, Misuse> {
        Ok(&self.uri)
    }

    fn content_length(&self) -> Result<Option<u64>, Misuse> {
        Ok(Some(self.length))
    }
}
