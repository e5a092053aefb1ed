//! The published vectors of [MS-NLMP] section 4.2, a whole login recomputed by other code, and
//! what a man in the middle may try.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;
use system_net_primitives::{FakeClock, NetworkCredential};

use super::client::{NtlmClient, NtlmClientOptions, NtlmVersion};
use super::keys::*;
use super::messages::{Authenticate, Challenge, Negotiate};
use super::session::Session;
use super::target_info::{self, TargetInfo};
use super::{NtlmServer, NtlmServerOptions, OwnChallenges, flags};
use crate::extended_protection::{BindingCheck, ChannelBinding, ChannelBindingKind};
use crate::mechanism::{LogonError, LogonErrorKind, Mechanism, Randomness};
use system_net_testkit::PASSWORD;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

const SERVER_CHALLENGE: [u8; 8] = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef];
const CLIENT_CHALLENGE: [u8; 8] = [0xaa; 8];
const SESSION_KEY: [u8; 16] = [0x55; 16];

/// Client challenges of `aa`, session keys of `55`, as in the published vectors.
struct Published;

impl Randomness for Published {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), LogonError> {
        bytes.fill(if bytes.len() == 8 { 0xaa } else { 0x55 });
        Ok(())
    }
}

fn plaintext() -> Vec<u8> {
    super::fields::utf16("Plaintext")
}

#[test]
fn ntlm_ms_nlmp_vectors() {
    // 4.2.2: version 1.
    let hash = NtHash::of_password("Password");
    assert_eq!(hex(hash.as_bytes()), "a4f49c406510bdcab6824ee7c30fd852");
    let lm = lm_hash("Password");
    assert_eq!(hex(&*lm), "e52cac67419a9a224a3b108f3fa6cb6d");
    let session = hash.session_key_v1();
    assert_eq!(hex(&*session), "d87262b0cde4b1cb7499becccdf10784");
    assert_eq!(
        hex(&response_v1(hash.as_bytes(), SERVER_CHALLENGE)),
        "67c43011f30298a2ad35ece64f16331c44bdbed927841f94"
    );
    assert_eq!(
        hex(&response_v1(&lm, SERVER_CHALLENGE)),
        "98def7b87f88aa5dafe2df779688a172def11c7d5ccdef13"
    );
    assert_eq!(
        hex(&*exchange_key(&session, SESSION_KEY)),
        "518822b1b3f350c8958682ecbb3e3cb7"
    );

    // 4.2.3: version 1 with extended session security; 56 bit, no key exchange.
    let both = md5(&[&SERVER_CHALLENGE, &CLIENT_CHALLENGE]);
    assert_eq!(
        hex(&response_v1(hash.as_bytes(), *both.first_chunk().unwrap())),
        "7537f803ae367128ca458204bde7caf81e97ed2683267232"
    );
    let key = hmac_md5(&*session, &[&SERVER_CHALLENGE, &CLIENT_CHALLENGE]);
    assert_eq!(hex(&key), "eb93429a8bd952f8b89c55b87f475edc");
    let flags = 0x820a_8233;
    assert_eq!(
        hex(&*sign_key(&key, End::Client)),
        "60e799be5c72fc92922ae8ebe961fb8d"
    );
    assert_eq!(
        hex(&*seal_key(&key, flags, End::Client)),
        "04dd7f014d8504d265a25cc86a3a7c06"
    );
    let mut client = Session::new(key.into(), flags, End::Client);
    let wrapped = client.wrap(&plaintext(), true).unwrap();
    assert_eq!(hex(&wrapped[16..]), "a02372f6530273f3aa1eb90190ce5200c99d");
    assert_eq!(hex(&wrapped[..16]), "01000000ff2aeb52f681793a00000000");

    // 4.2.4: version 2.
    let key = hash.for_user("User", "Domain");
    assert_eq!(hex(&*key), "0c868a403bfd7a93a3001ef22ef02e3f");
    let mut info = TargetInfo::default();
    info.set_text(target_info::NB_DOMAIN_NAME, "Domain");
    info.set_text(target_info::NB_COMPUTER_NAME, "Server");
    let blob = blob([0; 8], CLIENT_CHALLENGE, &info.write().unwrap());
    let proof = hmac_md5(&*key, &[&SERVER_CHALLENGE, &blob]);
    assert_eq!(hex(&proof), "68cd0ab851e51c96aabc927bebef6a1c");
    assert_eq!(
        hex(&hmac_md5(&*key, &[&SERVER_CHALLENGE, &CLIENT_CHALLENGE])),
        "86c35097ac9cec102554764a57cccc19"
    );
    let session = hmac_md5(&*key, &[&proof]);
    assert_eq!(hex(&session), "8de40ccadbc14a82f15cb0ad0de95ca3");
    assert_eq!(
        hex(&*exchange_key(&session, SESSION_KEY)),
        "c5dad2544fc9799094ce1ce90bc9d03e"
    );
    assert_eq!(
        hex(&*sign_key(&SESSION_KEY, End::Client)),
        "4788dc861b4782f35d43fd98fe1a2d39"
    );
    let flags = 0xe28a_8233;
    assert_eq!(
        hex(&*seal_key(&SESSION_KEY, flags, End::Client)),
        "59f600973cc4960a25480a7c196e4c58"
    );
    let mut client = Session::new(SESSION_KEY.into(), flags, End::Client);
    let wrapped = client.wrap(&plaintext(), true).unwrap();
    assert_eq!(hex(&wrapped[16..]), "54e50165bf1936dc996020c1811b0f06fb5f");
    assert_eq!(hex(&wrapped[..16]), "010000007fb38ec5c55d497600000000");
    let mut server = Session::new(SESSION_KEY.into(), flags, End::Server);
    assert_eq!(server.unwrap(&wrapped, true).unwrap(), plaintext());
}

