//! Begin and End: the asynchronous members as operations.

use std::io;

use system_net_primitives::{AsyncCallback, AsyncOrigin, AsyncResult, AsyncState};
use system_net_runtime::begin_as;

use super::{SslClientAuthenticationOptions, SslServerAuthenticationOptions, SslStream};
use crate::TlsError;

/// What an operation on a buffer ends with: its result, and the buffer back.
type Buffered = (io::Result<usize>, Vec<u8>);

const CLIENT: &str = "SslStream.BeginAuthenticateAsClient";
const SERVER: &str = "SslStream.BeginAuthenticateAsServer";
const READ: &str = "SslStream.BeginRead";
const WRITE: &str = "SslStream.BeginWrite";

impl SslStream {
    fn origin(&self, member: &'static str) -> AsyncOrigin {
        AsyncOrigin::new(member, self.shared.id)
    }

    /// Begins to authenticate as the client.
    ///
    /// .NET: `System.Net.Security.SslStream.BeginAuthenticateAsClient`
    #[doc(alias = "SslStream.BeginAuthenticateAsClient")]
    pub fn begin_authenticate_as_client(
        &self,
        options: &SslClientAuthenticationOptions,
        callback: Option<AsyncCallback<Result<(), TlsError>>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<(), TlsError>> {
        let (stream, options) = (self.clone(), options.clone());
        let future = async move { stream.authenticate_as_client_async(&options).await };
        begin_as(self.origin(CLIENT), future, callback, state)
    }

    /// Waits until this side is authenticated as the client.
    ///
    /// .NET: `System.Net.Security.SslStream.EndAuthenticateAsClient`
    ///
    /// # Errors
    /// Those of [`authenticate_as_client_async`](Self::authenticate_as_client_async); with a
    /// [`Misuse`](system_net_primitives::Misuse) inside if it was ended before, cancelled, or if
    /// something else began it.
    #[doc(alias = "SslStream.EndAuthenticateAsClient")]
    pub fn end_authenticate_as_client(
        &self,
        result: &AsyncResult<Result<(), TlsError>>,
    ) -> Result<(), TlsError> {
        self.end_authenticate(result, CLIENT)
    }

    /// Begins to authenticate as the server.
    ///
    /// .NET: `System.Net.Security.SslStream.BeginAuthenticateAsServer`
    #[doc(alias = "SslStream.BeginAuthenticateAsServer")]
    pub fn begin_authenticate_as_server(
        &self,
        options: &SslServerAuthenticationOptions,
        callback: Option<AsyncCallback<Result<(), TlsError>>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<(), TlsError>> {
        let (stream, options) = (self.clone(), options.clone());
        let future = async move { stream.authenticate_as_server_async(&options).await };
        begin_as(self.origin(SERVER), future, callback, state)
    }

    /// Waits until this side is authenticated as the server.
    ///
    /// .NET: `System.Net.Security.SslStream.EndAuthenticateAsServer`
    ///
    /// # Errors
    /// Those of [`authenticate_as_server_async`](Self::authenticate_as_server_async); with a
    /// [`Misuse`](system_net_primitives::Misuse) inside if it was ended before, cancelled, or if
    /// something else began it.
    #[doc(alias = "SslStream.EndAuthenticateAsServer")]
    pub fn end_authenticate_as_server(
        &self,
        result: &AsyncResult<Result<(), TlsError>>,
    ) -> Result<(), TlsError> {
        self.end_authenticate(result, SERVER)
    }

    fn end_authenticate(
        &self,
        result: &AsyncResult<Result<(), TlsError>>,
        begin: &'static str,
    ) -> Result<(), TlsError> {
        let ended = result.end_of(self.shared.id, &[begin]);
        ended.unwrap_or_else(|misuse| {
            Err(TlsError::configuration(misuse.to_string()).with_source(misuse))
        })
    }

    /// Begins to read into the buffer, at most its length.
    ///
    /// .NET: `System.Net.Security.SslStream.BeginRead`
    #[doc(alias = "SslStream.BeginRead")]
    pub fn begin_read(
        &self,
        mut buffer: Vec<u8>,
        callback: Option<AsyncCallback<(io::Result<usize>, Vec<u8>)>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<(io::Result<usize>, Vec<u8>)> {
        let stream = self.clone();
        let future = async move { (stream.read_async(&mut buffer).await, buffer) };
        begin_as(self.origin(READ), future, callback, state)
    }

    /// Waits for a read, and gives the number of bytes and the buffer; 0 at the end.
    ///
    /// .NET: `System.Net.Security.SslStream.EndRead`
    ///
    /// # Errors
    /// Those of [`read_async`](Self::read_async); with a
    /// [`Misuse`](system_net_primitives::Misuse) inside if it was ended before, cancelled, or if
    /// something else began it. The buffer is empty then.
    #[doc(alias = "SslStream.EndRead")]
    pub fn end_read(
        &self,
        result: &AsyncResult<(io::Result<usize>, Vec<u8>)>,
    ) -> (io::Result<usize>, Vec<u8>) {
        self.end_buffered(result, READ)
    }

    /// Begins to write all of the buffer.
    ///
    /// .NET: `System.Net.Security.SslStream.BeginWrite`
    #[doc(alias = "SslStream.BeginWrite")]
    pub fn begin_write(
        &self,
        buffer: Vec<u8>,
        callback: Option<AsyncCallback<(io::Result<usize>, Vec<u8>)>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<(io::Result<usize>, Vec<u8>)> {
        let stream = self.clone();
        let future = async move {
            let written = stream.write_async(&buffer).await;
            (written.map(|()| buffer.len()), buffer)
        };
        begin_as(self.origin(WRITE), future, callback, state)
    }

    /// Waits for a write, and gives the number of bytes and the buffer back.
    ///
    /// .NET: `System.Net.Security.SslStream.EndWrite`
    ///
    /// # Errors
    /// As [`end_read`](Self::end_read).
    #[doc(alias = "SslStream.EndWrite")]
    pub fn end_write(
        &self,
        result: &AsyncResult<(io::Result<usize>, Vec<u8>)>,
    ) -> (io::Result<usize>, Vec<u8>) {
        self.end_buffered(result, WRITE)
    }

    fn end_buffered(&self, result: &AsyncResult<Buffered>, begin: &'static str) -> Buffered {
        let ended = result.end_of(self.shared.id, &[begin]);
        ended.unwrap_or_else(|misuse| (Err(io::Error::other(misuse)), Vec::new()))
    }
}
