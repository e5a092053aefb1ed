//! `StreamReader`: text from a stream of bytes.

use std::fmt;
use std::io::{self, Read};

use encoding_rs::{Encoding, UTF_8};
use system_net_primitives::Misuse;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::decoding::{Decoding, MalformedText};
use super::{charset, encoding_named};
use crate::streams::{AsyncResponseStream, ResponseStream};
use crate::web_response::{READ_ALL_LIMIT, WebResponse};

/// How much is read at once.
const PIECE: usize = 8 * 1024;

/// Text from any stream of bytes: a file, a connection, a response.
///
/// A character may be split over any number of reads. A byte order mark at the beginning tells the
/// encoding (UTF-8, UTF-16) and is no part of the text; without one it is the encoding that was
/// given. Bytes that are no text become U+FFFD, unless [`set_malformed`](Self::set_malformed) refuses
/// them.
///
/// Over what reads blocking, [`read_line`](Self::read_line) and [`read_to_end`](Self::read_to_end)
/// read; over what reads asynchronously, [`read_line_async`](Self::read_line_async) and
/// [`read_to_end_async`](Self::read_to_end_async) do. Dropping the future of one of these loses
/// nothing: the next call goes on.
///
/// # Limits
/// A line, or what `read_to_end` gives, has at most [`max_length`](Self::max_length) bytes.
///
/// # Differences from .NET
/// There is no ASCII: by that name, as in browsers, windows-1252 is read, of which it is a part.
/// UTF-32 is not read. A line that ends with `\r` is given at once, before it is known whether `\n`
/// follows.
///
/// # Examples
/// ```
/// use system_net_requests::StreamReader;
///
/// let bytes: &[u8] = b"\xef\xbb\xbfGr\xc3\xbc\xc3\x9fe\r\nund mehr";
/// let mut reader = StreamReader::new(bytes);
/// assert_eq!(reader.read_line()?.as_deref(), Some("Gr\u{fc}\u{df}e"));
/// assert_eq!(reader.read_to_end()?, "und mehr");
/// assert_eq!(reader.read_line()?, None);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// .NET: `System.IO.StreamReader`
pub struct StreamReader<R> {
    stream: R,
    decoding: Decoding,
    buffer: Vec<u8>,
    max_length: u64,
}

impl<R> StreamReader<R> {
    /// Reads UTF-8, unless a byte order mark says otherwise.
    #[must_use]
    pub fn new(stream: R) -> Self {
        Self::over(stream, UTF_8)
    }

    /// Reads an encoding by its name, for example `utf-8` or `iso-8859-1`, unless a byte order mark
    /// says otherwise.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`]: there is no such encoding.
    pub fn with_encoding(stream: R, encoding: &str) -> Result<Self, Misuse> {
        encoding_named(encoding).map(|encoding| Self::over(stream, encoding))
    }

    fn over(stream: R, encoding: &'static Encoding) -> Self {
        Self {
            stream,
            decoding: Decoding::new(encoding),
            buffer: Vec::new(),
            max_length: READ_ALL_LIMIT,
        }
    }

    /// Sets what becomes of bytes that are no text. U+FFFD unless set.
    pub fn set_malformed(&mut self, malformed: MalformedText) {
        self.decoding.set_malformed(malformed);
    }

    /// The most bytes that a line, or all of the text in one piece, may have; 2 GiB unless set.
    #[must_use]
    pub fn max_length(&self) -> u64 {
        self.max_length
    }

    /// Sets the most bytes that a line, or all of the text in one piece, may have.
    pub fn set_max_length(&mut self, bytes: u64) {
        self.max_length = bytes;
    }

    /// The name of the encoding that is read; what a byte order mark says is known after the first
    /// read.
    ///
    /// .NET: `System.IO.StreamReader.CurrentEncoding`
    #[must_use]
    pub fn current_encoding(&self) -> &'static str {
        self.decoding.encoding().name()
    }

    /// The stream. More of it may have been read than was asked for.
    ///
    /// .NET: `System.IO.StreamReader.BaseStream`
    #[must_use]
    pub fn base_stream(&self) -> &R {
        &self.stream
    }

    /// The stream itself. What was read of it ahead is lost.
    #[must_use]
    pub fn into_inner(self) -> R {
        self.stream
    }

    /// Forgets what was read ahead, for a stream that was moved to another place.
    ///
    /// .NET: `System.IO.StreamReader.DiscardBufferedData`
    pub fn discard_buffered_data(&mut self) {
        self.decoding.discard();
    }
}