const NEGOTIATE: &str =
    "4e544c4d5353500001000000978208e2000000000000000000000000000000000a00ee420000000f";
const CHALLENGE: &str = "4e544c4d53535000020000000c000c003800000015828ae20123456789abcdef000000000000000030003000440000000a00ee420000000f53006500720076006500720002000c0044006f006d00610069006e0001000c00530065007200760065007200070008000090d336b734c30100000000";
const AUTHENTICATE: &str = "4e544c4d53535000030000001800180058000000a600a600700000000c000c00160100000800080022010000100010002a010000100010003a010000158288e20a00ee420000000fb91443deee3dba7b90c4b271b7234c5900000000000000000000000000000000000000000000000043acb9a9e8828ccf47efddbbb07fc21f01010000000000000090d336b734c301aaaaaaaaaaaaaaaa0000000002000c0044006f006d00610069006e0001000c00530065007200760065007200070008000090d336b734c30106000400020000000a0010006ea19df066da4622051f9c4f92c6df740900260048005400540050002f007300650072007600650072002e006500780061006d0070006c006500000000000000000044006f006d00610069006e00550073006500720043004f004d005000550054004500520087d6e4b572a32cb5e80c8792fbdc3cbf";

fn binding() -> ChannelBinding {
    let hash = unhex("e3ca49271e5089cc48ce82109f1324f41dbeddc29a777410c738f7868c4ff405");
    let data = [b"tls-server-end-point:", &hash[..]].concat();
    ChannelBinding::new(ChannelBindingKind::Endpoint, data)
}

fn published_client() -> NtlmClient {
    let user = NetworkCredential::with_domain("User", "Password", "Domain");
    let options = NtlmClientOptions {
        target_name: Some("HTTP/server.example".to_owned()),
        channel_binding: Some(binding()),
        workstation: "COMPUTER".to_owned(),
        randomness: Arc::new(Published),
        ..NtlmClientOptions::default()
    };
    NtlmClient::new(&user, options)
}

/// A whole answer with check, channel binding and target name, as other code computes it.
#[test]
fn a_login_with_everything_in_it() {
    let mut client = published_client();
    let own = client.step(None).unwrap().message.unwrap();
    assert_eq!(own.len(), 40);
    client.assume_negotiated(unhex(NEGOTIATE));
    let step = client.step(Some(&unhex(CHALLENGE))).unwrap();
    assert_eq!(hex(&step.message.unwrap()), AUTHENTICATE);
    assert!(step.complete && client.is_complete());
}

#[test]
fn messages_are_read_as_they_are_written() {
    let negotiate = unhex(NEGOTIATE);
    assert_eq!(Negotiate::read(&negotiate).unwrap().write(), negotiate);
    let challenge = unhex(CHALLENGE);
    let read = Challenge::read(&challenge).unwrap();
    assert_eq!(read.target_name, "Server");
    assert_eq!(read.write().unwrap(), challenge);
    let authenticate = unhex(AUTHENTICATE);
    let read = Authenticate::read(&authenticate).unwrap();
    let names = (&*read.user_name, &*read.domain, &*read.workstation);
    assert_eq!(names, ("User", "Domain", "COMPUTER"));
    assert_eq!(read.write().unwrap(), authenticate);
}

