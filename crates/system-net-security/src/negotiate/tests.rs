//! Tokens as other implementations write them, every way a negotiation can go, and what a man in
//! the middle may try.

use proptest::prelude::*;
use system_net_primitives::NetworkCredential;

use super::tokens::{NegState, NegTokenInit, NegTokenResp, list_of};
use super::{KERBEROS, MS_KERBEROS, NegotiateClient, NegotiateServer};
use crate::mechanism::{Accepted, LogonError, LogonErrorKind, Mechanism, Step};
use crate::ntlm::{NtHash, NtlmClient, NtlmClientOptions, NtlmServer};
use system_net_testkit::PASSWORD;

const NTLM: &[u8] = crate::ntlm::OID;

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

/// As a Python implementation writes it.
#[test]
fn the_first_token_of_another_implementation() {
    let bytes = unhex(
        "604806062b0601050502a03e303ca00e300c060a2b06010401823702020aa22a04284e544c4d535350000100\
         0000378208e2000000000000000000000000000000000a00ee420000000f",
    );
    let bytes = [&bytes[..], &[]].concat();
    let token =
        unhex("4e544c4d5353500001000000378208e2000000000000000000000000000000000a00ee420000000f");
    let init = NegTokenInit {
        mechanisms: vec![NTLM.to_vec()],
        token: Some(token),
    };
    assert_eq!(NegTokenInit::read(&bytes).unwrap(), init);
    assert_eq!(init.write(), bytes);
    // What Windows sends besides: the hint that says nothing.
    let hint = unhex(
        "a32a3028a0261b246e6f745f646566696e65645f696e5f5246433431373840706c656173655f69676e6f7265",
    );
    let body = [&unhex("a00e300c060a2b06010401823702020a")[..], &hint].concat();
    let body = crate::der::element(0x30, &[&body]);
    let framed = crate::der::element(0xa0, &[&body]);
    let read = NegTokenInit::read(&framed).unwrap();
    assert_eq!((read.mechanisms, read.token), (vec![NTLM.to_vec()], None));
}

#[test]
fn answers_are_read_as_they_are_written() {
    let some = Some(vec![7; 200]);
    for state in [
        None,
        Some(NegState::AcceptCompleted),
        Some(NegState::AcceptIncomplete),
        Some(NegState::Reject),
        Some(NegState::RequestMic),
    ] {
        for (mechanism, token, list_signature) in [
            (None, None, None),
            (Some(NTLM.to_vec()), some.clone(), None),
            (None, some.clone(), some.clone()),
        ] {
            let answer = NegTokenResp {
                state,
                mechanism,
                token,
                list_signature,
            };
            assert_eq!(NegTokenResp::read(&answer.write()).unwrap(), answer);
        }
    }
}

/// A login of as many messages as it is told, that signs with its own name.
struct Scripted {
    oid: &'static [u8],
    legs: usize,
    client: bool,
    seen: usize,
    failure: Option<LogonErrorKind>,
    mutual: bool,
}

impl Scripted {
    fn boxed(oid: &'static [u8], legs: usize, client: bool) -> Box<dyn Mechanism> {
        Box::new(Self::new(oid, legs, client))
    }

    fn new(oid: &'static [u8], legs: usize, client: bool) -> Self {
        Self {
            oid,
            legs,
            client,
            seen: 0,
            failure: None,
            mutual: false,
        }
    }

    fn failing(oid: &'static [u8], failure: LogonErrorKind) -> Box<dyn Mechanism> {
        Box::new(Self {
            failure: Some(failure),
            ..Self::new(oid, 1, true)
        })
    }
}

