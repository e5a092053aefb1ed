//! Tables of files, and of the addresses that must not be taken for a host of one.

use std::io::Write;

use proptest::prelude::*;
use system_net_uri::Uri;

use super::Netrc;

#[track_caller]
fn found(netrc: &str, url: &str, user: Option<&str>) -> Option<(String, String)> {
    let netrc = Netrc::parse(netrc).unwrap();
    let credential = netrc.find(&Uri::parse(url).unwrap(), user)?;
    Some((
        credential.user_name().to_owned(),
        credential.password().to_owned(),
    ))
}

#[track_caller]
fn check(netrc: &str, expected: Option<(&str, &str)>) {
    let found = found(netrc, "http://h/", None);
    let found = found.as_ref().map(|(user, word)| (&**user, &**word));
    assert_eq!(found, expected, "{netrc:?}");
}

#[test]
fn netrc_forms() {
    let both = Some(("u", "p"));
    for text in [
        "machine h login u password p",
        "machine h password p login u",
        "machine h\nlogin u\r\n\tpassword p\n",
        "\u{feff}machine h login u password p",
        "# machine h login x password y\nmachine h login u password p",
        "  # h\n\t#\nmachine h login u account a password p",
        "machine \"h\" login \"u\" password \"p\"",
        "machine other login x password y machine h login u password p",
        "macdef init\nmachine h login x password y\n\nmachine h login u password p",
        "macdef init\r\nbinary\r\n\r\nmachine h login u password p",
        "default login u password p",
        "default login x password y\nmachine h login u password p",
        "machine h login u password p\nmachine h login x password y",
        "machine H login u password p",
    ] {
        check(text, both);
    }
    for (text, word) in [
        ("machine h login u password #1", "#1"),
        ("machine h login u password a#1", "a#1"),
        ("machine h login u password machine", "machine"),
        ("machine h login u password \"a b\"", "a b"),
        (
            r#"machine h login u password "a\"b\\c\n\r\t\x""#,
            "a\"b\\c\n\r\tx",
        ),
        ("machine h login u password \"\"", ""),
        ("machine h login u password a\"b", "a\"b"),
        (
            "machine h login u password \u{e4}\u{4e2d}",
            "\u{e4}\u{4e2d}",
        ),
        ("machine h login u password a\u{a0}b", "a\u{a0}b"),
        // What an entry leaves out is nobody else's: not the next one's, and not the default's.
        ("machine h login u\nmachine x login y password z", ""),
        ("machine h login u\ndefault login y password z", ""),
    ] {
        check(text, Some(("u", word)));
    }
    check("machine h password p", Some(("", "p")));
    check("", None);
    check("machine x login u password p", None);
    check("login u password p", None);
}

/// The host of the parsed address is compared, and nothing else: no user information, path, query,
/// fragment or port passes for it, nor a host that ends or begins like it.
#[test]
fn netrc_host_match() {
    const FILE: &str = "machine good.example login u password p\n\
        machine 127.0.0.1 login four password p\nmachine ::1 login six password p\n\
        machine xn--4ca.example login idn password p\nmachine host:80 login port password p";
    for (url, user) in [
        ("http://good.example/", Some("u")),
        ("https://GOOD.example:8443/a?b#c", Some("u")),
        ("ftp://good.example/", Some("u")),
        ("http://127.0.0.1:80/", Some("four")),
        ("http://[::1]/", Some("six")),
        ("http://\u{e4}.example/", Some("idn")),
        ("http://xn--4ca.example/", Some("idn")),
        ("http://good.example@evil.example/", None),
        ("http://good.example:80@evil.example/", None),
        ("http://good.example%40@evil.example/", None),
        ("http://evil.example/good.example", None),
        ("http://evil.example/@good.example/", None),
        ("http://evil.example?@good.example/", None),
        ("http://evil.example#@good.example/", None),
        ("http://evil.example\\good.example/", None),
        ("http://evilgood.example/", None),
        ("http://good.example.evil.example/", None),
        ("http://sub.good.example/", None),
        ("http://good.exampl/", None),
        ("http://host:80/", None),
        ("http://[::127.0.0.1]/", None),
        ("http://[::ffff:127.0.0.1]/", None),
        ("file:///good.example", None),
        ("mailto:x@evil.example", None),
    ] {
        // What is no address has no host.
        let uri = Uri::parse(url).ok();
        let found = uri.and_then(|uri| Netrc::parse(FILE).unwrap().find(&uri, None));
        assert_eq!(found.as_ref().map(|found| found.user_name()), user, "{url}");
    }
}

