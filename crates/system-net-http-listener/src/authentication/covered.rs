//! Digest over whole bodies (`auth-int`): the body of a request, read before anybody sees it, and the
//! proof over that of its response.
//!
//! To read: RFC 7616 sections 3.4.3 and 3.5.
//!
//! The proof of a request can be judged when its body has come, and a program must not see a request
//! before it was judged. So its body is held in memory, up to the limits `digest_body_bytes` and
//! `digest_bodies_bytes`.

use std::future::poll_fn;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::ready;

use bytes::{Buf, Bytes};
use system_net_primitives::WebHeaderCollection;
use system_net_security::authentication::{DigestAccepted, DigestBody};
use tokio::io::ReadBuf;

use crate::connection::Wait;
use crate::exchange::Exchange;
use crate::limits::HttpListenerLimits;

/// So much is read at a time.
const PIECE: usize = 16 * 1024;

/// The bodies that are held for all requests of a listener, in bytes.
#[derive(Clone, Default)]
pub(crate) struct HeldBytes(Arc<AtomicU64>);

impl HeldBytes {
    /// Room for one more body, which has none yet.
    fn room(&self) -> Room {
        Room {
            all: Arc::clone(&self.0),
            taken: 0,
        }
    }
}

/// How much of the room is one body's; given back with it.
struct Room {
    all: Arc<AtomicU64>,
    taken: u64,
}

impl Room {
    /// False: all requests together hold as much as they may.
    fn take(&mut self, bytes: u64, limit: u64) -> bool {
        let order = Ordering::Relaxed;
        let more = |all: u64| all.checked_add(bytes).filter(|sum| *sum <= limit);
        let taken = self.all.fetch_update(order, order, more).is_ok();
        self.taken += if taken { bytes } else { 0 };
        taken
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.all.fetch_sub(self.taken, Ordering::Relaxed);
    }
}

/// A body that was read before its request was handed out.
pub(crate) struct HeldBody {
    whole: Bytes,
    unread: Mutex<Bytes>,
    _room: Room,
}

impl HeldBody {
    /// All of it.
    pub(super) fn whole(&self) -> Bytes {
        self.whole.clone()
    }

    /// Puts what fits of what was not read yet; nothing at the end.
    pub(crate) fn read(&self, buf: &mut ReadBuf<'_>) {
        let mut unread = self.unread.lock().unwrap_or_else(PoisonError::into_inner);
        let length = unread.len().min(buf.remaining());
        buf.put_slice(&unread[..length]);
        unread.advance(length);
    }
}

/// Why a body is not held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotHeld {
    TooLong,
    NoRoom,
    TooSlow,
    Broken,
}

impl NotHeld {
    /// What the client is answered.
    pub(super) const fn status(self) -> u16 {
        match self {
            Self::TooLong => 413,
            Self::NoRoom => 503,
            Self::TooSlow => 408,
            Self::Broken => 400,
        }
    }

    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::TooLong => {
                "the body that a Digest login covers is longer than digest_body_bytes or body_bytes"
            }
            Self::NoRoom => {
                "the bodies that Digest logins cover are together longer than digest_bodies_bytes"
            }
            Self::TooSlow => "the body that a Digest login covers did not come in time",
            Self::Broken => "the body that a Digest login covers could not be read",
        }
    }
}

/// Reads the body of a request. `announced` is its length, if that is known.
pub(super) async fn hold(
    exchange: &Exchange,
    announced: Option<u64>,
    limits: &HttpListenerLimits,
    held: &HeldBytes,
) -> Result<HeldBody, NotHeld> {
    let most = limits.body_bytes.map_or(limits.digest_body_bytes, |all| {
        all.min(limits.digest_body_bytes)
    });
    if announced.is_some_and(|length| length > most) {
        return Err(NotHeld::TooLong);
    }
    let mut room = held.room();
    let mut wait = Wait::default();
    let mut body = Vec::new();
    let mut piece = vec![0; PIECE];
    loop {
        let read = poll_fn(|cx| {
            let mut buf = ReadBuf::new(&mut piece);
            ready!(exchange.poll_read_body(cx, &mut buf, &mut wait))?;
            std::task::Poll::Ready(io::Result::Ok(buf.filled().len()))
        });
        let read = match read.await {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) => {
                return Err(match error.kind() {
                    io::ErrorKind::TimedOut => NotHeld::TooSlow,
                    _ if exchange.body_is_too_long() => NotHeld::TooLong,
                    _ => NotHeld::Broken,
                });
            }
        };
        if (body.len() + read) as u64 > most {
            return Err(NotHeld::TooLong);
        }
        if !room.take(read as u64, limits.digest_bodies_bytes) {
            return Err(NotHeld::NoRoom);
        }
        body.extend_from_slice(&piece[..read]);
    }
    let whole = Bytes::from(body);
    Ok(HeldBody {
        unread: Mutex::new(whole.clone()),
        whole,
        _room: room,
    })
}

/// A request that a Digest login covers whole.
pub(crate) struct Covered {
    pub(crate) body: Arc<HeldBody>,
    pub(crate) proof: ResponseProof,
}

/// The proof to be given with a response.
pub(crate) struct ResponseProof {
    accepted: DigestAccepted,
    /// The request was HEAD: whatever the program writes, there is no body.
    head_request: bool,
    /// The client knows no trailers.
    http10: bool,
}

/// What is known of a response's body when its head is given.
#[derive(Clone, Copy, Debug)]
pub(crate) enum KnownBody<'a> {
    Whole(&'a [u8]),
    /// It is written piece by piece, and its length was announced.
    Announced,
    /// It is written piece by piece.
    Open,
}

impl ResponseProof {
    pub(super) fn new(accepted: DigestAccepted, head_request: bool, http10: bool) -> Self {
        Self {
            accepted,
            head_request,
            http10,
        }
    }

    /// The field for the head; `None` if the trailers have it.
    pub(crate) fn field(&self, status: u16, body: KnownBody<'_>, http10: bool) -> Option<String> {
        let info = |body| Some(self.accepted.authentication_info(body));
        match body {
            _ if self.head_request || matches!(status, 101 | 204 | 304) => info(Some(b"")),
            KnownBody::Whole(body) => info(Some(body)),
            // Nothing can stand behind such a body: there is no proof.
            KnownBody::Announced => info(None),
            KnownBody::Open if self.http10 || http10 => info(None),
            KnownBody::Open => None,
        }
    }

    /// The proof for the trailers.
    pub(crate) fn behind_body(self) -> TrailingProof {
        TrailingProof {
            body: self.accepted.begin_body(),
            accepted: self.accepted,
        }
    }
}

/// The field that carries the proof.
pub(crate) const INFO: &str = "Authentication-Info";

/// A proof over a body that is written piece by piece.
pub(crate) struct TrailingProof {
    accepted: DigestAccepted,
    body: DigestBody,
}

impl TrailingProof {
    pub(crate) fn was_written(&mut self, piece: &[u8]) {
        self.body.update(piece);
    }

    /// Adds the proof to the trailers.
    pub(crate) fn put(&self, trailers: &mut WebHeaderCollection) {
        let info = self.accepted.authentication_info_of(&self.body);
        trailers.push_raw(INFO.as_bytes(), info.as_bytes());
    }
}
