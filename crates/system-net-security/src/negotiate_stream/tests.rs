//! Frames byte for byte, logins over loopback, and what a peer may do wrong.

#![allow(clippy::disallowed_methods, reason = "the peers of a test are threads")]
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use system_net_primitives::NetworkCredential;

use super::frames::{FrameId, LARGEST_TAKEN, handshake_frame, read_data_head, read_head};
use super::{
    NegotiateClientOptions, NegotiateServerOptions, NegotiateStream, ProtectionLevel,
    TokenImpersonationLevel,
};
use crate::extended_protection::{
    ChannelBinding, ExtendedProtectionPolicy, PolicyEnforcement, ProtectionScenario,
    ServiceNameCollection,
};
use crate::mechanism::{ClientLogon, LogonError, LogonErrorKind, Mechanism, MechanismProvider};
use crate::negotiate::NegotiateServer;
use crate::ntlm::{
    NtHash, NtlmClient, NtlmClientOptions, NtlmServer, NtlmServerOptions, OwnChallenges,
};
use system_net_testkit::PASSWORD;

/// NTLM without the guard against this very process, which is the server here.
struct Plain;

impl MechanismProvider for Plain {
    fn name(&self) -> &'static str {
        "NTLM"
    }

    fn client(&self, logon: &ClientLogon<'_>) -> Result<Box<dyn Mechanism>, LogonError> {
        let options = NtlmClientOptions {
            target_name: logon.target_name.map(str::to_owned),
            channel_binding: logon.channel_binding.cloned(),
            encrypt: logon.encrypt,
            own_challenges: OwnChallenges::new(),
            ..NtlmClientOptions::default()
        };
        Ok(Box::new(NtlmClient::new(logon.credential, options)))
    }
}

fn client_options(level: ProtectionLevel) -> NegotiateClientOptions {
    NegotiateClientOptions {
        target_name: Some("HOST/server".to_owned()),
        required_protection_level: level,
        providers: vec![Arc::new(Plain)],
        ..NegotiateClientOptions::default()
    }
}

fn server_options(level: ProtectionLevel) -> NegotiateServerOptions {
    NegotiateServerOptions {
        required_protection_level: level,
        ..NegotiateServerOptions::default()
    }
}

fn ntlm(binding: Option<ChannelBinding>) -> Box<dyn Mechanism> {
    let accounts = |user: &str, _: &str| (user == "ann").then(|| NtHash::of_password(PASSWORD));
    let options = NtlmServerOptions {
        channel_binding: binding,
        ..NtlmServerOptions::default()
    };
    let ntlm = NtlmServer::new(accounts, options);
    Box::new(NegotiateServer::new(vec![Box::new(ntlm)]))
}

/// The client's side of a login without the negotiation around it.
fn log_in_raw(stream: &NegotiateStream, level: ProtectionLevel) -> Result<(), LogonError> {
    let login = Plain.client(&ClientLogon {
        encrypt: level == ProtectionLevel::EncryptAndSign,
        ..ClientLogon::new(&ann(PASSWORD))
    });
    let demands = super::Demands {
        protection: level,
        impersonation: TokenImpersonationLevel::None,
        policy: None,
    };
    let service = Some("HOST/server".to_owned());
    system_net_runtime::block_on(stream.authenticate(login?, false, demands, service))
}

fn ann(password: &str) -> NetworkCredential {
    NetworkCredential::with_domain("ann", password, "EXAMPLE")
}

fn sockets() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (client, listener.accept().unwrap().0)
}

type Side = Result<NegotiateStream, LogonError>;

/// A wire that keeps what was written to it.
struct Recorded(TcpStream, Arc<std::sync::Mutex<Vec<u8>>>);

