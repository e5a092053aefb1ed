//! The trace source `System.Net`: under which names what this crate does is traced.

#[cfg(feature = "tls")]
use system_net_diagnostics::Traced;
use system_net_diagnostics::{Emitter, Source};

#[cfg(feature = "tls")]
use crate::tls::{ChannelProblem, TlsError, TlsErrorKind};

/// Logins.
pub(crate) const fn authentication() -> Emitter<'static> {
    Emitter::of_class(Source::Net, "AuthenticationManager")
}

/// What belongs to no single TLS connection: stores, and what the library's callbacks see.
#[cfg(feature = "tls")]
pub(crate) const fn channels() -> Emitter<'static> {
    Emitter::of_class(Source::Net, "SecureChannel")
}

/// One TLS connection.
#[cfg(feature = "tls")]
pub(crate) const fn channel(traced: &Traced) -> Emitter<'_> {
    Emitter::new(Source::Net, "SecureChannel", traced)
}

/// A certificate that is not good, the peer's or this side's.
#[cfg(feature = "tls")]
pub(crate) fn trace_problem(traced: &Traced, error: &TlsError) {
    match error.kind() {
        TlsErrorKind::Trust(_) => {
            channel(traced).note(format_args!("Remote certificate has errors: {error}"));
        }
        TlsErrorKind::Channel(ChannelProblem::CertificateRefused) => {
            channel(traced).note(format_args!("Client certificate error: {error}"));
        }
        _ => {}
    }
}
