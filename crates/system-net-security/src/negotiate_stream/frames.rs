//! The frames of the handshake and of the data.
//!
//! To read: [MS-NNS] section 2.2.

use crate::mechanism::{LogonError, LogonErrorKind};

/// What a frame of the handshake is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameId {
    /// The sender is content.
    Done = 0x14,
    /// The sender gives up; the payload says why.
    Error = 0x15,
    /// There is more to come.
    InProgress = 0x16,
}

/// The size of a handshake frame's head: what it is, version 1.0, the payload's size.
pub(super) const HEAD: usize = 5;

/// The most bytes of the payload of a data frame that are sent ([MS-NNS] section 2.2.2).
pub(super) const LARGEST_SENT: usize = 64_512;

/// The most bytes of the payload of a data frame that are taken: .NET fills a frame with as many
/// bytes of data, and their signature comes on top.
pub(super) const LARGEST_TAKEN: usize = 64 * 1024;

/// A frame of the handshake as bytes.
pub(super) fn handshake_frame(id: FrameId, payload: &[u8]) -> Result<Vec<u8>, LogonError> {
    let length = u16::try_from(payload.len()).map_err(|_| {
        LogonError::invalid(format!(
            "a message of the login has {} bytes, and a frame takes 65535",
            payload.len()
        ))
    })?;
    let mut frame = vec![id as u8, 1, 0];
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(payload);
    Ok(frame)
}

/// What a head says: the kind of frame, and how long its payload is.
pub(super) fn read_head(head: [u8; HEAD]) -> Result<(FrameId, usize), LogonError> {
    let [id, major, _minor, high, low] = head;
    let id = match id {
        0x14 => FrameId::Done,
        0x15 => FrameId::Error,
        0x16 => FrameId::InProgress,
        _ => {
            return Err(LogonError::invalid(format!(
                "the peer does not speak the NegotiateStream protocol: a frame begins with the byte \
                 {id:#04x}"
            )));
        }
    };
    if major != 1 {
        return Err(LogonError::invalid(format!(
            "the peer speaks version {major} of the NegotiateStream protocol, and only 1 is known"
        )));
    }
    Ok((id, usize::from(u16::from_be_bytes([high, low]))))
}

/// What a data frame's head says.
pub(super) fn read_data_head(head: [u8; 4]) -> Result<usize, LogonError> {
    let length = u32::from_le_bytes(head);
    match usize::try_from(length) {
        Ok(length @ 1..=LARGEST_TAKEN) => Ok(length),
        _ => Err(LogonError::invalid(format!(
            "a data frame of the peer says it has {length} bytes, and 1 to {LARGEST_TAKEN} are \
             allowed"
        ))),
    }
}

/// SEC_E_LOGON_DENIED
const LOGON_DENIED: u32 = 0x8009_030c;
/// SEC_E_INVALID_TOKEN
const INVALID_TOKEN: u32 = 0x8009_0308;
/// SEC_E_BAD_BINDINGS
const BAD_BINDINGS: u32 = 0x8009_0346;
/// SEC_E_MESSAGE_ALTERED
const MESSAGE_ALTERED: u32 = 0x8009_030f;
/// SEC_E_TIME_SKEW
const TIME_SKEW: u32 = 0x8009_0324;
/// SEC_E_QOP_NOT_SUPPORTED, for a protection that was not agreed on.
const NOT_ALLOWED: u32 = 0x8009_030a;

/// The payload of an error frame: a number of Windows in 64 bits. It tells the peer no more than
/// Windows would.
pub(super) fn error_payload(error: &LogonError) -> [u8; 8] {
    let code = match error.kind() {
        LogonErrorKind::InvalidToken | LogonErrorKind::InvalidState => INVALID_TOKEN,
        LogonErrorKind::BindingDiffers => BAD_BINDINGS,
        LogonErrorKind::Tampered => MESSAGE_ALTERED,
        LogonErrorKind::ClockSkew => TIME_SKEW,
        LogonErrorKind::NotAllowed => NOT_ALLOWED,
        _ => LOGON_DENIED,
    };
    u64::from(code).to_be_bytes()
}

/// What the payload of the peer's error frame means.
pub(super) fn read_error(payload: &[u8]) -> LogonError {
    let code = match payload.last_chunk::<4>() {
        Some(code) if payload.len() >= 8 => u32::from_be_bytes(*code),
        _ => 0,
    };
    let (kind, why) = match code {
        0 => (LogonErrorKind::Refused, "and did not say why"),
        LOGON_DENIED => (LogonErrorKind::Refused, "the user or the password is wrong"),
        BAD_BINDINGS => (
            LogonErrorKind::BindingDiffers,
            "the login is bound to another channel",
        ),
        TIME_SKEW => (LogonErrorKind::ClockSkew, "the clocks differ too much"),
        NOT_ALLOWED => (
            LogonErrorKind::NotAllowed,
            "the protection it demands was not agreed on",
        ),
        INVALID_TOKEN => (
            LogonErrorKind::Refused,
            "it could not read a message of the login",
        ),
        MESSAGE_ALTERED => (LogonErrorKind::Tampered, "a message was changed on the way"),
        _ => (LogonErrorKind::Refused, "by its own rules"),
    };
    let message = format!("the peer refused the login: {why} (code {code:#010x})");
    LogonError::new(kind, message)
}