impl Mechanism for Scripted {
    fn name(&self) -> &'static str {
        "Scripted"
    }

    fn oid(&self) -> &'static [u8] {
        self.oid
    }

    fn step(&mut self, message: Option<&[u8]>) -> Result<Step, LogonError> {
        if let Some(kind) = self.failure {
            return Err(LogonError::new(kind, "as told"));
        }
        // Messages are numbered over both sides.
        let number = match message {
            None => 0,
            Some([number]) => usize::from(*number),
            Some(_) => return Err(LogonError::invalid("not of this login")),
        };
        assert_eq!(message.is_none(), self.client && self.seen == 0);
        self.seen = number + 1;
        let complete = self.is_complete();
        let sends = number < self.legs;
        Ok(Step {
            message: sends.then(|| vec![u8::try_from(number + 1).unwrap()]),
            complete,
        })
    }

    fn is_complete(&self) -> bool {
        self.seen >= self.legs
    }

    fn is_mutually_authenticated(&self) -> bool {
        self.mutual
    }

    fn sign(&mut self, data: &[u8]) -> Result<Vec<u8>, LogonError> {
        Ok([self.oid, data].concat())
    }

    fn verify(&mut self, data: &[u8], signature: &[u8]) -> Result<(), LogonError> {
        match signature == [self.oid, data].concat() {
            true => Ok(()),
            false => Err(LogonError::new(LogonErrorKind::Tampered, "another list")),
        }
    }

    fn wrap(&mut self, data: &[u8], _: bool) -> Result<Vec<u8>, LogonError> {
        Ok(data.to_vec())
    }

    fn unwrap(&mut self, message: &[u8], _: bool) -> Result<Vec<u8>, LogonError> {
        Ok(message.to_vec())
    }

    fn can_encrypt(&self) -> bool {
        false
    }

    fn can_sign(&self) -> bool {
        self.is_complete()
    }
}

/// One negotiation to its end; `tamper` sees each message on its way.
fn negotiate(
    client: &mut dyn Mechanism,
    server: &mut dyn Mechanism,
    mut tamper: impl FnMut(usize, &mut Vec<u8>),
) -> Result<usize, LogonError> {
    let mut message = client.step(None)?.message;
    for leg in 1..12 {
        if let Some(message) = &mut message {
            tamper(leg, message);
        }
        let side: &mut dyn Mechanism = if leg % 2 == 1 { server } else { client };
        let step = side.step(message.as_deref())?;
        match step.message {
            Some(next) => message = Some(next),
            None => {
                assert!(step.complete && client.is_complete() && server.is_complete());
                return Ok(leg);
            }
        }
    }
    panic!("the negotiation does not end");
}

fn ann() -> Box<dyn Mechanism> {
    let ann = NetworkCredential::with_domain("ann", PASSWORD, "EXAMPLE");
    let options = NtlmClientOptions {
        encrypt: true,
        ..NtlmClientOptions::default()
    };
    Box::new(NtlmClient::new(&ann, options))
}

fn ntlm_server() -> Box<dyn Mechanism> {
    let accounts = |user: &str, _: &str| (user == "ann").then(|| NtHash::of_password(PASSWORD));
    Box::new(NtlmServer::new(accounts, Default::default()))
}

#[test]
fn ntlm_inside_of_a_negotiation() {
    let mut client = NegotiateClient::new(vec![ann()]);
    let mut server = NegotiateServer::new(vec![ntlm_server()]);
    negotiate(&mut client, &mut server, |_, _| {}).unwrap();
    assert_eq!((client.name(), server.name()), ("NTLM", "NTLM"));
    assert_eq!(server.accepted().unwrap().user_name, "ann");
    // The key streams began anew after the lists were signed, and the numbers went on.
    let sent = client.wrap(b"first", true).unwrap();
    assert_eq!(sent[12..16], 1_u32.to_le_bytes());
    assert_eq!(server.unwrap(&sent, true).unwrap(), b"first");
    for encrypt in [true, false] {
        let sent = client.wrap(b"to the server", encrypt).unwrap();
        assert_eq!(server.unwrap(&sent, encrypt).unwrap(), b"to the server");
        let sent = server.wrap(b"to the client", encrypt).unwrap();
        assert_eq!(client.unwrap(&sent, encrypt).unwrap(), b"to the client");
    }
}

#[test]
fn raw_ntlm_is_answered_in_kind() {
    let mut client = ann();
    let mut server = NegotiateServer::new(vec![Scripted::boxed(KERBEROS, 2, false), ntlm_server()]);
    let negotiate = client.step(None).unwrap().message;
    let challenge = server.step(negotiate.as_deref()).unwrap().message.unwrap();
    assert!(challenge.starts_with(b"NTLMSSP\0"));
    let answer = client.step(Some(&challenge)).unwrap().message;
    let last = server.step(answer.as_deref()).unwrap();
    assert!(last.complete && last.message.is_none());
    assert_eq!(server.accepted().unwrap().user_name, "ann");

    // A server that answers raw, though it was asked in a negotiation.
    let mut client = NegotiateClient::new(vec![ann()]);
    let mut server = ntlm_server();
    let first = client.step(None).unwrap().message.unwrap();
    let inner = NegTokenInit::read(&first).unwrap().token;
    let challenge = server.step(inner.as_deref()).unwrap().message;
    let answer = client.step(challenge.as_deref()).unwrap();
    assert!(answer.complete);
    assert!(server.step(answer.message.as_deref()).unwrap().complete);
}