/// One login: what the server says in the end. `tamper` sees each message on its way.
fn log_in(
    client: &mut dyn Mechanism,
    server: &mut dyn Mechanism,
    mut tamper: impl FnMut(usize, &mut Vec<u8>),
) -> Result<(), LogonError> {
    let mut message = client.step(None)?.message;
    for leg in 1.. {
        if let Some(message) = &mut message {
            tamper(leg, message);
        }
        let (side, other): (&mut dyn Mechanism, _) = match leg % 2 {
            1 => (server, "client"),
            _ => (client, "server"),
        };
        let step = side.step(message.as_deref())?;
        if step.message.is_none() {
            assert!(step.complete, "the {other} waits");
            return Ok(());
        }
        message = step.message;
    }
    unreachable!("a login ends")
}

fn accounts(user: &str, domain: &str) -> Option<NtHash> {
    (user.eq_ignore_ascii_case("ann") && domain == "EXAMPLE")
        .then(|| NtHash::of_password("s\u{e4}cret"))
}

fn clock() -> Arc<FakeClock> {
    Arc::new(FakeClock::new())
}

fn client_with(change: impl FnOnce(&mut NtlmClientOptions)) -> NtlmClient {
    let mut options = NtlmClientOptions {
        clock: clock(),
        ..NtlmClientOptions::default()
    };
    change(&mut options);
    let ann = NetworkCredential::with_domain("Ann", "s\u{e4}cret", "EXAMPLE");
    NtlmClient::new(&ann, options)
}

fn server_with(change: impl FnOnce(&mut NtlmServerOptions)) -> NtlmServer {
    let mut options = NtlmServerOptions {
        clock: clock(),
        ..NtlmServerOptions::default()
    };
    change(&mut options);
    NtlmServer::new(accounts, options)
}

fn kind(result: Result<(), LogonError>) -> LogonErrorKind {
    result.expect_err("the login fails").kind()
}

#[test]
fn a_user_is_let_in_with_all_that_was_sent() {
    let other = ChannelBinding::new(ChannelBindingKind::Endpoint, &b"another"[..]);
    type Case = (
        Option<ChannelBinding>,
        Option<&'static str>,
        BindingCheck,
        &'static str,
    );
    let cases: [Case; 4] = [
        (
            Some(binding()),
            Some("HTTP/h"),
            BindingCheck::Matches,
            "HTTP/h",
        ),
        (Some(other), Some("HTTP/h"), BindingCheck::Differs, "HTTP/h"),
        (None, Some("HTTP/h"), BindingCheck::Absent, "HTTP/h"),
        (None, None, BindingCheck::Absent, ""),
    ];
    for (sent, name, expected, expected_name) in cases {
        let mut client = client_with(|options| {
            options.channel_binding = sent;
            options.target_name = name.map(str::to_owned);
        });
        let mut server = server_with(|options| {
            options.channel_binding = Some(binding());
            options.require_message_check = true;
        });
        log_in(&mut client, &mut server, |_, _| {}).unwrap();
        let accepted = server.accepted().unwrap();
        assert_eq!(
            (&*accepted.user_name, &*accepted.domain),
            ("Ann", "EXAMPLE")
        );
        assert_eq!(accepted.binding, expected);
        assert_eq!(accepted.service_name.as_deref(), Some(expected_name));
    }
}

#[test]
fn wrong_users_and_passwords_are_one_answer() {
    for (user, password, domain) in [
        ("ann", "wrong", "EXAMPLE"),
        ("bob", "s\u{e4}cret", "EXAMPLE"),
        ("ann", "s\u{e4}cret", "OTHER"),
        ("ann", "", "EXAMPLE"),
        ("", "", ""),
    ] {
        let user = NetworkCredential::with_domain(user, password, domain);
        let options = NtlmClientOptions {
            clock: clock(),
            ..NtlmClientOptions::default()
        };
        let mut client = NtlmClient::new(&user, options);
        let error = log_in(&mut client, &mut server_with(|_| {}), |_, _| {}).unwrap_err();
        assert_eq!(error.kind(), LogonErrorKind::Refused, "{user:?}");
        assert!(!error.to_string().contains("cret"), "{error}");
    }
}

#[test]
fn names_with_a_domain_in_them_are_taken_apart() {
    let user = NetworkCredential::new("EXAMPLE\\ann", "s\u{e4}cret");
    let options = NtlmClientOptions {
        clock: clock(),
        ..NtlmClientOptions::default()
    };
    let mut server = server_with(|_| {});
    log_in(&mut NtlmClient::new(&user, options), &mut server, |_, _| {}).unwrap();
    assert_eq!(server.accepted().unwrap().domain, "EXAMPLE");
}

