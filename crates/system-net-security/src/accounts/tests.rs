//! Lines of users files, files that change, and what each scheme asks.

use std::fs;
use std::sync::Arc;

use super::*;
use crate::ntlm::NtlmAccounts as _;

#[track_caller]
fn check_line(line: &str, expected: Result<&str, UserEntryError>) {
    let read = UserEntry::from_line(line).map(|entry| entry.to_line().to_string());
    assert_eq!(read.as_deref().map_err(Clone::clone), expected, "{line}");
}

#[test]
fn users_file_lines() {
    use UserEntryError as E;
    let nt = "8846f7eaee8fb117ad06bdd830b7586c";
    let md5 = "0".repeat(32);
    let sha = "a".repeat(64);
    for line in [
        "user=joe".to_owned(),
        format!("user=joe domain=SALES nt={nt}"),
        format!(
            "user=\"J\u{e4}s\u{f8}n Doe\" realm=\"a \\\"b\\\" \\\\ c\" md5={md5} sha-256={sha}"
        ),
        format!("user=ann realm=one md5={md5} realm=two sha-512-256={sha}"),
        format!("user=ann realm=\"\" md5={md5}"),
    ] {
        check_line(&line, Ok(&line));
    }
    let spread = format!("  USER=joe \t NT={}", nt.to_uppercase());
    check_line(&spread, Ok(&format!("user=joe nt={nt}")));
    for (line, error) in [
        ("joe", E::Syntax),
        ("user=", E::Syntax),
        ("user=\"\"", E::NoUser),
        ("nt=00", E::NoUser),
        ("user=\"joe", E::Syntax),
        ("user=\"joe\"x", E::Syntax),
        ("user=j\"oe", E::Syntax),
        ("user=\"a\\\\b\"", E::Character("user")),
        ("user=a:b", E::Character("user")),
        ("user=a domain=b:c", E::Character("domain")),
        ("user=joe user=ann", E::Twice("user".into())),
        ("user=joe nt=12", E::Hash("nt".into())),
        (
            "user=joe nt=\u{e4}846f7eaee8fb117ad06bdd830b7586c",
            E::Hash("nt".into()),
        ),
        (
            "user=joe nt=+846f7eaee8fb117ad06bdd830b7586c",
            E::Hash("nt".into()),
        ),
        ("user=joe md5=00", E::NoRealm("md5".into())),
        ("user=joe realm=r md5=00", E::Hash("md5".into())),
        ("user=joe password=x", E::UnknownField("password".into())),
    ] {
        check_line(line, Err(error));
    }
    let twice = format!("user=joe realm=r md5={md5} realm=s realm=r md5={md5}");
    check_line(&twice, Err(E::Twice("md5".into())));
}

/// Everything that schemes ask, of any list of users: `joe` has `secret`, `SALES\ann` has `€`.
fn check_users(users: &Arc<dyn CredentialValidator>) {
    let parse = UserName::parse;
    assert!(users.check_password(parse("joe"), "secret"));
    assert!(users.check_password(parse("SALES\\ann"), "\u{20ac}"));
    for (name, password) in [
        ("joe", "Secret"),
        ("joe", ""),
        ("JOE", "secret"),
        ("ann", "\u{20ac}"),
        ("SALES\\joe", "secret"),
        ("nobody", ""),
    ] {
        assert!(!users.check_password(parse(name), password), "{name}");
    }
    for hash in [DigestHash::Md5, DigestHash::Sha256] {
        let secret = users.digest_secret(parse("SALES\\ann"), "r", hash).unwrap();
        let expected = DigestSecret::of_password(hash, "SALES\\ann", "r", "\u{20ac}");
        assert_eq!(secret.as_hex(), expected.as_hex());
        assert!(users.digest_secret(parse("nobody"), "r", hash).is_none());
        let hidden = hash.of_user("SALES\\ann", "r");
        assert_eq!(
            users.user_of_hash(&hidden, "r", hash).as_deref(),
            Some("SALES\\ann")
        );
        assert_eq!(users.user_of_hash(&hidden, "s", hash), None);
    }
    let joe = NtHash::of_password("secret");
    assert_eq!(users.nt_hash(parse("JOE")), Some(joe.clone()));
    assert_eq!(users.nt_hash(parse("nobody")), None);
    let ntlm = NtlmUsers::new(Arc::clone(users));
    assert_eq!(ntlm.nt_hash("Joe", "WORKSTATION"), Some(joe));
    assert_eq!(
        ntlm.nt_hash("Ann", "sales"),
        Some(NtHash::of_password("\u{20ac}"))
    );
    assert_eq!(ntlm.nt_hash("ann", "WORKSTATION"), None);
}