impl Read for Recorded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Recorded {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let written = self.0.write(data)?;
        self.1.lock().unwrap().extend_from_slice(&data[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Both sides, and what the client has written. Without a password here the client knows it, and
/// logs in without the negotiation.
fn meet(
    password: &str,
    of_client: &NegotiateClientOptions,
    mechanism: Box<dyn Mechanism>,
    of_server: NegotiateServerOptions,
) -> (Side, Side, Arc<std::sync::Mutex<Vec<u8>>>) {
    let (client, server) = sockets();
    let serving = thread::spawn(move || {
        let stream = NegotiateStream::over_blocking(server);
        stream.authenticate_as_server(mechanism, &of_server)?;
        Ok(stream)
    });
    let wire = Arc::default();
    let stream = NegotiateStream::over_blocking(Recorded(client, Arc::clone(&wire)));
    let connected = match password {
        "" => log_in_raw(&stream, of_client.required_protection_level),
        password => stream.authenticate_as_client(&ann(password), of_client),
    };
    (connected.map(|()| stream), serving.join().unwrap(), wire)
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|part| part == text)
}

#[test]
fn negotiate_stream_sign_encrypt() {
    use ProtectionLevel::{EncryptAndSign, None, Sign};
    for negotiated in [true, false] {
        // What the client asks for, what the server demands, what comes of it.
        for (asked, demanded, expected) in [
            (EncryptAndSign, EncryptAndSign, Ok(EncryptAndSign)),
            (EncryptAndSign, Sign, Ok(EncryptAndSign)),
            (EncryptAndSign, None, Ok(EncryptAndSign)),
            (Sign, Sign, Ok(Sign)),
            (Sign, EncryptAndSign, Err(LogonErrorKind::NotAllowed)),
        ] {
            let password = if negotiated { PASSWORD } else { "" };
            let of_client = client_options(asked);
            let of_server = server_options(demanded);
            let (client, server, wire) = meet(password, &of_client, ntlm(Option::None), of_server);
            let row = format!("{negotiated} {asked:?} {demanded:?}");
            let expected = match expected {
                Ok(level) => level,
                Err(kind) => {
                    assert_eq!(server.unwrap_err().kind(), kind, "{row}");
                    // The peer is told, in a frame of its own.
                    assert_eq!(client.unwrap_err().kind(), kind, "{row}");
                    continue;
                }
            };
            let (mut client, mut server) = (client.unwrap(), server.unwrap());
            for stream in [&client, &server] {
                assert_eq!(stream.is_encrypted(), expected == EncryptAndSign, "{row}");
                assert!(stream.is_signed() && stream.is_authenticated(), "{row}");
                let level = stream.impersonation_level();
                assert_eq!(level, TokenImpersonationLevel::Identification);
            }
            assert!(server.is_server() && !client.is_server());
            let user = server.remote_identity().unwrap();
            assert_eq!(
                (&*user.name, user.authentication_type),
                ("EXAMPLE\\ann", "NTLM")
            );
            assert_eq!(client.remote_identity().unwrap().name, "HOST/server");
            // The last frame of the handshake is a Done, and the data frames follow.
            let login = wire.lock().unwrap().len();
            let text: Vec<u8> = b"nobody else reads this. ".repeat(12_000);
            let sent = text.clone();
            let writing = thread::spawn(move || {
                client.write_all(&sent).unwrap();
                let mut answer = [0; 6];
                client.read_exact(&mut answer).unwrap();
                answer
            });
            let mut seen = vec![0; text.len()];
            server.read_exact(&mut seen).unwrap();
            assert!(seen == text, "{row}");
            server.write_all(b"answer").unwrap();
            assert_eq!(&writing.join().unwrap(), b"answer");
            let wire = wire.lock().unwrap();
            assert_eq!(contains(&wire, b"nobody else"), expected == Sign, "{row}");
            // Frames: a length in four bytes, the lowest first, and as much as it says.
            let mut rest = &wire[login..];
            let mut frames = 0;
            while let Some((head, behind)) = rest.split_first_chunk::<4>() {
                let length = usize::try_from(u32::from_le_bytes(*head)).unwrap();
                assert!((17..=64_512).contains(&length), "{length}");
                rest = &behind[length..];
                frames += 1;
            }
            assert!(
                rest.is_empty() && frames == text.len().div_ceil(63_488),
                "{frames}"
            );
        }
    }
}

#[test]
fn a_wrong_password_is_refused_and_told() {
    let level = ProtectionLevel::EncryptAndSign;
    let (client, server, wire) = meet(
        "wrong",
        &client_options(level),
        ntlm(None),
        server_options(level),
    );
    assert_eq!(server.unwrap_err().kind(), LogonErrorKind::Refused);
    let error = client.unwrap_err();
    assert_eq!(error.kind(), LogonErrorKind::Refused);
    assert!(!format!("{error} {error:?}").contains("wrong\""), "{error}");
    assert_eq!(&wire.lock().unwrap()[..3], &[0x16, 1, 0]);
}

/// The client ties its login to a channel and a name; the server's policy judges.
#[test]
fn negotiate_stream_cbt() {
    let level = ProtectionLevel::EncryptAndSign;
    let bindings = [[1; 32], [2; 32]].map(|bytes| ChannelBinding::exporter(&bytes));
    let own = || Some(bindings[0].clone());
    let other = || Some(bindings[1].clone());
    let with_binding = |enforcement| {
        ExtendedProtectionPolicy::with_channel_binding(enforcement, bindings[0].clone()).unwrap()
    };
    let with_name = |enforcement, name: &str| {
        let names = ServiceNameCollection::new([name]).unwrap();
        let scenario = ProtectionScenario::TrustedProxy;
        ExtendedProtectionPolicy::with_service_names(enforcement, scenario, Some(names)).unwrap()
    };
    let (always, lenient) = (PolicyEnforcement::Always, PolicyEnforcement::WhenSupported);
    let never = ExtendedProtectionPolicy::new(PolicyEnforcement::Never);
    let rows = [
        (own(), own(), with_binding(always), true),
        (None, own(), with_binding(always), false),
        (None, own(), with_binding(lenient), true),
        (other(), own(), with_binding(lenient), false),
        (other(), own(), with_binding(always), false),
        // The policy alone says which channel it is.
        (own(), None, with_binding(always), true),
        (own(), None, with_binding(lenient), true),
        (None, None, with_binding(always), false),
        (other(), None, with_binding(always), false),
        (other(), None, with_binding(lenient), false),
        (None, None, with_name(always, "HOST/server"), true),
        (None, None, with_name(always, "HOST/other"), false),
        (None, None, with_name(lenient, "HOST/other"), false),
        (None, None, never, true),
    ];
    for (index, (of_client, of_server, policy, accepted)) in rows.into_iter().enumerate() {
        let mut client = client_options(level);
        client.channel_binding = of_client;
        let mut server = server_options(level);
        server.policy = Some(policy);
        let (client, server, _) = meet(PASSWORD, &client, ntlm(of_server), server);
        assert_eq!(server.is_ok(), accepted, "row {index}: {server:?}");
        match server {
            Ok(_) => drop(client.unwrap()),
            Err(error) => {
                assert_eq!(error.kind(), LogonErrorKind::BindingDiffers);
                assert_eq!(client.unwrap_err().kind(), LogonErrorKind::BindingDiffers);
            }
        }
    }
    // Two different channels are a mistake of the caller, whatever the client sends.
    let mut server = server_options(level);
    server.policy = Some(with_binding(always));
    let stream = NegotiateStream::over_blocking(sockets().0);
    let error = stream
        .authenticate_as_server(ntlm(other()), &server)
        .unwrap_err();
    assert_eq!(error.kind(), LogonErrorKind::InvalidState);
    // A policy that could compare with nothing is one, too.
    let mut server = server_options(level);
    server.policy = Some(ExtendedProtectionPolicy::new(always));
    let stream = NegotiateStream::over_blocking(sockets().0);
    let error = stream
        .authenticate_as_server(ntlm(None), &server)
        .unwrap_err();
    assert_eq!(error.kind(), LogonErrorKind::InvalidState);
}

#[test]
fn levels_that_cannot_be() {
    let level = ProtectionLevel::EncryptAndSign;
    let mut server = server_options(level);
    server.required_impersonation_level = TokenImpersonationLevel::Impersonation;
    let (_, refused, _) = meet(PASSWORD, &client_options(level), ntlm(None), server);
    assert_eq!(refused.unwrap_err().kind(), LogonErrorKind::NotAllowed);
    let mut client = client_options(level);
    client.allowed_impersonation_level = TokenImpersonationLevel::Anonymous;
    let stream = NegotiateStream::over_blocking(sockets().0);
    let error = stream
        .authenticate_as_client(&ann(PASSWORD), &client)
        .unwrap_err();
    assert_eq!(error.kind(), LogonErrorKind::InvalidState);
}

/// Frames of [MS-NNS] section 2.2, byte for byte.
#[test]
fn frames_are_those_of_the_protocol() {
    let frame = handshake_frame(FrameId::InProgress, &[7; 258]).unwrap();
    assert_eq!(&frame[..6], &[0x16, 1, 0, 1, 2, 7]);
    assert_eq!(
        handshake_frame(FrameId::Done, b"").unwrap(),
        [0x14, 1, 0, 0, 0]
    );
    assert_eq!(read_head([0x15, 1, 0, 0, 8]).unwrap(), (FrameId::Error, 8));
    for bad in [
        [0x17, 1, 0, 0, 0],
        [0x48, 0x54, 0x54, 0x50, 0x2f],
        [0x16, 2, 0, 0, 0],
    ] {
        assert_eq!(
            read_head(bad).unwrap_err().kind(),
            LogonErrorKind::InvalidToken
        );
    }
    assert!(handshake_frame(FrameId::Done, &[0; 65_536]).is_err());
    let largest = u32::try_from(LARGEST_TAKEN).unwrap();
    for (length, good) in [(0, false), (1, true), (largest, true), (largest + 1, false)] {
        assert_eq!(
            read_data_head(length.to_le_bytes()).is_ok(),
            good,
            "{length}"
        );
    }
}

/// What a peer may send in place of the next frame, by hand.
#[test]
fn peers_that_break_the_protocol() {
    let refused: &'static [u8] = &[0x15, 1, 0, 0, 8, 0, 0, 0, 0, 0x80, 9, 3, 0x0c];
    for (answer, kind) in [
        (
            &b"HTTP/1.1 400 Bad Request\r\n"[..],
            LogonErrorKind::InvalidToken,
        ),
        (&[0x14, 1, 0, 0, 0], LogonErrorKind::InvalidToken),
        (&[0x16, 1, 0, 0, 3, 1, 2, 3], LogonErrorKind::InvalidToken),
        (&[0x16, 1, 0, 0, 9, 1], LogonErrorKind::Unavailable),
        (&[], LogonErrorKind::Unavailable),
        (refused, LogonErrorKind::Refused),
        (&[0x15, 1, 0, 0, 0], LogonErrorKind::Refused),
    ] {
        let (client, mut server) = sockets();
        let answering = thread::spawn(move || {
            let mut head = [0; 5];
            server.read_exact(&mut head).unwrap();
            let mut message = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
            server.read_exact(&mut message).unwrap();
            server.write_all(answer).unwrap();
            let _the_peer_may_be_gone = server.shutdown(std::net::Shutdown::Write);
            let mut rest = Vec::new();
            let _the_peer_may_reset = server.read_to_end(&mut rest);
            rest
        });
        let stream = NegotiateStream::over_blocking(client);
        let options = client_options(ProtectionLevel::EncryptAndSign);
        let error = stream
            .authenticate_as_client(&ann(PASSWORD), &options)
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{answer:?}: {error}");
        let again = stream
            .authenticate_as_client(&ann(PASSWORD), &options)
            .unwrap_err();
        assert_eq!(again.kind(), LogonErrorKind::InvalidState);
        let error = (&stream).write(b"secret").unwrap_err();
        assert!(error.to_string().contains("failed"), "{error}");
        drop(stream);
        let told = answering.join().unwrap();
        assert!(
            told.is_empty() || told.starts_with(&[0x15, 1, 0, 0, 8]),
            "{told:?}"
        );
    }
}

/// A byte that is changed on the way ends the stream for good, as does a frame too many.
#[test]
fn changed_data_is_refused() {
    let level = ProtectionLevel::EncryptAndSign;
    for (change, kind) in [
        (true, io::ErrorKind::InvalidData),
        (false, io::ErrorKind::UnexpectedEof),
    ] {
        let (client, between) = sockets();
        let (to_server, server) = sockets();
        let serving = thread::spawn(move || {
            let mut stream = NegotiateStream::over_blocking(server);
            stream
                .authenticate_as_server(ntlm(None), &server_options(level))
                .unwrap();
            let first = stream.read(&mut [0; 100]).unwrap_err();
            let second = stream.read(&mut [0; 100]).unwrap_err();
            (first, second)
        });
        let (mut up, mut down) = (between.try_clone().unwrap(), between);
        let (mut out, mut back) = (to_server.try_clone().unwrap(), to_server);
        let answers = thread::spawn(move || io::copy(&mut back, &mut down));
        let passing = thread::spawn(move || {
            // Two frames of the login, then one of data.
            for _ in 0..2 {
                let mut head = [0; 5];
                up.read_exact(&mut head).unwrap();
                let mut body = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
                up.read_exact(&mut body).unwrap();
                out.write_all(&head).unwrap();
                out.write_all(&body).unwrap();
            }
            let mut frame = [0; 4 + 16 + 5];
            up.read_exact(&mut frame).unwrap();
            if change {
                frame[22] ^= 1;
                out.write_all(&frame).unwrap();
            } else {
                out.write_all(&frame[..20]).unwrap();
            }
            out.shutdown(std::net::Shutdown::Write).unwrap();
        });
        let mut stream = NegotiateStream::over_blocking(client);
        // Without the negotiation around it, so that the frames can be counted.
        log_in_raw(&stream, level).unwrap();
        stream.write_all(b"12345").unwrap();
        passing.join().unwrap();
        let (first, second) = serving.join().unwrap();
        assert_eq!(first.kind(), kind, "{first}");
        assert!(!change || second.kind() == kind, "{second}");
        drop(stream);
        let _ended_with_the_server = answers.join().unwrap();
    }
}
