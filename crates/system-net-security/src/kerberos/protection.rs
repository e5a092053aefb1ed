//! What is said after the login, the same on both sides.

use system_net_gssapi::{GssError, SecurityContext};

use super::failure::{Side, failure};
use crate::mechanism::{LogonError, LogonErrorKind};

fn failed(error: GssError) -> LogonError {
    failure(Side::Server, error)
}

pub(super) fn sign(context: &mut SecurityContext, data: &[u8]) -> Result<Vec<u8>, LogonError> {
    context.get_mic(data).map_err(failed)
}

pub(super) fn verify(
    context: &mut SecurityContext,
    data: &[u8],
    signature: &[u8],
) -> Result<(), LogonError> {
    context.verify_mic(data, signature).map_err(failed)
}

pub(super) fn wrap(
    context: &mut SecurityContext,
    data: &[u8],
    encrypt: bool,
) -> Result<Vec<u8>, LogonError> {
    context.wrap(data, encrypt).map_err(failed)
}

pub(super) fn unwrap(
    context: &mut SecurityContext,
    message: &[u8],
    encrypted: bool,
) -> Result<Vec<u8>, LogonError> {
    let unwrapped = context.unwrap(message).map_err(failed)?;
    match encrypted && !unwrapped.encrypted {
        false => Ok(unwrapped.data),
        true => Err(LogonError::new(
            LogonErrorKind::Tampered,
            "the peer's message is only signed, and must be encrypted",
        )),
    }
}
