//! `begin_read`, `begin_write`.

use system_net_primitives::{AsyncResult, AsyncState};
use system_net_runtime::begin_completed;

use super::NetworkStream;
use crate::enums::SocketFlags;
use crate::socket::{
    BufferCallback, BufferResult, begin_receive, begin_send, begins, end_transfer, origin,
};

impl NetworkStream {
    /// Begins to read into the buffer, at most its length.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.BeginRead`
    ///
    /// # Differences from .NET
    /// Every error is told by the end, none by this call.
    #[doc(alias = "NetworkStream.BeginRead")]
    pub fn begin_read(
        &self,
        buffer: Vec<u8>,
        callback: Option<BufferCallback<usize>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<BufferResult<usize>> {
        let origin = origin(self.socket.handle().trace(), begins::READ);
        if let Err(error) = self.check_read() {
            return begin_completed(origin, (Err(error), buffer), callback, state);
        }
        if buffer.is_empty() {
            return begin_completed(origin, (Ok(0), buffer), callback, state);
        }
        let handle = self.socket.handle();
        begin_receive(handle, origin, buffer, SocketFlags::NONE, callback, state)
    }

    /// Waits for a read and gives the number of bytes read, 0 at the end of the stream, and the
    /// buffer.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.EndRead`
    ///
    /// # Errors
    /// Those of [`read_async`](Self::read_async);
    /// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) if it was
    /// ended before; [`Misuse::InvalidArgument`](system_net_primitives::Misuse::InvalidArgument)
    /// if another object or another member began it.
    #[doc(alias = "NetworkStream.EndRead")]
    pub fn end_read(&self, result: &AsyncResult<BufferResult<usize>>) -> BufferResult<usize> {
        end_transfer(self.socket.handle(), "EndReceive", begins::READS, result)
    }

    /// Begins to write all bytes of the buffer. Writes go out in the order in which they were
    /// begun.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.BeginWrite`
    ///
    /// # Differences from .NET
    /// Every error is told by the end, none by this call.
    #[doc(alias = "NetworkStream.BeginWrite")]
    pub fn begin_write(
        &self,
        buffer: Vec<u8>,
        callback: Option<BufferCallback<usize>>,
        state: Option<AsyncState>,
    ) -> AsyncResult<BufferResult<usize>> {
        let origin = origin(self.socket.handle().trace(), begins::WRITE);
        if let Err(error) = self.check_write() {
            return begin_completed(origin, (Err(error), buffer), callback, state);
        }
        let handle = self.socket.handle();
        begin_send(handle, origin, buffer, SocketFlags::NONE, callback, state)
    }

    /// Waits for a write, and gives the buffer back.
    ///
    /// This member outputs trace information when network tracing is enabled.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.EndWrite`
    ///
    /// # Errors
    /// Those of [`write_async`](Self::write_async);
    /// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) if it was
    /// ended before; [`Misuse::InvalidArgument`](system_net_primitives::Misuse::InvalidArgument)
    /// if another object or another member began it.
    #[doc(alias = "NetworkStream.EndWrite")]
    pub fn end_write(&self, result: &AsyncResult<BufferResult<usize>>) -> BufferResult<()> {
        let handle = self.socket.handle();
        let (written, buffer) = end_transfer(handle, "EndSend", begins::WRITES, result);
        (written.map(drop), buffer)
    }
}
