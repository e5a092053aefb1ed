//! All codings of a body undone, one after the other, with the limits held after the last.

use std::fmt;
use std::io;

use super::stage::{Stage, Step};
use super::{Coding, DecompressionLimits};

/// Layers that are undone at most: more have no use but to hide how much they become.
const MOST_LAYERS: usize = 2;
/// Bytes between two layers.
const BETWEEN: usize = 16 * 1024;
/// Output from which on the ratio counts.
const RATIO_FROM: u64 = 1 << 20;

/// The codings of one body.
pub(crate) struct Chain {
    first: Stage,
    second: Option<(Stage, Between)>,
    limits: DecompressionLimits,
    taken: u64,
    given: u64,
}

/// What the first layer gave and the second has not taken.
struct Between {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
    /// All that went through.
    passed: u64,
}

/// Why a body could not be decompressed.
#[derive(Debug)]
pub(crate) enum DecompressError {
    /// The data are damaged.
    Damaged(Coding, io::Error),
    /// The data end too early.
    Truncated(Coding),
    /// The body goes beyond a limit.
    TooLong(String),
}

impl fmt::Display for DecompressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(coding, error) => {
                write!(f, "the body's {} data are damaged: {error}", coding.name())
            }
            Self::Truncated(coding) => {
                write!(f, "the body ends inside its {} data", coding.name())
            }
            Self::TooLong(reason) => f.write_str(reason),
        }
    }
}

impl Chain {
    /// A chain of codings in the order in which they are undone. Without codings there is none.
    ///
    /// # Errors
    /// `TooLong`: more layers than are undone.
    pub(crate) fn new(
        codings: &[Coding],
        limits: DecompressionLimits,
    ) -> Result<Option<Self>, DecompressError> {
        if codings.len() > MOST_LAYERS {
            return Err(DecompressError::TooLong(format!(
                "the body is compressed {} times over; at most {MOST_LAYERS} are undone",
                codings.len()
            )));
        }
        let Some(first) = codings.first() else {
            return Ok(None);
        };
        let second = codings.get(1).map(|&coding| {
            let between = Between {
                bytes: vec![0; BETWEEN].into(),
                start: 0,
                end: 0,
                passed: 0,
            };
            (Stage::new(coding), between)
        });
        Ok(Some(Self {
            first: Stage::new(*first),
            second,
            limits,
            taken: 0,
            given: 0,
        }))
    }

    /// Decodes some of the input into some of the output: bytes consumed, bytes written. Once
    /// all input is consumed, neither says that it needs more.
    pub(crate) fn decode(
        &mut self,
        input: &[u8],
        output: &mut [u8],
    ) -> Result<(usize, usize), DecompressError> {
        let step = match &mut self.second {
            None => run(&mut self.first, input, output)?,
            Some(inner) => {
                let (taken, limits) = (self.taken, &self.limits);
                // A layer that becomes long and then nothing costs as much as one that stays so.
                let check = |consumed: usize, passed| limits.check(taken + consumed as u64, passed);
                through(&mut self.first, inner, input, output, check)?
            }
        };
        self.taken += step.consumed as u64;
        self.given += step.written as u64;
        self.limits.check(self.taken, self.given)?;
        Ok((step.consumed, step.written))
    }

    /// At the end of the body: whether the data ended too.
    pub(crate) fn finish(&mut self) -> Result<(), DecompressError> {
        let inner = self.second.as_mut().map(|(stage, _)| stage);
        for stage in [Some(&mut self.first), inner].into_iter().flatten() {
            if !stage.is_complete() {
                return Err(DecompressError::Truncated(stage.coding()));
            }
        }
        Ok(())
    }
}

impl DecompressionLimits {
    /// Whether so many bytes may have become so many.
    fn check(&self, taken: u64, given: u64) -> Result<(), DecompressError> {
        if let Some(most) = self.max_bytes.filter(|most| given > *most) {
            return Err(DecompressError::TooLong(format!(
                "the body decompresses to more than {most} bytes"
            )));
        }
        let beyond = |ratio: &u32| given > RATIO_FROM && given / u64::from(*ratio).max(1) > taken;
        if let Some(ratio) = self.max_ratio.filter(beyond) {
            return Err(DecompressError::TooLong(format!(
                "the body decompresses to more than {ratio} times its size: {taken} bytes became {given}"
            )));
        }
        Ok(())
    }
}

fn run(stage: &mut Stage, input: &[u8], output: &mut [u8]) -> Result<Step, DecompressError> {
    stage.step(input, output).map_err(|error| {
        let coding = stage.coding();
        if error.kind() == io::ErrorKind::UnexpectedEof {
            DecompressError::Truncated(coding)
        } else {
            DecompressError::Damaged(coding, error)
        }
    })
}

/// Runs both stages until the second has written something or the first needs input.
fn through(
    first: &mut Stage,
    (second, between): &mut (Stage, Between),
    input: &[u8],
    output: &mut [u8],
    check: impl Fn(usize, u64) -> Result<(), DecompressError>,
) -> Result<Step, DecompressError> {
    let mut consumed = 0;
    loop {
        let waiting = &between.bytes[between.start..between.end];
        if !waiting.is_empty() || second.may_hold_output() {
            let step = run(second, waiting, output)?;
            between.start += step.consumed;
            if step.written > 0 {
                let written = step.written;
                return Ok(Step { consumed, written });
            }
        }
        if between.start < between.end {
            continue;
        }
        let step = run(first, &input[consumed..], &mut between.bytes)?;
        consumed += step.consumed;
        between.start = 0;
        between.end = step.written;
        between.passed += step.written as u64;
        check(consumed, between.passed)?;
        if step == Step::default() {
            let written = 0;
            return Ok(Step { consumed, written });
        }
    }
}
