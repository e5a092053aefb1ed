//! The two tokens, RFC 4178 section 4.2.

use super::OID;
use crate::der::{self, Reader, element};
use crate::mechanism::LogonError;

/// The client's first: what it can do, best first, and the first message of the best.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct NegTokenInit {
    pub(super) mechanisms: Vec<Vec<u8>>,
    pub(super) token: Option<Vec<u8>>,
}

/// All others.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct NegTokenResp {
    pub(super) state: Option<NegState>,
    pub(super) mechanism: Option<Vec<u8>>,
    pub(super) token: Option<Vec<u8>>,
    pub(super) list_signature: Option<Vec<u8>>,
}

/// How far the negotiation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NegState {
    AcceptCompleted,
    AcceptIncomplete,
    Reject,
    RequestMic,
}

const APPLICATION: u8 = 0x60;
const ENUMERATED: u8 = 0x0a;
const INIT: u8 = 0xa0;
const RESP: u8 = 0xa1;

const fn context(number: u8) -> u8 {
    0xa0 + number
}

/// The list in the form that is signed: as it stands in the first token, without its tag.
pub(super) fn list_of(mechanisms: &[Vec<u8>]) -> Vec<u8> {
    let oids: Vec<Vec<u8>> = mechanisms
        .iter()
        .map(|oid| element(der::OBJECT_IDENTIFIER, &[oid]))
        .collect();
    let parts: Vec<&[u8]> = oids.iter().map(Vec::as_slice).collect();
    element(der::SEQUENCE, &parts)
}

fn octets(number: u8, bytes: &[u8]) -> Vec<u8> {
    element(context(number), &[&element(der::OCTET_STRING, &[bytes])])
}

impl NegTokenInit {
    pub(super) fn write(&self) -> Vec<u8> {
        let list = element(context(0), &[&list_of(&self.mechanisms)]);
        let token = self.token.as_deref().map(|token| octets(2, token));
        let body = element(der::SEQUENCE, &[&list, &token.unwrap_or_default()]);
        let oid = element(der::OBJECT_IDENTIFIER, &[OID]);
        element(APPLICATION, &[&oid, &element(INIT, &[&body])])
    }

    /// Reads it, with or without the frame that names the protocol. The second form that Windows
    /// sends first itself (NegTokenInit2) has a hint besides, which says nothing.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, LogonError> {
        Self::parse(bytes).ok_or_else(|| {
            LogonError::invalid("the client's message does not begin a negotiation (SPNEGO)")
        })
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let mut outer = Reader::new(bytes);
        let inner = match outer.optional(APPLICATION) {
            Some(framed) => {
                let mut framed = Reader::new(framed);
                if framed.expect(der::OBJECT_IDENTIFIER)? != OID {
                    return None;
                }
                framed.expect(INIT)?
            }
            None => outer.expect(INIT)?,
        };
        let mut fields = Reader::new(Reader::new(inner).expect(der::SEQUENCE)?);
        let list = Reader::new(fields.expect(context(0))?).expect(der::SEQUENCE)?;
        let mut mechanisms = Vec::new();
        let mut rest = Reader::new(list);
        while !rest.at_end() {
            mechanisms.push(rest.expect(der::OBJECT_IDENTIFIER)?.to_vec());
        }
        fields.optional(context(1)); // flags that nobody uses
        let token = fields.optional(context(2)).map(octets_in);
        Some(Self {
            mechanisms,
            token: match token {
                Some(token) => Some(token?),
                None => None,
            },
        })
    }
}

fn octets_in(field: &[u8]) -> Option<Vec<u8>> {
    Some(Reader::new(field).expect(der::OCTET_STRING)?.to_vec())
}

impl NegTokenResp {
    pub(super) fn write(&self) -> Vec<u8> {
        let state = self.state.map(|state| {
            let number = [state as u8];
            element(context(0), &[&element(ENUMERATED, &[&number])])
        });
        let mechanism = self.mechanism.as_deref().map(|oid| {
            let oid = element(der::OBJECT_IDENTIFIER, &[oid]);
            element(context(1), &[&oid])
        });
        let token = self.token.as_deref().map(|token| octets(2, token));
        let signature = self.list_signature.as_deref();
        let signature = signature.map(|signature| octets(3, signature));
        let fields = [state, mechanism, token, signature].map(Option::unwrap_or_default);
        let parts = fields.each_ref().map(Vec::as_slice);
        element(RESP, &[&element(der::SEQUENCE, &parts)])
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, LogonError> {
        Self::parse(bytes).ok_or_else(|| {
            LogonError::invalid("the peer's message does not go on with the negotiation (SPNEGO)")
        })
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let inner = Reader::new(bytes).expect(RESP)?;
        let mut fields = Reader::new(Reader::new(inner).expect(der::SEQUENCE)?);
        let mut read = Self::default();
        if let Some(state) = fields.optional(context(0)) {
            read.state = Some(match Reader::new(state).expect(ENUMERATED)? {
                [0] => NegState::AcceptCompleted,
                [1] => NegState::AcceptIncomplete,
                [2] => NegState::Reject,
                [3] => NegState::RequestMic,
                _ => return None,
            });
        }
        if let Some(mechanism) = fields.optional(context(1)) {
            let oid = Reader::new(mechanism).expect(der::OBJECT_IDENTIFIER)?;
            read.mechanism = Some(oid.to_vec());
        }
        if let Some(token) = fields.optional(context(2)) {
            read.token = Some(octets_in(token)?);
        }
        if let Some(signature) = fields.optional(context(3)) {
            read.list_signature = Some(octets_in(signature)?);
        }
        Some(read)
    }
}
