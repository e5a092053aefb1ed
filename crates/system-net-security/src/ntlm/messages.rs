//! The three messages, [MS-NLMP] section 2.2.1.

use super::fields::{Message, VERSION, Writer, ascii, utf16};
use super::flags;
use super::target_info::TargetInfo;
use crate::mechanism::LogonError;

/// NEGOTIATE: the client's first.
pub(super) struct Negotiate {
    pub(super) flags: u32,
}

impl Negotiate {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, LogonError> {
        let flags = Message::read(bytes, 1, "NEGOTIATE")?.u32_at(12)?;
        Ok(Self { flags })
    }

    /// 40 bytes with the version: some servers refuse the shorter form.
    pub(super) fn write(&self) -> Vec<u8> {
        let mut writer = Writer::new(1, 40);
        writer.bytes(&self.flags.to_le_bytes());
        writer.bytes(&[0; 16]); // no domain, no workstation
        writer.bytes(&VERSION);
        writer.finish()
    }
}

/// CHALLENGE: the server's answer.
pub(super) struct Challenge {
    pub(super) flags: u32,
    pub(super) server_challenge: [u8; 8],
    /// `None`: a server that knows nothing of version 2's attributes.
    pub(super) target_info: Option<TargetInfo>,
    /// The domain or server by its short name.
    pub(super) target_name: String,
}

impl Challenge {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, LogonError> {
        let message = Message::read(bytes, 2, "CHALLENGE")?;
        let flags = message.u32_at(20)?;
        let has_info = flags & flags::TARGET_INFO != 0 && message.len() >= 48;
        let target_info = match has_info {
            true => Some(TargetInfo::read(message.payload_at(40)?)?),
            false => None,
        };
        let target_name = match flags & flags::UNICODE {
            0 => String::new(),
            _ => message.text_at(12)?,
        };
        Ok(Self {
            flags,
            server_challenge: message.array_at(24)?,
            target_info,
            target_name,
        })
    }

    pub(super) fn write(&self) -> Result<Vec<u8>, LogonError> {
        let mut writer = Writer::new(2, 56);
        let target_name = match self.flags & flags::UNICODE {
            0 => ascii(&self.target_name),
            _ => utf16(&self.target_name),
        };
        writer.field(&target_name)?;
        writer.bytes(&self.flags.to_le_bytes());
        writer.bytes(&self.server_challenge);
        writer.bytes(&[0; 8]);
        let info = self.target_info.as_ref().map(TargetInfo::write);
        writer.field(&info.transpose()?.unwrap_or_default())?;
        writer.bytes(&VERSION);
        Ok(writer.finish())
    }
}

/// AUTHENTICATE: the client's proof.
pub(super) struct Authenticate {
    pub(super) flags: u32,
    pub(super) lm_response: Vec<u8>,
    pub(super) nt_response: Vec<u8>,
    pub(super) domain: String,
    pub(super) user_name: String,
    pub(super) workstation: String,
    pub(super) encrypted_session_key: Vec<u8>,
    /// `None`: the message has no room for it.
    pub(super) mic: Option<[u8; 16]>,
}

impl Authenticate {
    /// Where the check of all messages stands.
    pub(super) const MIC_AT: usize = 72;
    const PAYLOAD_AT: usize = 88;

    pub(super) fn read(bytes: &[u8]) -> Result<Self, LogonError> {
        let message = Message::read(bytes, 3, "AUTHENTICATE")?;
        let flags = message.u32_at(60)?;
        let name = |at| match flags & flags::UNICODE {
            0 => message.ascii_at(at),
            _ => message.text_at(at),
        };
        Ok(Self {
            flags,
            lm_response: message.payload_at(12)?.to_vec(),
            nt_response: message.payload_at(20)?.to_vec(),
            domain: name(28)?,
            user_name: name(36)?,
            workstation: name(44)?,
            encrypted_session_key: message.payload_at(52)?.to_vec(),
            mic: message.array_at(Self::MIC_AT).ok(),
        })
    }

    pub(super) fn write(&self) -> Result<Vec<u8>, LogonError> {
        let mut writer = Writer::new(3, Self::PAYLOAD_AT);
        writer.field(&self.lm_response)?;
        writer.field(&self.nt_response)?;
        writer.field(&utf16(&self.domain))?;
        writer.field(&utf16(&self.user_name))?;
        writer.field(&utf16(&self.workstation))?;
        writer.field(&self.encrypted_session_key)?;
        writer.bytes(&self.flags.to_le_bytes());
        writer.bytes(&VERSION);
        writer.bytes(&self.mic.unwrap_or_default());
        Ok(writer.finish())
    }

    /// A message as it was before its check was put in: with zeros there.
    pub(super) fn without_mic(message: &[u8]) -> Vec<u8> {
        let mut message = message.to_vec();
        if let Some(mic) = message.get_mut(Self::MIC_AT..Self::PAYLOAD_AT) {
            mic.fill(0);
        }
        message
    }
}