impl<R: Read> StreamReader<R> {
    /// A line without its end, which is `\n`, `\r\n` or `\r`; `None` at the end of the stream.
    ///
    /// # Errors
    /// The stream's; `InvalidData` for a line that is too long, and for bytes that are no text if
    /// these are refused.
    ///
    /// .NET: `System.IO.StreamReader.ReadLine`
    pub fn read_line(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(line) = self.decoding.line(self.max_length)? {
                return Ok(line);
            }
            self.fill()?;
        }
    }

    /// All that is left.
    ///
    /// # Errors
    /// As for [`read_line`](Self::read_line).
    ///
    /// .NET: `System.IO.StreamReader.ReadToEnd`
    pub fn read_to_end(&mut self) -> io::Result<String> {
        loop {
            if let Some(text) = self.decoding.all(self.max_length)? {
                return Ok(text);
            }
            self.fill()?;
        }
    }

    /// The next character; `None` (.NET: -1) at the end.
    ///
    /// # Errors
    /// As for [`read_line`](Self::read_line).
    ///
    /// .NET: `System.IO.StreamReader.Read`
    pub fn read(&mut self) -> io::Result<Option<char>> {
        self.peek()?;
        Ok(self.decoding.character())
    }

    /// The next character, which the next read gives as well; `None` (.NET: -1) at the end.
    ///
    /// # Errors
    /// As for [`read_line`](Self::read_line).
    ///
    /// .NET: `System.IO.StreamReader.Peek`
    pub fn peek(&mut self) -> io::Result<Option<char>> {
        loop {
            let character = self.decoding.peek();
            if character.is_some() || self.decoding.has_ended() {
                return Ok(character);
            }
            self.fill()?;
        }
    }

    /// Whether nothing is left. Reads if nothing is there.
    ///
    /// # Errors
    /// As for [`read_line`](Self::read_line).
    ///
    /// .NET: `System.IO.StreamReader.EndOfStream`
    pub fn end_of_stream(&mut self) -> io::Result<bool> {
        Ok(self.peek()?.is_none())
    }

    /// The lines that are left.
    pub fn lines(&mut self) -> Lines<'_, R> {
        Lines {
            reader: self,
            failed: false,
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.buffer.resize(PIECE, 0);
        loop {
            match self.stream.read(&mut self.buffer) {
                Ok(n) => return self.decoding.feed(&self.buffer[..n]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl<R: AsyncRead + Unpin> StreamReader<R> {
    /// [`read_line`](Self::read_line) for asynchronous code.
    ///
    /// # Errors
    /// As there.
    ///
    /// .NET: `System.IO.StreamReader.ReadLineAsync`
    pub async fn read_line_async(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(line) = self.decoding.line(self.max_length)? {
                return Ok(line);
            }
            self.fill_async().await?;
        }
    }

    /// [`read_to_end`](Self::read_to_end) for asynchronous code.
    ///
    /// # Errors
    /// As there.
    ///
    /// .NET: `System.IO.StreamReader.ReadToEndAsync`
    pub async fn read_to_end_async(&mut self) -> io::Result<String> {
        loop {
            if let Some(text) = self.decoding.all(self.max_length)? {
                return Ok(text);
            }
            self.fill_async().await?;
        }
    }

    async fn fill_async(&mut self) -> io::Result<()> {
        self.buffer.resize(PIECE, 0);
        let n = self.stream.read(&mut self.buffer).await?;
        self.decoding.feed(&self.buffer[..n])
    }
}

impl StreamReader<ResponseStream> {
    /// The text of a response, in the character set that its content type names, else UTF-8.
    ///
    /// # Errors
    /// [`Misuse::Disposed`]: the response was closed.
    pub fn of_response(response: &WebResponse) -> Result<Self, Misuse> {
        let content_type = response.content_type().ok().flatten();
        let named = content_type.as_deref().and_then(charset);
        let encoding = named.and_then(|name| Encoding::for_label(name.as_bytes()));
        let stream = response.get_response_stream()?;
        Ok(Self::over(stream, encoding.unwrap_or(UTF_8)))
    }

    /// The same reader for asynchronous code; what was read ahead goes along.
    #[must_use]
    pub fn into_async(self) -> StreamReader<AsyncResponseStream> {
        StreamReader {
            stream: self.stream.into_async(),
            decoding: self.decoding,
            buffer: self.buffer,
            max_length: self.max_length,
        }
    }
}

impl<R> fmt::Debug for StreamReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamReader")
            .field("current_encoding", &self.current_encoding())
            .finish_non_exhaustive()
    }
}

/// The lines of a [`StreamReader`]; an error is the last.
#[derive(Debug)]
pub struct Lines<'a, R> {
    reader: &'a mut StreamReader<R>,
    failed: bool,
}

impl<R: Read> Iterator for Lines<'_, R> {
    type Item = io::Result<String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let line = self.reader.read_line();
        self.failed = line.is_err();
        line.transpose()
    }
}