fn entry(name: &str, domain: &str, password: &str) -> UserEntry {
    let mut entry = UserEntry::new(name, domain).unwrap();
    entry.set_nt_hash(password);
    for hash in [DigestHash::Md5, DigestHash::Sha256] {
        entry.set_digest("r", hash, "an older one").unwrap();
        entry.set_digest("r", hash, password).unwrap();
    }
    entry
}

#[test]
fn all_lists_answer_all_schemes() {
    let memory = Accounts::new();
    memory.add("joe", "", "before");
    memory.add("joe", "", "secret");
    memory.add("gone", "", "x");
    assert!(memory.remove("gone", "") && !memory.remove("gone", ""));
    memory.add("ann", "SALES", "\u{20ac}");
    check_users(&(Arc::new(memory) as _));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users");
    let (joe, ann) = (
        entry("joe", "", "secret"),
        entry("ann", "SALES", "\u{20ac}"),
    );
    let text = format!("# users\n\n{}\n{}\n", *joe.to_line(), *ann.to_line());
    fs::write(&path, text).unwrap();
    check_users(&(Arc::new(UsersFile::open(&path).unwrap()) as _));
}

#[test]
fn a_users_file_is_read_again_when_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users");
    let write = |text: &str| {
        let new = folder.path().join("new");
        fs::write(&new, text).unwrap();
        fs::rename(&new, &path).unwrap();
    };
    write(&entry("joe", "", "one").to_line());
    let users = UsersFile::open(&path).unwrap();
    let lets_in = |password| users.check_password(UserName::parse("joe"), password);
    assert!(lets_in("one"));
    write(&entry("joe", "", "two").to_line());
    assert!(lets_in("two") && !lets_in("one"));
    // What is wrong changes nothing.
    write("user=joe\nuser=JOE\n");
    assert!(lets_in("two"));
    fs::remove_file(&path).unwrap();
    assert!(lets_in("two"));
    write("# nobody\n");
    assert!(!lets_in("two"));
}

#[test]
fn errors_of_users_files_say_where() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users");
    let error = |text: &str| {
        fs::write(&path, text).unwrap();
        UsersFile::open(&path).unwrap_err().to_string()
    };
    let shown = path.display();
    let twice = error("user=joe\n# x\nuser=Joe\n");
    assert_eq!(twice, format!("{shown}, line 3: Joe stands there twice"));
    let hash = error("user=joe nt=secret");
    assert_eq!(
        hash,
        format!("{shown}, line 1: nt has not the hexadecimal digits it must have")
    );
    let missing = UsersFile::open(folder.path().join("none")).unwrap_err();
    assert!(std::error::Error::source(&missing).is_some());
    assert!(
        missing.to_string().ends_with("none cannot be read"),
        "{missing}"
    );
}

#[test]
fn nothing_shows_a_secret() {
    let entry = entry("joe", "", "secret");
    let memory = Accounts::new();
    memory.add("joe", "", "secret");
    let hash = entry.nt_hash().unwrap();
    let digest = entry.digest_secret("r", DigestHash::Md5).unwrap();
    let shown = format!("{entry:?} {memory:?} {hash:?} {digest:?}");
    let line = entry.to_line();
    for secret in line.split(' ').filter_map(|field| field.split_once('=')) {
        assert!(secret.1.len() < 32 || !shown.contains(secret.1), "{shown}");
    }
    assert!(!shown.contains("secret"), "{shown}");
}
