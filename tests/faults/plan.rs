//! What the server does to which request: drawn from the seed, so that it can be repeated, and
//! known to the client, which grants a request that will be stalled a short time only.

use system_net_tests::content::{Random, mix};

/// How the server ends a request whose head has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Fault {
    /// The right answer.
    Right,
    /// The right answer in many pieces.
    Pieces,
    /// The right answer, then it closes the connection unannounced.
    RightThenClose,
    /// The right answer; as soon as something else comes on the connection, it is reset.
    RightThenResetNext,
    /// Closed before the body was read.
    CloseBeforeBody,
    /// Reset before the body was read.
    ResetBeforeBody,
    /// Closed when the request was read.
    CloseBeforeHead,
    /// Reset when the request was read.
    ResetBeforeHead,
    /// Closed within the head of the answer.
    CloseInHead,
    /// Reset within the head of the answer.
    ResetInHead,
    /// Closed within the body of the answer.
    CloseInBody,
    /// Reset within the body of the answer.
    ResetInBody,
    /// Silent when the request was read.
    StallBeforeHead,
    /// Silent within the head of the answer.
    StallInHead,
    /// Silent within the body of the answer.
    StallInBody,
    /// Something that is not HTTP.
    Garbage,
    /// A chunk without a size.
    BadChunk,
    /// 503 and a body.
    Unavailable,
    /// 413 before the body was read, which is read afterwards.
    TooLarge,
    /// Reset because the server was restarted meanwhile. Not drawn.
    Restarted,
}

impl Fault {
    /// What can be drawn.
    pub(crate) const ALL: [Self; 19] = [
        Self::Right,
        Self::Pieces,
        Self::RightThenClose,
        Self::RightThenResetNext,
        Self::CloseBeforeBody,
        Self::ResetBeforeBody,
        Self::CloseBeforeHead,
        Self::ResetBeforeHead,
        Self::CloseInHead,
        Self::ResetInHead,
        Self::CloseInBody,
        Self::ResetInBody,
        Self::StallBeforeHead,
        Self::StallInHead,
        Self::StallInBody,
        Self::Garbage,
        Self::BadChunk,
        Self::Unavailable,
        Self::TooLarge,
    ];

    pub(crate) fn stalls(self) -> bool {
        matches!(
            self,
            Self::StallBeforeHead | Self::StallInHead | Self::StallInBody
        )
    }
}

/// What happens to the request `id` the `visit`th time that its head comes, from 0.
pub(crate) fn fault(seed: u64, id: u64, visit: usize) -> Fault {
    let mut random = Random::new(mix(mix(seed, id), visit as u64));
    match random.below(100) {
        0..50 => Fault::Right,
        50..53 => Fault::Pieces,
        // Each stall costs a time-out: they are rare.
        53..55 => Fault::ALL[12 + random.below(3)],
        _ => loop {
            let fault = Fault::ALL[random.below(Fault::ALL.len())];
            if !fault.stalls() && fault != Fault::Right {
                return fault;
            }
        },
    }
}

/// The answer to the request `id`.
pub(crate) struct Answer {
    pub(crate) length: usize,
    pub(crate) chunked: bool,
}

pub(crate) fn answer(seed: u64, id: u64) -> Answer {
    let mut random = Random::new(mix(seed, id) ^ 0xa45e);
    Answer {
        length: random.length(2 << 20),
        chunked: random.percent(30),
    }
}

/// What happens to a connection that has just been accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Welcome {
    Serve,
    Close,
    Reset,
}

pub(crate) fn welcome(seed: u64, connection: u64) -> Welcome {
    match mix(seed ^ 0x3e1c, connection) % 100 {
        0..2 => Welcome::Close,
        2..4 => Welcome::Reset,
        _ => Welcome::Serve,
    }
}
