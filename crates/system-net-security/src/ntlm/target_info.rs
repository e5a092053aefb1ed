//! The list of attributes in the challenge and in the answer, [MS-NLMP] section 2.2.2.1.

use super::fields::{text, utf16};
use crate::mechanism::LogonError;

pub(super) const EOL: u16 = 0;
pub(super) const NB_COMPUTER_NAME: u16 = 1;
pub(super) const NB_DOMAIN_NAME: u16 = 2;
pub(super) const DNS_COMPUTER_NAME: u16 = 3;
pub(super) const DNS_DOMAIN_NAME: u16 = 4;
pub(super) const FLAGS: u16 = 6;
pub(super) const TIMESTAMP: u16 = 7;
pub(super) const TARGET_NAME: u16 = 9;
pub(super) const CHANNEL_BINDINGS: u16 = 10;

/// In [`FLAGS`]: the answer holds a check of all messages.
pub(super) const FLAG_MIC: u32 = 2;

/// Attributes in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TargetInfo {
    pairs: Vec<(u16, Vec<u8>)>,
}

impl TargetInfo {
    /// Reads a list up to its end mark; what stands behind the mark does not belong to it.
    pub(super) fn read(mut bytes: &[u8]) -> Result<Self, LogonError> {
        let cut = || LogonError::invalid("the NTLM target information has no end");
        let mut pairs = Vec::new();
        loop {
            let (id, rest) = bytes.split_first_chunk::<2>().ok_or_else(cut)?;
            let (length, rest) = rest.split_first_chunk::<2>().ok_or_else(cut)?;
            let (id, length) = (u16::from_le_bytes(*id), u16::from_le_bytes(*length));
            let (value, rest) = rest.split_at_checked(usize::from(length)).ok_or_else(cut)?;
            if id == EOL {
                return Ok(Self { pairs });
            }
            pairs.push((id, value.to_vec()));
            bytes = rest;
        }
    }

    pub(super) fn get(&self, id: u16) -> Option<&[u8]> {
        let pair = self.pairs.iter().find(|(known, _)| *known == id)?;
        Some(&pair.1)
    }

    /// A value of UTF-16.
    pub(super) fn text(&self, id: u16) -> Option<String> {
        text(self.get(id)?)
    }

    pub(super) fn timestamp(&self) -> Option<[u8; 8]> {
        self.get(TIMESTAMP)?.try_into().ok()
    }

    pub(super) fn flags(&self) -> u32 {
        let value = self.get(FLAGS).and_then(|value| value.try_into().ok());
        value.map_or(0, u32::from_le_bytes)
    }

    /// Sets an attribute, in place of one of this kind or at the end.
    pub(super) fn set(&mut self, id: u16, value: impl Into<Vec<u8>>) {
        let value = value.into();
        match self.pairs.iter_mut().find(|(known, _)| *known == id) {
            Some(pair) => pair.1 = value,
            None => self.pairs.push((id, value)),
        }
    }

    pub(super) fn set_text(&mut self, id: u16, value: &str) {
        self.set(id, utf16(value));
    }

    /// The list with its end mark.
    pub(super) fn write(&self) -> Result<Vec<u8>, LogonError> {
        let mut bytes = Vec::new();
        for (id, value) in &self.pairs {
            let length = u16::try_from(value.len()).map_err(|_| {
                LogonError::invalid("a target name does not fit into an NTLM message")
            })?;
            bytes.extend_from_slice(&id.to_le_bytes());
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(value);
        }
        bytes.extend_from_slice(&[0; 4]);
        Ok(bytes)
    }
}
