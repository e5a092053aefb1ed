//! What a server must refuse, and what a client must not be talked down to.

use std::time::Duration;

use system_net_primitives::FakeClock;

use super::super::nonces::{NonceKey, UsedNumbers};
use super::super::{
    DigestAlgorithm, DigestRefusal, DigestRequest, DigestServer, DigestServerOptions,
};
use super::*;
use crate::accounts::Accounts;

struct Setting {
    clock: Arc<FakeClock>,
    server: DigestServer,
    users: Accounts,
    client: Digest,
}

fn setting(change: impl FnOnce(&mut DigestServerOptions)) -> Setting {
    let clock = Arc::new(FakeClock::new());
    clock.advance(Duration::from_secs(1_000_000));
    let mut options = DigestServerOptions {
        clock: Arc::clone(&clock) as _,
        ..DigestServerOptions::default()
    };
    change(&mut options);
    let users = Accounts::new();
    users.add("joe", "", "secret");
    Setting {
        clock,
        server: DigestServer::new("r", options).unwrap(),
        users,
        client: Digest::new(),
    }
}

impl Setting {
    fn field(&self, who: &NetworkCredential) -> String {
        let challenges = self.server.challenges(false).unwrap();
        let challenges: Vec<&str> = challenges.iter().map(|field| &**field).collect();
        let mut exchange = Exchange::new("http://example.org/dir/index.html?q=1");
        let answer = exchange.answer_by(&self.client, &challenges, who).unwrap();
        answer.message().to_owned()
    }

    fn check(&self, field: &str) -> Result<String, DigestRefusal> {
        self.check_at(field, &DigestRequest::new("GET", "/dir/index.html?q=1"))
    }

    fn check_at(&self, field: &str, request: &DigestRequest<'_>) -> Result<String, DigestRefusal> {
        let accepted = self.server.check(field.as_bytes(), request, &self.users)?;
        Ok(accepted.user_name().to_owned())
    }
}

#[test]
fn digest_downgrade_and_replay() {
    let it = setting(|_| ());
    let field = it.field(&joe());
    assert!(
        field.contains("algorithm=SHA-256"),
        "the strongest of what is offered: {field}"
    );
    assert_eq!(it.check(&field).as_deref(), Ok("joe"));
    // Replay, of the same and of an earlier number.
    assert_eq!(it.check(&field), Err(DigestRefusal::Replayed));
    assert!(DigestRefusal::Replayed.is_stale());

    // Every change of what is proved is noticed. `response` is last: it is hexadecimal.
    let fresh = it.field(&joe());
    let changed = |name: &str, to: &str| {
        let parsed = Challenge::parse_credentials(fresh.as_bytes()).unwrap();
        let value = parsed.parameter(name).unwrap();
        let quoted = format!("{name}=\"{value}\"");
        match fresh.contains(&quoted) {
            true => fresh.replacen(&quoted, &format!("{name}=\"{to}\""), 1),
            false => fresh.replacen(&format!("{name}={value}"), &format!("{name}={to}"), 1),
        }
    };
    for (name, to, expected) in [
        ("username", "ann", DigestRefusal::WrongPassword),
        ("realm", "other", DigestRefusal::NotOffered),
        ("nonce", "AAAA", DigestRefusal::WrongPassword),
        ("uri", "/other", DigestRefusal::OtherTarget),
        ("response", &"0".repeat(64), DigestRefusal::WrongPassword),
        ("response", "", DigestRefusal::WrongPassword),
        ("algorithm", "MD5", DigestRefusal::WrongPassword),
        ("algorithm", "SHA-512-256", DigestRefusal::NotOffered),
        ("algorithm", "SHA-1", DigestRefusal::NotOffered),
        ("qop", "auth-int", DigestRefusal::NotOffered),
        ("qop", "none", DigestRefusal::NotOffered),
        ("nc", "00000002", DigestRefusal::WrongPassword),
        ("nc", "1", DigestRefusal::Malformed),
        ("nc", "+0000001", DigestRefusal::Malformed),
        ("cnonce", "other", DigestRefusal::WrongPassword),
    ] {
        let changed = changed(name, to);
        assert_ne!(changed, fresh, "{name}");
        assert_eq!(it.check(&changed), Err(expected), "{name}={to}");
    }
    let other_method = DigestRequest::new("DELETE", "/dir/index.html?q=1");
    assert_eq!(
        it.check_at(&fresh, &other_method),
        Err(DigestRefusal::WrongPassword)
    );
    let other_target = DigestRequest::new("GET", "/dir/index.html");
    assert_eq!(
        it.check_at(&fresh, &other_target),
        Err(DigestRefusal::OtherTarget)
    );
    assert_eq!(
        it.check(&format!("{fresh}, nc=00000001")),
        Err(DigestRefusal::Malformed)
    );
    assert_eq!(
        it.check(&fresh).as_deref(),
        Ok("joe"),
        "none of that used it up"
    );

    // Nobody, and a wrong password.
    let nobody = NetworkCredential::new("nobody", "");
    assert_eq!(
        it.check(&it.field(&nobody)),
        Err(DigestRefusal::WrongPassword)
    );
    let wrong = NetworkCredential::new("joe", "Secret");
    assert_eq!(
        it.check(&it.field(&wrong)),
        Err(DigestRefusal::WrongPassword)
    );
}

