//! Begin and End: the asynchronous members as operations.

use std::io;

use system_net_primitives::{
    AsyncCallback, AsyncOrigin, AsyncResult, AsyncState, NetworkCredential,
};
use system_net_runtime::begin_as;

use super::{NegotiateClientOptions, NegotiateServerOptions, NegotiateStream};
use crate::mechanism::{LogonError, LogonErrorKind, Mechanism};

/// What an operation on a buffer ends with: its result, and the buffer back.
type Buffered = (io::Result<usize>, Vec<u8>);

const CLIENT: &str = "NegotiateStream.BeginAuthenticateAsClient";
const SERVER: &str = "NegotiateStream.BeginAuthenticateAsServer";
const READ: &str = "NegotiateStream.BeginRead";
const WRITE: &str = "NegotiateStream.BeginWrite";

impl NegotiateStream {
    fn origin(&self, member: &'static str) -> AsyncOrigin {
        AsyncOrigin::new(member, self.shared.id)
    }

    /// Begins to authenticate as the client.
    ///
    /// .NET: `System.Net.Security.NegotiateStream.BeginAuthenticateAsClient`
    #[doc(alias = "NegotiateStream.BeginAuthenticateAsClient")]
    pub fn begin_authenticate_as_client(
        &self,
        credential: &NetworkCredential,
        options: &NegotiateClientOptions,
        callback: Option<AsyncCallback<Result<(), LogonError>>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<(), LogonError>> {
        let (stream, credential, options) = (self.clone(), credential.clone(), options.clone());
        let future = async move {
            stream
                .authenticate_as_client_async(&credential, &options)
                .await
        };
        begin_as(self.origin(CLIENT), future, callback, state)
    }

    /// Waits until this side is authenticated as the client.
    ///
    /// .NET: `System.Net.Security.NegotiateStream.EndAuthenticateAsClient`
    ///
    /// # Errors
    /// Those of [`authenticate_as_client_async`](Self::authenticate_as_client_async); with a
    /// [`Misuse`](system_net_primitives::Misuse) inside if it was ended before, cancelled, or if
    /// something else began it.
    #[doc(alias = "NegotiateStream.EndAuthenticateAsClient")]
    pub fn end_authenticate_as_client(
        &self,
        result: &AsyncResult<Result<(), LogonError>>,
    ) -> Result<(), LogonError> {
        self.end_authenticate(result, CLIENT)
    }

    /// Begins to authenticate as the server.
    ///
    /// .NET: `System.Net.Security.NegotiateStream.BeginAuthenticateAsServer`
    #[doc(alias = "NegotiateStream.BeginAuthenticateAsServer")]
    pub fn begin_authenticate_as_server(
        &self,
        mechanism: Box<dyn Mechanism>,
        options: &NegotiateServerOptions,
        callback: Option<AsyncCallback<Result<(), LogonError>>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<(), LogonError>> {
        let (stream, options) = (self.clone(), options.clone());
        let future = async move {
            stream
                .authenticate_as_server_async(mechanism, &options)
                .await
        };
        begin_as(self.origin(SERVER), future, callback, state)
    }

    /// Waits until this side is authenticated as the server.
    ///
    /// .NET: `System.Net.Security.NegotiateStream.EndAuthenticateAsServer`
    ///
    /// # Errors
    /// Those of [`authenticate_as_server_async`](Self::authenticate_as_server_async); with a
    /// [`Misuse`](system_net_primitives::Misuse) inside if it was ended before, cancelled, or if
    /// something else began it.
    #[doc(alias = "NegotiateStream.EndAuthenticateAsServer")]
    pub fn end_authenticate_as_server(
        &self,
        result: &AsyncResult<Result<(), LogonError>>,
    ) -> Result<(), LogonError> {
        self.end_authenticate(result, SERVER)
    }

    fn end_authenticate(
        &self,
        result: &AsyncResult<Result<(), LogonError>>,
        begin: &'static str,
    ) -> Result<(), LogonError> {
        let ended = result.end_of(self.shared.id, &[begin]);
        ended.unwrap_or_else(|misuse| {
            let error = LogonError::new(LogonErrorKind::InvalidState, misuse.to_string());
            Err(error.with_source(misuse))
        })
    }

    /// Begins to read into the buffer, at most its length.
    ///
    /// .NET: `System.Net.Security.NegotiateStream.BeginRead`
    #[doc(alias = "NegotiateStream.BeginRead")]
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
    /// .NET: `System.Net.Security.NegotiateStream.EndRead`
    ///
    /// # Errors
    /// Those of [`read_async`](Self::read_async); with a
    /// [`Misuse`](system_net_primitives::Misuse) inside if it was ended before, cancelled, or if
    /// something else began it. The buffer is empty then.
    #[doc(alias = "NegotiateStream.EndRead")]
    pub fn end_read(
        &self,
        result: &AsyncResult<(io::Result<usize>, Vec<u8>)>,
    ) -> (io::Result<usize>, Vec<u8>) {
        self.end_buffered(result, READ)
    }

    /// Begins to write all of the buffer.
    ///
    /// .NET: `System.Net.Security.NegotiateStream.BeginWrite`
    #[doc(alias = "NegotiateStream.BeginWrite")]
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
    /// .NET: `System.Net.Security.NegotiateStream.EndWrite`
    ///
    /// # Errors
    /// As [`end_read`](Self::end_read).
    #[doc(alias = "NegotiateStream.EndWrite")]
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
