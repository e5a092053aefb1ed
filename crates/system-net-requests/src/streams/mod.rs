//! The streams of requests and responses: `Read` and `Write` for blocking code, `AsyncRead` and
//! `AsyncWrite` behind `into_async()`. Neither can seek.

mod request_stream;
mod response_stream;
mod sources;

pub use request_stream::{AsyncRequestStream, RequestSink, RequestStream};
pub use response_stream::{AsyncResponseStream, ResponseSource, ResponseStream};