#[test]
fn without_qop_only_where_it_is_allowed_and_once() {
    let strip = |field: &str| {
        // What a client of RFC 2069 makes of the challenge, by hand.
        let parsed = Challenge::parse_credentials(field.as_bytes()).unwrap();
        let nonce = parsed.parameter("nonce").unwrap();
        let challenge = format!("Digest realm=\"r\", nonce=\"{nonce}\", algorithm=MD5");
        let mut exchange = Exchange::new("http://example.org/dir/index.html?q=1");
        let answer = exchange.answer(&client(), &challenge).unwrap();
        assert!(!answer.message().contains("qop"));
        answer.message().to_owned()
    };
    let it = setting(|_| ());
    assert_eq!(
        it.check(&strip(&it.field(&joe()))),
        Err(DigestRefusal::NotOffered)
    );
    let it = setting(|options| options.allow_without_qop = true);
    let field = strip(&it.field(&joe()));
    assert_eq!(it.check(&field).as_deref(), Ok("joe"));
    assert_eq!(it.check(&field), Err(DigestRefusal::Replayed));
}

#[test]
fn nonces_become_stale() {
    let it = setting(|_| ());
    let field = it.field(&joe());
    it.clock.advance(Duration::from_secs(301));
    assert_eq!(it.check(&field), Err(DigestRefusal::Stale));
    // Of another server with the same users: right, but not here.
    let other = setting(|_| ());
    assert_eq!(it.check(&other.field(&joe())), Err(DigestRefusal::Stale));
    let wrong = NetworkCredential::new("joe", "x");
    assert_eq!(
        it.check(&other.field(&wrong)),
        Err(DigestRefusal::WrongPassword)
    );

    let it = setting(|options| options.max_nonces = 2);
    let fields: Vec<String> = (0..4)
        .map(|_| {
            it.clock.advance(Duration::from_millis(1));
            it.field(&joe())
        })
        .collect();
    for field in &fields[1..] {
        assert_eq!(it.check(field).as_deref(), Ok("joe"));
    }
    for field in &fields[..2] {
        assert_eq!(
            it.check(field),
            Err(DigestRefusal::Stale),
            "forgotten for want of room"
        );
    }
    assert_eq!(it.check(&fields[3]), Err(DigestRefusal::Replayed));
}

