//! The body of the message being received, whatever its framing.
//!
//! ```text
//!            Fixed(n) ------------------------------- n = 0 --> Done
//!            UntilClose ------------------------------- EOF --> Done
//!   chunk-size line --> Data(n) -- n = 0 --> CR LF --+
//!         ^      |                                   |
//!         |      +-- size 0 --> trailer-section -----|--------> Done
//!         +------------------------------------------+
//! ```

use system_net_primitives::WebHeaderCollection;

use crate::buffer::InputBuffer;
use crate::chunked::{ChunkFrame, take_size_line};
use crate::error::{Place, ProtoError, Rule};
use crate::facts::Facts;
use crate::fields::{FieldRules, parse_fields};
use crate::framing::BodyFraming;
use crate::limits::{LimitName, Limits};
use crate::section::{SectionLimits, SectionScanner};

/// What comes next of a body.
pub(crate) enum BodyStep {
    NeedInput,
    /// [`BodyReader::available`] is not empty.
    Data,
    Trailers(WebHeaderCollection),
    Done,
}

/// Where the reader stands in the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyReader {
    Done,
    Fixed(u64),
    UntilClose,
    ChunkSize,
    ChunkData(u64),
    ChunkEnd,
    Trailers,
}

impl BodyReader {
    #[inline]
    pub(crate) fn new(framing: BodyFraming) -> Self {
        match framing {
            BodyFraming::None => Self::Done,
            BodyFraming::Fixed(length) => Self::Fixed(length),
            BodyFraming::Chunked => Self::ChunkSize,
            BodyFraming::UntilClose => Self::UntilClose,
        }
    }

    /// Nothing more comes, not even an event.
    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        matches!(self, Self::Done | Self::Fixed(0))
    }

    /// Moves on as far as the input allows. `offset` counts the bytes of the message before the
    /// input, for errors; `frame` learns what stands between chunks.
    #[inline]
    pub(crate) fn step(
        &mut self,
        input: &mut InputBuffer,
        eof: bool,
        scanner: &mut SectionScanner,
        limits: &Limits,
        offset: &mut u64,
        frame: Option<&mut ChunkFrame>,
    ) -> Result<BodyStep, ProtoError> {
        match *self {
            Self::Done => Ok(BodyStep::Done),
            Self::Fixed(0) => {
                *self = Self::Done;
                Ok(BodyStep::Done)
            }
            Self::Fixed(_) | Self::UntilClose if !input.is_empty() => Ok(BodyStep::Data),
            Self::Fixed(_) if eof => Err(ProtoError::eof(Place::Body)),
            Self::UntilClose if eof => {
                *self = Self::Done;
                Ok(BodyStep::Done)
            }
            Self::Fixed(_) | Self::UntilClose => Ok(BodyStep::NeedInput),
            _ => self.step_chunked(input, eof, scanner, limits, offset, frame),
        }
    }

    fn step_chunked(
        &mut self,
        input: &mut InputBuffer,
        eof: bool,
        scanner: &mut SectionScanner,
        limits: &Limits,
        offset: &mut u64,
        mut frame: Option<&mut ChunkFrame>,
    ) -> Result<BodyStep, ProtoError> {
        loop {
            let waiting = |place| {
                if eof {
                    Err(ProtoError::eof(place))
                } else {
                    Ok(BodyStep::NeedInput)
                }
            };
            match *self {
                Self::ChunkSize => {
                    match take_size_line(input, limits, offset, frame.as_deref_mut())? {
                        None => return waiting(Place::ChunkSize),
                        Some(0) => *self = Self::Trailers,
                        Some(size) => *self = Self::ChunkData(size),
                    }
                    scanner.reset();
                }
                Self::ChunkData(0) => *self = Self::ChunkEnd,
                Self::ChunkData(_) if input.is_empty() => return waiting(Place::ChunkData),
                Self::ChunkData(_) => return Ok(BodyStep::Data),
                Self::ChunkEnd => match *input.data() {
                    [b'\r', b'\n', ..] => {
                        input.consume(2);
                        *offset += 2;
                        *self = Self::ChunkSize;
                    }
                    [] | [b'\r'] => return waiting(Place::ChunkData),
                    _ => {
                        return Err(ProtoError::grammar(Rule::ChunkEnd, Place::ChunkData)
                            .at(0)
                            .shifted(*offset));
                    }
                },
                Self::Trailers => {
                    let section = SectionLimits {
                        bytes: limits.trailer_bytes,
                        bytes_name: LimitName::TrailerBytes,
                        first_line: usize::MAX,
                        first_place: Place::Trailers,
                        place: Place::Trailers,
                    };
                    let found = scanner
                        .scan(input.data(), section)
                        .map_err(|error| error.shifted(*offset))?;
                    let Some(length) = found else {
                        return waiting(Place::Trailers);
                    };
                    let rules = FieldRules {
                        most: limits.headers,
                        place: Place::Trailers,
                        space_before_colon: false,
                        clean: scanner.is_clean(),
                    };
                    // RFC 9110 section 6.5.1: trailers cannot change framing, so what they say
                    // about it goes nowhere; they are handed out apart from the headers.
                    let trailers = parse_fields(
                        input.data(),
                        0,
                        scanner.line_ends(),
                        1,
                        rules,
                        &mut Facts::default(),
                    )
                    .map_err(|error| error.shifted(*offset))?;
                    input.consume(length);
                    *self = Self::Done;
                    if !trailers.is_empty() {
                        return Ok(BodyStep::Trailers(trailers));
                    }
                }
                Self::Done | Self::Fixed(_) | Self::UntilClose => return Ok(BodyStep::Done),
            }
        }
    }

    /// The body bytes at the front of the input.
    #[inline]
    pub(crate) fn available<'a>(&self, input: &'a InputBuffer) -> &'a [u8] {
        let data = input.data();
        match *self {
            Self::UntilClose => data,
            Self::Fixed(left) | Self::ChunkData(left) => {
                let here = usize::try_from(left).map_or(data.len(), |left| left.min(data.len()));
                &data[..here]
            }
            _ => &[],
        }
    }

    /// Counts `n` body bytes as read.
    #[inline]
    pub(crate) fn advance(&mut self, n: u64) {
        match self {
            Self::Fixed(left) | Self::ChunkData(left) => {
                *left = left
                    .checked_sub(n)
                    .expect("advanced over the end of the body");
            }
            Self::UntilClose => {}
            _ => assert!(n == 0, "advanced where there is no body"),
        }
    }

    /// How many body bytes may be read past the input buffer, if that is empty.
    #[inline]
    pub(crate) fn direct_limit(&self) -> u64 {
        match *self {
            Self::Fixed(left) => left,
            Self::UntilClose => u64::MAX,
            _ => 0,
        }
    }
    /// How much is left of the chunk that is being read, and how much of what stands before the next
    /// one was read: nothing, or the CR LF of the chunk before.
    pub(crate) fn chunk_left(&self) -> Option<(u64, usize)> {
        match *self {
            Self::ChunkData(left) => Some((left, 0)),
            Self::ChunkEnd => Some((0, 0)),
            Self::ChunkSize => Some((0, 2)),
            _ => None,
        }
    }
}
