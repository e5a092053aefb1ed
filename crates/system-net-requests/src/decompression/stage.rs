//! One coding undone, piece by piece: the libraries' decoders, and what bodies on the net need
//! besides: both forms of `deflate`, several members in a row, an end that is found missing.

use std::io;

use compression_codecs::core::util::{PartialBuffer, WriteBuffer};
use compression_codecs::{DecodeV2, DeflateDecoder, GzipDecoder, ZlibDecoder};

use super::Coding;

/// RFC 9659 section 3: a decoder of the content coding need not support windows above 8 MiB.
#[cfg(feature = "zstd")]
const ZSTD_WINDOW_LOG: u32 = 23;

type Decoder = Box<dyn DecodeV2 + Send + Sync>;

/// How far one step came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) consumed: usize,
    pub(super) written: usize,
}

/// One coding that is undone.
pub(super) struct Stage {
    coding: Coding,
    /// `None` until the first bytes have told the form of `deflate`.
    decoder: Option<Decoder>,
    /// What was needed to tell the form, to be decoded first.
    held: Option<u8>,
    progress: Progress,
    /// The output was full: the decoder may hold more without further input.
    may_hold_output: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// Not a byte has come.
    Empty,
    Inside,
    /// At the end of the data, or between two members.
    Ended,
    /// What follows the end is no further member: it is skipped, as gzip itself does.
    Trailing,
}

impl Stage {
    pub(super) fn new(coding: Coding) -> Self {
        let decoder: Option<Decoder> = match coding {
            Coding::Gzip => Some(Box::new(GzipDecoder::new())),
            Coding::Deflate => None,
            #[cfg(feature = "brotli")]
            Coding::Brotli => Some(Box::new(compression_codecs::BrotliDecoder::new())),
            #[cfg(feature = "zstd")]
            Coding::Zstd => {
                use compression_codecs::{ZstdDecoder, zstd::params::DParameter};
                let window = DParameter::window_log_max(ZSTD_WINDOW_LOG);
                Some(Box::new(ZstdDecoder::new_with_params(&[window])))
            }
        };
        Self {
            coding,
            decoder,
            held: None,
            progress: Progress::Empty,
            may_hold_output: false,
        }
    }

    pub(super) fn coding(&self) -> Coding {
        self.coding
    }

    /// Decodes some of the input into some of the output. Once all input is consumed and
    /// nothing was written, there is nothing to do before more input comes.
    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Step> {
        if self.progress == Progress::Ended && !input.is_empty() {
            self.next_member(input)?;
        }
        if self.progress == Progress::Trailing {
            return Ok(Step {
                consumed: input.len(),
                written: 0,
            });
        }
        if input.is_empty() {
            return self.held_output(output);
        }
        self.progress = Progress::Inside;
        if self.decoder.is_none() && !self.tell_form(input) {
            self.held = Some(input[0]);
            return Ok(Step {
                consumed: 1,
                written: 0,
            });
        }
        if let Some(first) = self.held.take() {
            let step = self.decode(&[first], output)?;
            if step.written > 0 {
                return Ok(Step {
                    consumed: 0,
                    written: step.written,
                });
            }
        }
        self.decode(input, output)
    }

    /// At the end of the input, with all output taken: whether the data are whole.
    pub(super) fn is_complete(&mut self) -> bool {
        match (self.progress, &mut self.decoder) {
            (Progress::Inside, Some(decoder)) => {
                // The end may have been found while output was held back.
                let mut scratch = [0; 1];
                let mut to = WriteBuffer::new_initialized(&mut scratch);
                matches!(decoder.finish(&mut to), Ok(true)) && to.written_len() == 0
            }
            (Progress::Inside, None) => false,
            _ => true,
        }
    }

    /// Whether a step without input may still write.
    pub(super) fn may_hold_output(&self) -> bool {
        self.may_hold_output
    }

    fn decode(&mut self, input: &[u8], output: &mut [u8]) -> io::Result<Step> {
        let decoder = self.decoder.as_mut().expect("the form is known by now");
        let mut from = PartialBuffer::new(input);
        let mut to = WriteBuffer::new_initialized(output);
        let ended = decoder.decode(&mut from, &mut to)?;
        let step = Step {
            consumed: from.written_len(),
            written: to.written_len(),
        };
        self.may_hold_output = !ended && to.has_no_spare_space();
        if ended {
            self.progress = Progress::Ended;
        } else if step == Step::default() && !input.is_empty() && !to.has_no_spare_space() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the decoder makes nothing of the data",
            ));
        }
        Ok(step)
    }

    /// Output that is ready inside the decoder.
    fn held_output(&mut self, output: &mut [u8]) -> io::Result<Step> {
        if !self.may_hold_output {
            return Ok(Step::default());
        }
        if !matches!(self.coding, Coding::Gzip | Coding::Deflate) {
            return self.decode(&[], output);
        }
        // These take no input as an error.
        let decoder = self.decoder.as_mut().expect("it has written before");
        let mut to = WriteBuffer::new_initialized(output);
        decoder.flush(&mut to)?;
        self.may_hold_output = to.has_no_spare_space();
        Ok(Step {
            consumed: 0,
            written: to.written_len(),
        })
    }

    /// gzip and Zstandard may have several members or frames, one after the other (RFC 1952
    /// section 2.2, RFC 8878 section 3).
    fn next_member(&mut self, input: &[u8]) -> io::Result<()> {
        let more = match self.coding {
            Coding::Gzip => input[0] == 0x1f,
            // The magic number of a frame, or of one to skip.
            #[cfg(feature = "zstd")]
            Coding::Zstd => input[0] == 0x28 || input[0] & 0xf0 == 0x50,
            _ => false,
        };
        if !more {
            self.progress = Progress::Trailing;
            return Ok(());
        }
        let decoder = self.decoder.as_mut().expect("it has ended once");
        decoder.reinit()
    }

    /// RFC 9110 section 8.4.1.2: `deflate` is the form of zlib, and "some non-conformant
    /// implementations send the deflate data without the zlib wrapper". The head of zlib is two
    /// bytes, of which the number is a multiple of 31 and the low half of the first is 8; bare data
    /// that begin so would be a stored block of a length that no encoder writes. False: the first
    /// byte alone does not tell.
    fn tell_form(&mut self, input: &[u8]) -> bool {
        let (first, second) = match self.held {
            Some(first) => (first, Some(input[0])),
            None => (input[0], input.get(1).copied()),
        };
        let may_be_zlib = first & 0x0f == 8 && first >> 4 <= 7;
        let zlib = match second {
            _ if !may_be_zlib => false,
            Some(second) => (u16::from(first) << 8 | u16::from(second)) % 31 == 0,
            None => return false,
        };
        self.decoder = Some(if zlib {
            Box::new(ZlibDecoder::new())
        } else {
            Box::new(DeflateDecoder::new())
        });
        true
    }
}
