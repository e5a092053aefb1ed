//! Reading and writing on the caller's thread.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};

use super::NetworkStream;
use crate::enums::SocketFlags;
use crate::error::SocketError;

impl NetworkStream {
    /// Reads what there is, at most the buffer's length. 0 is the end of the stream.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.Read`
    ///
    /// # Errors
    /// [`Misuse::Disposed`](system_net_primitives::Misuse::Disposed) when closed,
    /// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) for a
    /// stream that only writes; those of [`Socket::receive`](crate::Socket::receive).
    ///
    /// # Blocking
    /// Waits for the first byte; [`read_timeout`](Self::read_timeout) ends it.
    #[doc(alias = "NetworkStream.Read")]
    pub fn read(&self, buffer: &mut [u8]) -> Result<usize, SocketError> {
        self.check_read()?;
        if buffer.is_empty() {
            return Ok(0);
        }
        self.socket().receive(buffer)
    }

    /// Reads a byte; `None` at the end of the stream.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.ReadByte`
    ///
    /// # Errors
    /// Those of [`read`](Self::read).
    ///
    /// # Blocking
    /// As [`read`](Self::read).
    #[doc(alias = "NetworkStream.ReadByte")]
    pub fn read_byte(&self) -> Result<Option<u8>, SocketError> {
        let mut byte = [0];
        let read = self.read(&mut byte)?;
        Ok((read > 0).then_some(byte[0]))
    }

    /// Writes all bytes of the buffer.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.Write`
    ///
    /// # Errors
    /// [`Misuse::Disposed`](system_net_primitives::Misuse::Disposed) when closed,
    /// [`Misuse::InvalidOperation`](system_net_primitives::Misuse::InvalidOperation) for a
    /// stream that only reads; those of [`Socket::send`](crate::Socket::send). After an error
    /// some of the bytes may have been sent.
    ///
    /// # Blocking
    /// Waits until the system has room for all; each wait is ended by
    /// [`write_timeout`](Self::write_timeout).
    #[doc(alias = "NetworkStream.Write")]
    pub fn write(&self, buffer: &[u8]) -> Result<(), SocketError> {
        self.check_write()?;
        let mut rest = buffer;
        while !rest.is_empty() {
            let sent = self.socket().send(rest)?;
            rest = rest.get(sent..).unwrap_or_default();
        }
        Ok(())
    }

    /// Writes a byte.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.WriteByte`
    ///
    /// # Errors
    /// Those of [`write`](Self::write).
    ///
    /// # Blocking
    /// As [`write`](Self::write).
    #[doc(alias = "NetworkStream.WriteByte")]
    pub fn write_byte(&self, byte: u8) -> Result<(), SocketError> {
        self.write(&[byte])
    }

    /// Does nothing: what was written is the system's already.
    ///
    /// .NET: `System.Net.Sockets.NetworkStream.Flush`
    #[doc(alias = "NetworkStream.Flush")]
    pub const fn flush(&self) {}
}

impl Read for &NetworkStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(NetworkStream::read(self, buffer)?)
    }

    fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.check_read()?;
        if buffers.iter().all(|buffer| buffer.is_empty()) {
            return Ok(0);
        }
        Ok(self.socket().receive_buffers(buffers, SocketFlags::NONE)?)
    }
}

impl Write for &NetworkStream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.check_write()?;
        Ok(self.socket().send(buffer)?)
    }

    fn write_vectored(&mut self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        self.check_write()?;
        Ok(self.socket().send_buffers(buffers, SocketFlags::NONE)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for NetworkStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Read::read(&mut &*self, buffer)
    }

    fn read_vectored(&mut self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        Read::read_vectored(&mut &*self, buffers)
    }
}

impl Write for NetworkStream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        Write::write(&mut &*self, buffer)
    }

    fn write_vectored(&mut self, buffers: &[IoSlice<'_>]) -> io::Result<usize> {
        Write::write_vectored(&mut &*self, buffers)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