#[test]
fn the_target_may_be_written_with_its_host() {
    let it = setting(|_| ());
    let challenge = || it.server.challenges(false).unwrap().remove(0);
    let field = |target: &'static str| {
        let mut exchange = Exchange::new("http://proxy/");
        exchange.proxied = Some(target);
        exchange
            .answer(&it.client, &challenge())
            .unwrap()
            .message()
            .to_owned()
    };
    let absolute = "http://example.org/a?b";
    let here = DigestRequest::new("GET", "/a?b").at("Example.org");
    let elsewhere = DigestRequest::new("GET", "/a?b").at("evil.example");
    let nowhere = DigestRequest::new("GET", "/a?b");
    let proxy = DigestRequest::new("GET", absolute);
    assert_eq!(it.check_at(&field(absolute), &here).as_deref(), Ok("joe"));
    assert_eq!(
        it.check_at(&field(absolute), &elsewhere),
        Err(DigestRefusal::OtherTarget)
    );
    assert_eq!(
        it.check_at(&field(absolute), &nowhere),
        Err(DigestRefusal::OtherTarget)
    );
    assert_eq!(it.check_at(&field(absolute), &proxy).as_deref(), Ok("joe"));
    assert_eq!(it.check_at(&field("/a?b"), &proxy).as_deref(), Ok("joe"));
    assert_eq!(
        it.check_at(&field("/a"), &proxy),
        Err(DigestRefusal::OtherTarget)
    );
    let query = DigestRequest::new("GET", "/r?u=http://h/a?b");
    assert_eq!(
        it.check_at(&field("/a?b"), &query),
        Err(DigestRefusal::OtherTarget)
    );
}

#[test]
fn numbers_are_taken_once_in_any_order() {
    let mut used = UsedNumbers::new(2);
    let id = |time| (time, [0; 8]);
    let mut take = |number| used.take(id(1), number, "", 0);
    assert!(take(5) && take(3) && take(4) && !take(3) && !take(5));
    assert!(take(1) && !take(1) && !take(0));
    assert!(take(132), "ahead");
    assert!(!take(4), "too far back");
    assert!(!take(5), "used, and at the edge of what is known");
    assert!(take(6) && !take(6));
    assert!(take(u32::MAX) && !take(u32::MAX) && !take(200));
    assert!(used.take(id(2), 1, "", 0) && used.take(id(3), 1, "", 0));
    assert_eq!(used.len(), 2);
    assert!(!used.take(id(1), 7, "", 0), "forgotten");
    assert!(used.take(id(9), 1, "", 4));
    assert_eq!(used.len(), 1, "what is too old anyway goes first");
}

#[test]
fn one_of_many_threads_wins() {
    let it = setting(|_| ());
    let field = it.field(&joe());
    let won: usize = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| it.check(&field).is_ok()))
            .collect();
        tries
            .into_iter()
            .map(|thread| usize::from(thread.join().unwrap()))
            .sum()
    });
    assert_eq!(won, 1);
}

#[test]
fn every_bit_of_a_nonce_counts() {
    let key = NonceKey::new(&Counting::default()).unwrap();
    let nonce = key.make(7, "r", &Counting::default()).unwrap();
    assert_eq!(key.read(&nonce, "r").map(|id| id.0), Some(7));
    assert_eq!(key.read(&nonce, "s"), None);
    for at in 0..nonce.len() {
        let mut bytes = nonce.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        assert_eq!(key.read(&changed, "r"), None, "{at}");
    }
    for cut in 0..nonce.len() {
        assert_eq!(key.read(&nonce[..cut], "r"), None);
    }
}

#[test]
fn fields_that_are_none_are_refused() {
    let it = setting(|options| options.algorithms = vec![DigestAlgorithm::MD5]);
    for (field, expected) in [
        ("", DigestRefusal::Malformed),
        ("Basic abc", DigestRefusal::OtherScheme),
        ("Digest", DigestRefusal::Malformed),
        ("Digest abc", DigestRefusal::Malformed),
        ("Digest username=\"joe\"", DigestRefusal::Malformed),
        (
            "Digest username=a, username*=UTF-8''a, realm=r, nonce=n, uri=\"/\", response=0",
            DigestRefusal::Malformed,
        ),
        (
            "Digest username=a, USERNAME=b, realm=r, nonce=n, uri=\"/\", response=0",
            DigestRefusal::Malformed,
        ),
        (
            "Digest username*=x''a, realm=r, nonce=n, uri=\"/\", response=0",
            DigestRefusal::Malformed,
        ),
        (
            "Digest username=a, realm=r, nonce=n, uri=\"/\", response=0, qop=auth",
            DigestRefusal::Malformed,
        ),
    ] {
        assert_eq!(it.check(field), Err(expected), "{field}");
    }
    assert_eq!(DigestRefusal::Malformed.status_code(), 400);
    assert_eq!(DigestRefusal::WrongPassword.status_code(), 401);
}