#[test]
fn ntlmv1_refused() {
    for version in [NtlmVersion::V1, NtlmVersion::Lm] {
        let client = || client_with(|options| options.version = version);
        let refused = log_in(&mut client(), &mut server_with(|_| {}), |_, _| {});
        assert_eq!(kind(refused), LogonErrorKind::NotAllowed);
        let mut named = server_with(|options| options.allow_version_1 = true);
        log_in(&mut client(), &mut named, |_, _| {}).unwrap();
        assert_eq!(named.accepted().unwrap().service_name, None);
        // Without extended session security, as the oldest servers answer.
        let mut named = server_with(|options| options.allow_version_1 = true);
        let old = log_in(&mut client(), &mut named, |leg, message| {
            let at = if leg == 1 { 12 } else { 20 };
            if leg < 3 {
                let flags = u32::from_le_bytes(message[at..at + 4].try_into().unwrap());
                let flags = flags & !flags::EXTENDED_SESSION_SECURITY;
                message[at..at + 4].copy_from_slice(&flags.to_le_bytes());
            }
        });
        old.unwrap();
        let wrong = NetworkCredential::with_domain("Ann", "wrong", "EXAMPLE");
        let options = NtlmClientOptions {
            version,
            ..NtlmClientOptions::default()
        };
        let mut named = server_with(|options| options.allow_version_1 = true);
        let refused = log_in(&mut NtlmClient::new(&wrong, options), &mut named, |_, _| {});
        assert_eq!(kind(refused), LogonErrorKind::Refused);
    }
}

/// Any changed bit of any message fails the login, but for those that only this side's own words
/// stand in: a flag that takes back what nobody relies on is caught by the check as well.
#[test]
fn ntlm_mic_tampered() {
    for leg in 1..=3 {
        let mut length = 0;
        log_in(
            &mut client_with(|_| {}),
            &mut server_with(|_| {}),
            |at, message| {
                if at == leg {
                    length = message.len();
                }
            },
        )
        .unwrap();
        for bit in 0..length * 8 {
            let result = log_in(
                &mut client_with(|_| {}),
                &mut server_with(|options| options.require_message_check = true),
                |at, message| {
                    if at == leg {
                        message[bit / 8] ^= 1 << (bit % 8);
                    }
                },
            );
            assert!(
                result.is_err(),
                "leg {leg}, byte {}, bit {}",
                bit / 8,
                bit % 8
            );
        }
    }
}

/// The mark that says "checked" cannot be taken out either: the proof covers it.
#[test]
fn the_check_cannot_be_left_out_on_the_way() {
    let result = log_in(
        &mut client_with(|_| {}),
        &mut server_with(|_| {}),
        |leg, message| {
            if leg == 3 {
                let flag = [6, 0, 4, 0, 2, 0, 0, 0];
                let at = message
                    .windows(8)
                    .position(|window| window == flag)
                    .unwrap();
                message[at + 4] = 0;
            }
        },
    );
    assert_eq!(kind(result), LogonErrorKind::Refused);
}

#[test]
fn ntlm_reflection_refused() {
    let own = OwnChallenges::new();
    for allowed in [false, true] {
        let mut server = server_with(|options| options.own_challenges = own.clone());
        let mut client = client_with(|options| {
            options.own_challenges = own.clone();
            options.allow_reflection = allowed;
        });
        let result = log_in(&mut client, &mut server, |_, _| {});
        match allowed {
            true => result.unwrap(),
            false => assert_eq!(kind(result), LogonErrorKind::Reflected),
        }
    }
    // Challenges are forgotten with the logins they were for.
    assert_eq!(format!("{own:?}"), "OwnChallenges { open: 0 }");
    // Another process's challenge is another's.
    let mut client = client_with(|options| options.own_challenges = own.clone());
    log_in(&mut client, &mut server_with(|_| {}), |_, _| {}).unwrap();
}

#[test]
fn clocks_that_differ_too_much() {
    for (seconds, allowed) in [(0, true), (1700, true), (1900, false)] {
        for sign in [-1_i64, 1] {
            let now = 1_262_304_000 + sign * seconds;
            let client_clock = clock();
            client_clock.set_utc_now(UNIX_EPOCH + Duration::from_secs(now.unsigned_abs()));
            let mut client = client_with(|options| options.clock = client_clock.clone());
            let mut server = server_with(|_| {});
            // A server that does not tell its time: the client's own counts.
            let result = log_in(&mut client, &mut server, |leg, message| {
                if leg == 2 {
                    let field = [7, 0, 8, 0];
                    let at = message
                        .windows(4)
                        .position(|window| window == field)
                        .unwrap();
                    message[at] = 0x33;
                }
            });
            // The check sees that the challenge was changed; before that the time is judged.
            let expected = match allowed {
                true => LogonErrorKind::Tampered,
                false => LogonErrorKind::ClockSkew,
            };
            assert_eq!(kind(result), expected, "{seconds}");
        }
    }
}

