//! `begin_send_file`.

use std::path::Path;
use std::sync::Arc;

use system_net_primitives::{AsyncCallback, AsyncResult, AsyncState};

use super::operation::start_future;
use super::{begins, end_call, origin};
use crate::enums::TransmitFileOptions;
use crate::error::SocketError;
use crate::socket::Socket;
use crate::trace;

impl Socket {
    /// Begins to send a file.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.BeginSendFile(String, AsyncCallback, Object)`
    #[doc(alias = "Socket.BeginSendFile")]
    pub fn begin_send_file(
        &self,
        file_name: impl AsRef<Path>,
        callback: Option<AsyncCallback<Result<(), SocketError>>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<(), SocketError>> {
        let options = TransmitFileOptions::USE_DEFAULT_WORKER_THREAD;
        let file_name = Some(file_name.as_ref());
        self.begin_send_file_with(file_name, Vec::new(), Vec::new(), options, callback, state)
    }

    /// Begins to send the bytes of a buffer, of a file and of another buffer; each may be
    /// missing.
    ///
    /// Outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.BeginSendFile(String, Byte[], Byte[], TransmitFileOptions, AsyncCallback, Object)`
    #[doc(alias = "Socket.BeginSendFile")]
    pub fn begin_send_file_with(
        &self,
        file_name: Option<&Path>,
        pre_buffer: Vec<u8>,
        post_buffer: Vec<u8>,
        flags: TransmitFileOptions,
        callback: Option<AsyncCallback<Result<(), SocketError>>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<Result<(), SocketError>> {
        let handle = Arc::clone(self.handle());
        let file_name = file_name.map(Path::to_owned);
        let sending = async move {
            handle
                .send_file_parts(file_name.as_deref(), &pre_buffer, &post_buffer, flags)
                .await
        };
        let origin = origin(self.handle().trace(), begins::SEND_FILE);
        trace::begun(
            self.handle().trace(),
            "BeginSendFile",
            format_args!(""),
            || start_future(sending, "send a file", origin, callback, state),
        )
    }

    /// Waits for the end of a file's sending.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.Socket.EndSendFile`
    ///
    /// # Errors
    /// Those of [`send_file_async`](Self::send_file_async);
    /// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) if it was
    /// ended before; [`Misuse::InvalidArgument`](system_net_primitives::Misuse::InvalidArgument)
    /// if another object or another member began it.
    #[doc(alias = "Socket.EndSendFile")]
    pub fn end_send_file(
        &self,
        result: &AsyncResult<Result<(), SocketError>>,
    ) -> Result<(), SocketError> {
        end_call(self.handle(), "EndSendFile", &[begins::SEND_FILE], result)
    }
}
