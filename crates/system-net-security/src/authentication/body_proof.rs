//! What a server proves with the body of its response, which nobody can judge before the body is over.

use std::fmt;

use crate::mechanism::LogonError;

/// A proof of the server's that covers the body of its response, as `auth-int` of Digest does.
///
/// Whoever reads the body shows it every piece, and at the end asks what it was worth. A body that is
/// not read to its end proves nothing.
pub trait BodyProof: Send + Sync {
    /// A piece of the body as the server made it: after the transfer coding was taken off, before the
    /// content coding is.
    fn take(&mut self, piece: &[u8]);

    /// The body is over; `info` is what stands behind it, among its trailers, in `Authentication-Info` or
    /// `Proxy-Authentication-Info`. True: the server has proved who it is. False: it gave no proof.
    ///
    /// # Errors
    /// The proof is wrong: the body is another than the server's, or the server is another.
    fn end(&mut self, info: Option<&[u8]>) -> Result<bool, LogonError>;
}

impl fmt::Debug for dyn BodyProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyProof").finish_non_exhaustive()
    }
}
