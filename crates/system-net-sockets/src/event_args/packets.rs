//! Several files and buffers as one send.

use std::fs::File;
use std::io;
use std::mem;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use rustix::fs::sendfile;
use rustix::io::retry_on_intr;
use system_net_primitives::Misuse;

use super::context::State;
use super::engine::Attempt;
use crate::enums::{SocketFlags, TransmitFileOptions};
use crate::error::SocketError;
use crate::socket::Handle;

/// A file or a buffer, or a part of one, to be sent with others.
///
/// .NET: `System.Net.Sockets.SendPacketsElement`
///
/// # Examples
/// ```
/// use system_net_sockets::SendPacketsElement;
///
/// let head = SendPacketsElement::from_buffer("HTTP/1.1 200 OK\r\n\r\n");
/// let body = SendPacketsElement::from_file("index.html");
/// assert_eq!(head.count(), 19);
/// assert_eq!(body.file_path().unwrap().to_str(), Some("index.html"));
/// ```
#[derive(Clone, Debug)]
pub struct SendPacketsElement {
    source: Source,
    offset: u64,
    count: u64,
    end_of_packet: bool,
}

#[derive(Clone, Debug)]
enum Source {
    File(PathBuf),
    OpenFile(Arc<File>),
    Buffer(Bytes),
}

impl SendPacketsElement {
    /// A whole file. It is opened when the send begins.
    ///
    /// .NET: `System.Net.Sockets.SendPacketsElement.SendPacketsElement(String)`
    #[must_use]
    pub fn from_file(path: impl Into<PathBuf>) -> Self {
        Self::from_file_range(path, 0, 0)
    }

    /// `count` bytes of a file from `offset` on; 0 stands for the rest of it.
    ///
    /// .NET: `System.Net.Sockets.SendPacketsElement.SendPacketsElement(String, Int32, Int32)`
    /// .NET: `System.Net.Sockets.SendPacketsElement.SendPacketsElement(String, Int64, Int32)`
    #[must_use]
    pub fn from_file_range(path: impl Into<PathBuf>, offset: u64, count: u64) -> Self {
        Self {
            source: Source::File(path.into()),
            offset,
            count,
            end_of_packet: false,
        }
    }

    /// A whole file that is open already. Its position is neither used nor changed.
    ///
    /// .NET: `System.Net.Sockets.SendPacketsElement.SendPacketsElement(FileStream)`
    #[must_use]
    pub fn from_open_file(file: impl Into<Arc<File>>) -> Self {
        Self::from_open_file_range(file, 0, 0)
    }

    /// `count` bytes of an open file from `offset` on; 0 stands for the rest of it.
    ///
    /// .NET: `System.Net.Sockets.SendPacketsElement.SendPacketsElement(FileStream, Int64, Int32)`
    #[must_use]
    pub fn from_open_file_range(file: impl Into<Arc<File>>, offset: u64, count: u64) -> Self {
        Self {
            source: Source::OpenFile(file.into()),
            offset,
            count,
            end_of_packet: false,
        }
    }

    /// A whole buffer.
    ///
    /// .NET: `System.Net.Sockets.SendPacketsElement.SendPacketsElement(Byte[])`
    #[must_use]
    pub fn from_buffer(buffer: impl Into<Bytes>) -> Self {
        let buffer = buffer.into();
        Self {
            offset: 0,
            count: buffer.len() as u64,
            source: Source::Buffer(buffer),
            end_of_packet: false,
        }
    }

    /// A part of a buffer.
    ///
    /// .NET: `System.Net.Sockets.SendPacketsElement.SendPacketsElement(Byte[], Int32, Int32)`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] if the part lies outside of the buffer.
    pub fn from_buffer_range(
        buffer: impl Into<Bytes>,
        offset: usize,
        count: usize,
    ) -> Result<Self, Misuse> {
        let buffer = buffer.into();
        let length = buffer.len();
        if offset > length {
            return Err(Misuse::out_of_range(
                "offset",
                format!("at most {length}, the size of the buffer"),
            ));
        }
        if count > length - offset {
            return Err(Misuse::out_of_range(
                "count",
                format!("at most {}, the rest of the buffer", length - offset),
            ));
        }
        Ok(Self {
            source: Source::Buffer(buffer),
            offset: offset as u64,
            count: count as u64,
            end_of_packet: false,
        })
    }

    /// The same element, with or without the end of a packet behind it.
    ///
    /// .NET: `System.Net.Sockets.SendPacketsElement.SendPacketsElement(String, Int32, Int32, Boolean)`
    /// .NET: `System.Net.Sockets.SendPacketsElement.SendPacketsElement(Byte[], Int32, Int32, Boolean)`
    ///
    /// Of a stream the data up to here are sent without waiting for more. Of other sockets each
    /// element is a message of its own, and this changes nothing.
    #[must_use]
    pub const fn with_end_of_packet(mut self, end_of_packet: bool) -> Self {
        self.end_of_packet = end_of_packet;
        self
    }

    /// The buffer, if the element is one. All of it.
    ///
    /// .NET: `System.Net.Sockets.SendPacketsElement.Buffer`
    /// .NET: `System.Net.Sockets.SendPacketsElement.MemoryBuffer`
    #[doc(alias = "SendPacketsElement.Buffer")]
    #[doc(alias = "SendPacketsElement.MemoryBuffer")]
    #[must_use]
    pub fn buffer(&self) -> Option<&[u8]> {
        match &self.source {
            Source::Buffer(buffer) => Some(buffer),
            Source::File(_) | Source::OpenFile(_) => None,
        }
    }

