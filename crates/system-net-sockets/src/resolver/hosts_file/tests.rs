//! Tables of hosts and LMHOSTS files.

use proptest::prelude::*;

use super::*;

/// The lines as `address name,name`, with `+` for `#PRE` and `@domain`.
fn shown(file: &HostsFile) -> Vec<String> {
    let line = |entry: &HostsEntry| {
        let mut line = format!("{} {}", entry.address, entry.names.join(","));
        if entry.preloaded {
            line.push('+');
        }
        if let Some(domain) = &entry.domain {
            line.push_str(&format!("@{domain}"));
        }
        line
    };
    file.entries.iter().map(line).collect()
}

#[test]
fn hosts_file_lines() {
    #[track_caller]
    fn check(text: &str, expected: &[&str], malformed: &[usize]) {
        let file = HostsFile::parse(text);
        assert_eq!(shown(&file), expected, "{text:?}");
        assert_eq!(file.malformed_lines(), malformed, "{text:?}");
    }
    check("", &[], &[]);
    check(
        "127.0.0.1\tlocalhost\n::1 localhost ip6-localhost # loopback\r\n\n#10.0.0.1 x\n",
        &["127.0.0.1 localhost", "::1 localhost,ip6-localhost"],
        &[],
    );
    check("  fe80::1%1   near.test", &["fe80::1%1 near.test"], &[]);
    check("fe80::1%lo near.test", &["fe80::1%1 near.test"], &[]);
    check("10.0.0.1", &[], &[1]);
    check("10.0.0.1 # a", &[], &[1]);
    check(
        "a b\n0x7f.1 c\n127.1 d\n10.0.0.1 e",
        &["10.0.0.1 e"],
        &[1, 2, 3],
    );
    check("fe80::1%no-such-if0 x", &[], &[1]);
}

#[test]
fn lmhosts_lines() {
    #[track_caller]
    fn check(text: &str, expected: &[&str], malformed: &[usize]) {
        let file = HostsFile::parse_lmhosts(text, |_| None);
        assert_eq!(shown(&file), expected, "{text:?}");
        assert_eq!(file.malformed_lines(), malformed, "{text:?}");
    }
    check(
        "# a comment\n102.54.94.97     rhino         #PRE #DOM:networking  #net group's DC\n",
        &["102.54.94.97 rhino+@networking"],
        &[],
    );
    check(
        "102.54.94.102    \"appname  \\0x14\"                    #special app server",
        &[],
        &[],
    );
    check(
        "102.54.94.123    popular            #PRE    #source server",
        &["102.54.94.123 popular+"],
        &[],
    );
    check(
        "102.54.94.117    localsrv #PRE",
        &["102.54.94.117 localsrv+"],
        &[],
    );
    // Keywords are upper case, and end with the first comment.
    check("10.0.0.1 a #pre", &["10.0.0.1 a"], &[]);
    check("10.0.0.1 a # note #PRE", &["10.0.0.1 a"], &[]);
    check("10.0.0.1 a#PRE", &["10.0.0.1 a+"], &[]);
    check(
        "10.0.0.1 a #MH #NOFNR #SG:group #DOM:d",
        &["10.0.0.1 a@d"],
        &[],
    );
    check("10.0.0.1 \"a b\" #PRE", &["10.0.0.1 a b+"], &[]);
    check(
        "10.0.0.1 \"server         \\0x20\"",
        &["10.0.0.1 server"],
        &[],
    );
    check("10.0.0.1 \"server          \"", &["10.0.0.1 server"], &[]);
    check("10.0.0.1 \"group          x\"", &[], &[]);
    check(
        "10.0.0.1\nx y\n::1 six\n10.0.0.1 \"open\n0.0.0.0 z",
        &[],
        &[1, 2, 3, 4, 5],
    );
    check("#BEGIN_ALTERNATE\n#END_ALTERNATE\n#INCLUDE x", &[], &[]);
}

#[test]
fn lmhosts_includes() {
    let files = |path: &str| match path {
        r"\\one\public\lmhosts" => Some("10.1.0.1 one #PRE\nbad".to_owned()),
        r"\\two\public\lmhosts" => Some("10.2.0.1 two".to_owned()),
        "loop" => Some("10.3.0.1 again\n#INCLUDE loop".to_owned()),
        _ => None,
    };
    let text = "10.0.0.1 first\n#BEGIN_ALTERNATE\n#INCLUDE \\\\gone\\public\\lmhosts\n\
                #INCLUDE \\\\one\\public\\lmhosts\n#INCLUDE \\\\two\\public\\lmhosts\n\
                #END_ALTERNATE\n#INCLUDE \"\\\\two\\public\\lmhosts\"\n10.0.0.2 last";
    let file = HostsFile::parse_lmhosts(text, files);
    let expected = [
        "10.0.0.1 first",
        "10.1.0.1 one+",
        "10.2.0.1 two",
        "10.0.0.2 last",
    ];
    assert_eq!(shown(&file), expected);
    assert!(file.malformed_lines().is_empty());
    // Nobody leads it around in circles, or everywhere.
    let file = HostsFile::parse_lmhosts("#INCLUDE loop", files);
    assert_eq!(file.entries().len(), DEEPEST_INCLUDE);
    let many = "#INCLUDE \\\\two\\public\\lmhosts\n".repeat(MOST_INCLUDES + 1);
    let file = HostsFile::parse_lmhosts(&many, files);
    assert_eq!(file.entries().len(), MOST_INCLUDES);
}

proptest! {
    #[test]
    fn any_text_is_read(text in any::<String>(), lines in "[0-9.# \"\\\\x:A-Z\n\t]{0,200}") {
        for text in [text, lines] {
            for file in [HostsFile::parse(&text), HostsFile::parse_lmhosts(&text, |_| None)] {
                prop_assert!(file.entries().iter().all(|entry| !entry.names().is_empty()));
                let lines = text.lines().count();
                prop_assert!(file.entries().len() + file.malformed_lines().len() <= lines);
            }
        }
    }

    /// What is written is read again.
    #[test]
    fn lines_come_back(address in any::<u32>(), names in prop::collection::vec("[a-z][a-z0-9.-]{0,20}", 1..5)) {
        let address = Ipv4Addr::from(address);
        let file = HostsFile::parse(&format!("{address}  {} # end", names.join("\t")));
        prop_assert_eq!(file.entries().len(), 1);
        prop_assert_eq!(file.entries()[0].names(), names);
        prop_assert_eq!(file.entries()[0].address(), IpAddress::v4(address));
    }
}