/// Which of the client's and the server's lists is chosen, and in how many messages.
#[test]
fn negotiation_table() {
    type Case = (
        &'static [&'static [u8]],
        &'static [&'static [u8]],
        &'static [u8],
    );
    const OTHER: &[u8] = &[0x2b, 0x01];
    let cases: [Case; 6] = [
        (&[KERBEROS, NTLM], &[KERBEROS, NTLM], KERBEROS),
        (&[KERBEROS, NTLM], &[NTLM], NTLM),
        (&[KERBEROS, NTLM], &[NTLM, KERBEROS], KERBEROS),
        (&[OTHER, NTLM], &[KERBEROS, NTLM], NTLM),
        (&[MS_KERBEROS, NTLM], &[KERBEROS], KERBEROS),
        (&[NTLM], &[NTLM], NTLM),
    ];
    for (offered, allowed, expected) in cases {
        for legs in 1..5 {
            let clients = offered.iter().map(|oid| Scripted::boxed(oid, legs, true));
            let servers = allowed.iter().map(|oid| Scripted::boxed(oid, legs, false));
            let mut client = NegotiateClient::new(clients.collect());
            let mut server = NegotiateServer::new(servers.collect());
            negotiate(&mut client, &mut server, |_, _| {}).unwrap();
            assert_eq!(
                server.mechanism().unwrap().oid(),
                expected,
                "{offered:?} {legs}"
            );
        }
    }
    let mut client = NegotiateClient::new(vec![Scripted::boxed(KERBEROS, 2, true)]);
    let mut server = NegotiateServer::new(vec![ntlm_server()]);
    let error = negotiate(&mut client, &mut server, |_, _| {}).unwrap_err();
    assert_eq!(error.kind(), LogonErrorKind::NotAllowed);
}

/// What cannot be done here is left out; what was refused is not replaced by something weaker.
#[test]
fn fall_back_only_from_what_cannot_be_done() {
    for (kind, falls_back) in [
        (LogonErrorKind::NoCredentials, true),
        (LogonErrorKind::Unavailable, true),
        (LogonErrorKind::Refused, false),
        (LogonErrorKind::ClockSkew, false),
        (LogonErrorKind::Reflected, false),
    ] {
        let mut client = NegotiateClient::new(vec![Scripted::failing(KERBEROS, kind), ann()]);
        let mut server = NegotiateServer::new(vec![ntlm_server()]);
        let result = negotiate(&mut client, &mut server, |_, _| {});
        match falls_back {
            true => assert_eq!(client.name(), "NTLM"),
            false => assert_eq!(result.unwrap_err().kind(), kind),
        }
    }
    let nothing = vec![Scripted::failing(KERBEROS, LogonErrorKind::Unavailable)];
    let error = NegotiateClient::new(nothing).step(None).unwrap_err();
    assert_eq!(error.to_string(), "as told");
    let error = NegotiateClient::new(Vec::new()).step(None).unwrap_err();
    assert_eq!(error.kind(), LogonErrorKind::NoCredentials);
}

/// Somebody on the way takes Kerberos out of the list: the signature of the list tells.
#[test]
fn negotiate_downgrade_is_seen() {
    let mut client = NegotiateClient::new(vec![Scripted::boxed(KERBEROS, 2, true), ann()]);
    let mut server = NegotiateServer::new(vec![Scripted::boxed(KERBEROS, 2, false), ntlm_server()]);
    let result = negotiate(&mut client, &mut server, |leg, message| {
        if leg == 1 {
            let mut init = NegTokenInit::read(message).unwrap();
            init.mechanisms.remove(0);
            init.token = None;
            *message = init.write();
        }
    });
    assert_eq!(result.unwrap_err().kind(), LogonErrorKind::Tampered);

    // The signature itself is taken out.
    let mut client = NegotiateClient::new(vec![Scripted::boxed(KERBEROS, 2, true), ann()]);
    let mut server = NegotiateServer::new(vec![ntlm_server()]);
    let result = negotiate(&mut client, &mut server, |leg, message| {
        if leg == 5 {
            let mut answer = NegTokenResp::read(message).unwrap();
            assert!(answer.list_signature.take().is_some());
            *message = answer.write();
        }
    });
    assert_eq!(result.unwrap_err().kind(), LogonErrorKind::Tampered);

    // The server's is: this side had to be asked for it.
    let mut client = NegotiateClient::new(vec![Scripted::boxed(KERBEROS, 2, true), ann()]);
    let mut server = NegotiateServer::new(vec![ntlm_server()]);
    let result = negotiate(&mut client, &mut server, |leg, message| {
        if leg == 6 {
            let mut answer = NegTokenResp::read(message).unwrap();
            assert!(answer.list_signature.take().is_some());
            *message = answer.write();
        }
    });
    assert_eq!(result.unwrap_err().kind(), LogonErrorKind::Tampered);

    // It is another one, whether or not this side had to be asked for its own.
    for first in [Some(KERBEROS), None] {
        let offered = first.map(|oid| Scripted::boxed(oid, 2, true));
        let mut client = NegotiateClient::new(offered.into_iter().chain([ann()]).collect());
        let mut server = NegotiateServer::new(vec![ntlm_server()]);
        let mut changed = 0;
        let result = negotiate(&mut client, &mut server, |leg, message| {
            if leg % 2 == 0
                && let Ok(mut answer) = NegTokenResp::read(message)
                && let Some(signature) = &mut answer.list_signature
            {
                *signature.last_mut().unwrap() ^= 1;
                *message = answer.write();
                changed += 1;
            }
        });
        assert_eq!(
            result.unwrap_err().kind(),
            LogonErrorKind::Tampered,
            "{first:?}"
        );
        assert_eq!((changed, client.is_complete()), (1, false), "{first:?}");
    }
}