/// A name in the address chooses among the entries of the host; it never gets another name's
/// password.
#[test]
fn netrc_users_of_one_host() {
    const FILE: &str = "machine h login a password 1\nmachine h login b password 2\n\
        machine h password 3\ndefault login d password 4";
    for (user, expected) in [
        (None, Some(("a", "1"))),
        (Some("a"), Some(("a", "1"))),
        (Some("b"), Some(("b", "2"))),
        (Some("B"), None),
        (Some("c"), None),
        (Some("d"), None),
    ] {
        let found = found(FILE, "http://h/", user);
        let found = found.as_ref().map(|(user, word)| (&**user, &**word));
        assert_eq!(found, expected, "{user:?}");
    }
    let other = found(FILE, "http://x/", None);
    assert_eq!(other.unwrap(), ("d".to_owned(), "4".to_owned()));
    assert_eq!(found(FILE, "http://x/", Some("d")), None);
}

#[test]
fn netrc_mistakes_are_told_without_words() {
    for (text, line) in [
        ("machine", 1),
        ("machine h\nlogin", 2),
        ("machine h login secret password", 1),
        ("machine h\nlogin u\npassword \"secret", 3),
        ("machine h login u password \"secret\nmachine x\"", 1),
        ("machine h login u password \"secret\\", 1),
        ("\n\nmachine h account", 3),
    ] {
        let error = Netrc::parse(text).unwrap_err();
        assert_eq!(error.line(), Some(line), "{text:?}");
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("secret"), "{shown}");
        assert!(shown.starts_with(&format!("line {line} of the netrc file: ")));
    }
    // Words without a meaning: their lines, once each.
    let odd =
        Netrc::parse("u\nmachine h login a password my secret word\nlogin b\n\nsecret").unwrap();
    assert_eq!(odd.skipped_lines(), [1, 2, 5]);
    assert!(!format!("{odd:?}").contains("my"), "{odd:?}");
    assert_eq!(format!("{odd:?}"), "{\"h\": \"b\"}");
}

#[test]
fn netrc_length_is_limited() {
    let text = |length: usize| {
        let mut text = "machine h login u password p\n#".to_owned();
        text.extend(std::iter::repeat_n('x', length - text.len()));
        text
    };
    check(&text(Netrc::MAX_LENGTH), Some(("u", "p")));
    let long = text(Netrc::MAX_LENGTH + 1);
    let error = Netrc::parse(&long).unwrap_err();
    assert!(error.to_string().contains("1048576 bytes"), "{error}");
    assert_eq!(error.line(), None);
    for (length, is_read) in [(Netrc::MAX_LENGTH, true), (Netrc::MAX_LENGTH + 1, false)] {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text(length).as_bytes()).unwrap();
        assert_eq!(Netrc::load(file.path()).is_ok(), is_read, "{length}");
    }
}

#[test]
fn netrc_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("netrc");
    let error = Netrc::load(&path).unwrap_err();
    let cause = error.io_error().unwrap();
    assert_eq!(cause.kind(), std::io::ErrorKind::NotFound);
    assert!(std::error::Error::source(&error).is_some());

    std::fs::write(&path, b"machine h\nlogin \xff").unwrap();
    let error = Netrc::load(&path).unwrap_err();
    assert_eq!(error.line(), Some(2), "{error}");

    std::fs::write(&path, "machine h login u password p").unwrap();
    assert!(!Netrc::parse("machine h").unwrap().readable_by_others());
    #[cfg(unix)]
    for (mode, others) in [
        (0o600, false),
        (0o400, false),
        (0o640, true),
        (0o604, true),
        (0o622, false),
    ] {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let netrc = Netrc::load(&path).unwrap();
        assert_eq!(netrc.readable_by_others(), others, "{mode:o}");
        assert!(
            netrc
                .find(&Uri::parse("http://h/").unwrap(), None)
                .is_some()
        );
    }
}

/// As a word of a file that says the text.
fn quoted(text: &str) -> String {
    let mut word = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => word.extend(['\\', character]),
            '\n' => word.push_str("\\n"),
            other => word.push(other),
        }
    }
    word + "\""
}

proptest! {
    /// Whatever the words are, each host gets its own.
    #[test]
    fn netrc_round_trip(words in prop::collection::vec(("\\PC{0,12}", ".{0,12}"), 1..6)) {
        let mut text = String::new();
        for (index, (user, password)) in words.iter().enumerate() {
            let (user, password) = (quoted(user), quoted(password));
            text.push_str(&format!("machine h{index} login {user} password {password}\n"));
        }
        for (index, (user, password)) in words.iter().enumerate() {
            let found = found(&text, &format!("http://h{index}/"), None);
            prop_assert_eq!(found, Some((user.clone(), password.clone())));
        }
    }
}