    /// The file's path, if the element is one.
    ///
    /// .NET: `System.Net.Sockets.SendPacketsElement.FilePath`
    #[doc(alias = "SendPacketsElement.FilePath")]
    #[must_use]
    pub fn file_path(&self) -> Option<&Path> {
        match &self.source {
            Source::File(path) => Some(path),
            Source::OpenFile(_) | Source::Buffer(_) => None,
        }
    }

    /// The open file, if the element is one.
    ///
    /// .NET: `System.Net.Sockets.SendPacketsElement.FileStream`
    #[doc(alias = "SendPacketsElement.FileStream")]
    #[must_use]
    pub const fn file_stream(&self) -> Option<&Arc<File>> {
        match &self.source {
            Source::OpenFile(file) => Some(file),
            Source::File(_) | Source::Buffer(_) => None,
        }
    }

    /// How many bytes are sent; 0 of a file stands for all from the offset on.
    ///
    /// .NET: `System.Net.Sockets.SendPacketsElement.Count`
    #[doc(alias = "SendPacketsElement.Count")]
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Where they begin.
    ///
    /// .NET: `System.Net.Sockets.SendPacketsElement.Offset`
    /// .NET: `System.Net.Sockets.SendPacketsElement.OffsetLong`
    #[doc(alias = "SendPacketsElement.Offset")]
    #[doc(alias = "SendPacketsElement.OffsetLong")]
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether a packet ends behind it.
    ///
    /// .NET: `System.Net.Sockets.SendPacketsElement.EndOfPacket`
    #[doc(alias = "SendPacketsElement.EndOfPacket")]
    #[must_use]
    pub const fn end_of_packet(&self) -> bool {
        self.end_of_packet
    }
}

/// The files of a send, by element.
pub(super) type Files = Vec<Option<Arc<File>>>;

/// The most bytes of one system call.
const LARGEST_PIECE: u64 = (u32::MAX >> 1) as u64;

/// The elements of a context, and how far their send is.
#[derive(Default)]
pub(super) struct Packets {
    pub(super) elements: Option<Vec<SendPacketsElement>>,
    pub(super) flags: TransmitFileOptions,
    /// The most bytes of one system call; 0 for no limit.
    pub(super) send_size: usize,
    /// Those of the running send.
    files: Files,
    index: usize,
    /// Bytes of the element that are sent.
    position: u64,
}

impl Packets {
    /// Opens the files.
    pub(super) fn open(&mut self) -> Result<(), SocketError> {
        let elements = self.elements.as_deref().unwrap_or_default();
        let files: io::Result<Vec<_>> = elements
            .iter()
            .map(|element| match &element.source {
                Source::File(path) => File::open(path).map(|file| Some(Arc::new(file))),
                Source::OpenFile(file) => Ok(Some(Arc::clone(file))),
                Source::Buffer(_) => Ok(None),
            })
            .collect();
        self.files = files.map_err(|error| SocketError::from(error).with_context("open a file"))?;
        (self.index, self.position) = (0, 0);
        Ok(())
    }

    /// The files of a send that has ended, to be dropped where no lock is held.
    pub(super) fn take_files(&mut self) -> Files {
        mem::take(&mut self.files)
    }

    /// Sends a piece; `None` when all is sent.
    fn send_piece(&mut self, handle: &Handle, fd: &OwnedFd) -> io::Result<Option<usize>> {
        let elements = self.elements.as_deref().unwrap_or_default();
        let Some(element) = elements.get(self.index) else {
            return Ok(None);
        };
        let last = self.index + 1 == elements.len();
        // The system refuses a size that is beyond its signed numbers.
        let most = match self.send_size as u64 {
            0 => LARGEST_PIECE,
            size => size.min(LARGEST_PIECE),
        };
        let (sent, whole) = match (&element.source, self.files.get(self.index)) {
            (Source::Buffer(buffer), _) => {
                let start = element.offset + self.position;
                let end = (element.offset + element.count).min(start + most);
                let piece = buffer.get(start as usize..end as usize).unwrap_or_default();
                let more = !last && !element.end_of_packet && handle.is_stream();
                let flags = if more {
                    SocketFlags::PARTIAL
                } else {
                    SocketFlags::NONE
                };
                let sent = match piece {
                    [] if handle.is_stream() => 0,
                    piece => handle.try_send(fd, piece, flags)?,
                };
                (sent, self.position + sent as u64 >= element.count)
            }
            (_, Some(Some(file))) => {
                let left = match element.count {
                    0 => most,
                    count => most.min(count - self.position),
                };
                let start = element.offset + self.position;
                let left = usize::try_from(left).unwrap_or(usize::MAX);
                let sent = retry_on_intr(|| sendfile(fd, file, Some(&mut start.clone()), left))?;
                let position = self.position + sent as u64;
                // A file that is shorter than was said ends the element as well.
                (
                    sent,
                    sent == 0 || (element.count > 0 && position >= element.count),
                )
            }
            _ => (0, true),
        };
        self.position += sent as u64;
        if whole {
            self.index += 1;
            self.position = 0;
        }
        Ok(Some(sent))
    }
}

impl State {
    pub(super) fn send_packets(
        &mut self,
        handle: &Arc<Handle>,
        fd: &OwnedFd,
    ) -> io::Result<Attempt> {
        while let Some(sent) = self.extra().packets.send_piece(handle, fd)? {
            self.transferred += sent;
        }
        let packets = &mut self.extra().packets;
        packets.files.clear();
        if packets.flags.contains(TransmitFileOptions::DISCONNECT) {
            let reuse = packets.flags.contains(TransmitFileOptions::REUSE_SOCKET);
            if let Err(error) = handle.disconnect(reuse) {
                self.fail(error.code(), error.errno());
            }
        }
        Ok(Attempt::Done)
    }
}