#[test]
fn a_server_chooses_only_what_was_offered() {
    let mut client = NegotiateClient::new(vec![ann()]);
    client.step(None).unwrap();
    let answer = NegTokenResp {
        state: Some(NegState::AcceptIncomplete),
        mechanism: Some(KERBEROS.to_vec()),
        ..NegTokenResp::default()
    };
    let error = client.step(Some(&answer.write())).unwrap_err();
    assert_eq!(error.kind(), LogonErrorKind::InvalidToken);
    // And cannot end what is not complete.
    let mut client = NegotiateClient::new(vec![ann()]);
    client.step(None).unwrap();
    let answer = NegTokenResp {
        state: Some(NegState::AcceptCompleted),
        ..NegTokenResp::default()
    };
    assert!(client.step(Some(&answer.write())).is_err());
    assert!(!client.is_complete());
    let mut client = NegotiateClient::new(vec![ann()]);
    client.step(None).unwrap();
    let answer = NegTokenResp {
        state: Some(NegState::Reject),
        ..NegTokenResp::default()
    };
    let error = client.step(Some(&answer.write())).unwrap_err();
    assert_eq!(error.kind(), LogonErrorKind::Refused);
}

#[test]
fn what_is_signed_is_the_list_alone() {
    let list = list_of(&[KERBEROS.to_vec(), NTLM.to_vec()]);
    assert_eq!(
        list,
        unhex("301706092a864886f712010202060a2b06010401823702020a")
    );
}

#[test]
fn facts_come_from_the_chosen_mechanism() {
    let mutual = Scripted {
        mutual: true,
        ..Scripted::new(KERBEROS, 2, true)
    };
    let client = NegotiateClient::new(vec![Box::new(mutual), ann()]);
    assert!(client.is_mutually_authenticated());
    assert_eq!(client.accepted(), None::<&Accepted>);
}

proptest! {
    /// Whatever comes is refused with an error, or is one of the few messages that say nothing.
    #[test]
    fn hostile_tokens(bytes in proptest::collection::vec(any::<u8>(), 0..80), tag: u8) {
        let framed = crate::der::element(tag, &[&bytes]);
        let mut client = NegotiateClient::new(vec![ann()]);
        client.step(None).unwrap();
        let _ = client.step(Some(&framed));
        prop_assert!(!client.is_complete());
        for allowed in [vec![ntlm_server()], Vec::new()] {
            let mut server = NegotiateServer::new(allowed);
            let _ = server.step(Some(&framed));
            prop_assert!(!server.is_complete());
        }
    }

    /// A changed message ends the negotiation, or changes nothing that counts.
    #[test]
    fn hostile_changes(leg in 1_usize..5, at: prop::sample::Index, bit in 0_u8..8) {
        let mut client = NegotiateClient::new(vec![Scripted::boxed(KERBEROS, 2, true), ann()]);
        let mut server = NegotiateServer::new(vec![ntlm_server()]);
        let result = negotiate(&mut client, &mut server, |this, message| {
            if this == leg {
                let at = at.index(message.len());
                message[at] ^= 1 << bit;
            }
        });
        if result.is_ok() {
            prop_assert_eq!(&server.accepted().unwrap().user_name, "ann");
        }
    }
}