#[test]
fn messages_after_the_login() {
    for encrypt in [false, true] {
        let mut client = client_with(|options| options.encrypt = encrypt);
        let mut server = server_with(|_| {});
        assert_eq!(
            client.sign(b"early").unwrap_err().kind(),
            LogonErrorKind::InvalidState
        );
        log_in(&mut client, &mut server, |_, _| {}).unwrap();
        assert_eq!(client.can_encrypt(), encrypt);
        assert!(client.can_sign() && server.can_sign());
        for round in 0..3 {
            let data = format!("message {round}").into_bytes();
            let sent = client.wrap(&data, encrypt).unwrap();
            assert_eq!(sent.ends_with(&data), !encrypt);
            assert_eq!(server.unwrap(&sent, encrypt).unwrap(), data);
            let signature = server.sign(&data).unwrap();
            client.verify(&data, &signature).unwrap();
        }
        client.restart_messages();
        server.restart_messages();
        let sent = client.wrap(b"anew", encrypt).unwrap();
        assert_eq!(server.unwrap(&sent, encrypt).unwrap(), b"anew");
        // Not the next one, not the peer's, changed.
        let sent = client.wrap(b"once", encrypt).unwrap();
        server.unwrap(&sent, encrypt).unwrap();
        assert_eq!(
            server.unwrap(&sent, encrypt).unwrap_err().kind(),
            LogonErrorKind::Tampered
        );
        let mut changed = client.wrap(b"again", encrypt).unwrap();
        changed[17] ^= 1;
        assert!(server.unwrap(&changed, encrypt).is_err());
    }
}

/// A client that asks for neither, as .NET does for `ProtectionLevel.None`, has keys all the same.
#[test]
fn what_is_agreed_on_for_messages() {
    let session = |more: u32| {
        let flags = flags::EXTENDED_SESSION_SECURITY | flags::ALWAYS_SIGN | more;
        Session::new(zeroize::Zeroizing::new([7; 16]), flags, End::Server)
    };
    for (more, signs) in [(0, false), (flags::SIGN, true), (flags::SEAL, true)] {
        let session = session(more);
        assert!(session.can_sign());
        assert_eq!(session.signs_messages(), signs, "{more:#x}");
    }
}

#[test]
fn hiding_is_refused_where_it_was_not_agreed_on() {
    let (mut client, mut server) = (client_with(|_| {}), server_with(|_| {}));
    log_in(&mut client, &mut server, |_, _| {}).unwrap();
    let error = client.wrap(b"data", true).unwrap_err();
    assert_eq!(error.kind(), LogonErrorKind::InvalidState);
}

#[test]
fn nothing_secret_is_shown() {
    assert_eq!(format!("{:?}", NtHash::of_password(PASSWORD)), "NtHash(..)");
    let step = published_client().step(None).unwrap();
    assert_eq!(
        format!("{step:?}"),
        "Step { message: Some(40), complete: false }"
    );
}

proptest! {
    /// Whatever comes, a message is refused with an error and nothing panics.
    #[test]
    fn hostile_messages(bytes in proptest::collection::vec(any::<u8>(), 0..200), kind in 1_u8..4) {
        let mut message = b"NTLMSSP\0".to_vec();
        message.extend_from_slice(&[kind, 0, 0, 0]);
        message.extend_from_slice(&bytes);
        let mut client = published_client();
        client.step(None).unwrap();
        let _ = client.step(Some(&message));
        let mut server = server_with(|_| {});
        let _ = server.step(Some(&message));
        let mut server = server_with(|_| {});
        server.step(Some(&unhex(NEGOTIATE))).unwrap();
        prop_assert!(server.step(Some(&message)).is_err());
        prop_assert!(!server.is_complete());
    }

    /// A good answer with any bytes replaced is no good answer.
    #[test]
    fn hostile_lengths(at in 12_usize..60, value: u8) {
        let mut message = unhex(AUTHENTICATE);
        message[at] = value;
        let mut server = server_with(|_| {});
        server.step(Some(&unhex(NEGOTIATE))).unwrap();
        prop_assert!(server.step(Some(&message)).is_err());
    }
}
