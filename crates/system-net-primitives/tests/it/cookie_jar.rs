// The jar on disk: the format of Netscape, there and back, and what is no jar.

use std::fs::File;
use std::io::BufReader;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use system_net_primitives::{CookieContainer, FakeClock};
use system_net_uri::Uri;

fn uri(text: &str) -> Uri {
    Uri::parse(text).unwrap()
}

fn container() -> (CookieContainer, Arc<FakeClock>) {
    let clock = Arc::new(FakeClock::new());
    let jar = CookieContainer::new();
    jar.set_clock(clock.clone());
    (jar, clock)
}

fn written(jar: &CookieContainer) -> String {
    let mut file = Vec::new();
    jar.write_netscape(&mut file).unwrap();
    String::from_utf8(file).unwrap()
}

/// The lines that hold cookies.
fn lines(jar: &CookieContainer) -> Vec<String> {
    written(jar)
        .lines()
        .filter(|line| {
            !line.is_empty() && (!line.starts_with('#') || line.starts_with("#HttpOnly_"))
        })
        .map(str::to_owned)
        .collect()
}

#[test]
fn cookie_jar_is_written_as_curl_reads_it() {
    let (jar, _) = container();
    let https = uri("https://www.example.com/a/b");
    for field in [
        "session=1",
        "d=2; Domain=example.com; Path=/; Max-Age=100; Secure",
        "h=3; HttpOnly; Path=/x; Expires=Sat, 02 Jan 2010 00:00:00 GMT",
        "empty=",
        "ports=1; port=\"443\"",
        "discarded=1; discard",
    ] {
        jar.set_cookies(&https, field).unwrap();
    }
    jar.set_cookies(&uri("http://127.0.0.1/"), "v4=1").unwrap();
    jar.set_cookies(&uri("http://[::1]/"), "v6=1").unwrap();
    assert!(written(&jar).starts_with("# Netscape HTTP Cookie File\n"));
    assert_eq!(
        lines(&jar),
        [
            "www.example.com\tFALSE\t/a\tFALSE\t0\tsession\t1",
            ".example.com\tTRUE\t/\tTRUE\t1262304100\td\t2",
            "#HttpOnly_www.example.com\tFALSE\t/x\tFALSE\t1262390400\th\t3",
            "www.example.com\tFALSE\t/a\tFALSE\t0\tempty\t",
            "127.0.0.1\tFALSE\t/\tFALSE\t0\tv4\t1",
            "::1\tFALSE\t/\tFALSE\t0\tv6\t1",
        ]
    );
}

#[test]
fn cookie_jar_on_disk_there_and_back() {
    let (jar, _) = container();
    let https = uri("https://www.example.com/a/b");
    for field in [
        "session=1; Path=/",
        "d=2; Domain=example.com; Path=/; Max-Age=100; Secure; HttpOnly",
        "q=\"a,b;c\"; Path=/a",
        "umlaut=\u{e4}\u{4e2d}; Path=/a",
        "tab=a\tb; Path=/a",
        "__Host-x=1; Secure; Path=/",
    ] {
        jar.set_cookies(&https, field).unwrap();
    }
    jar.set_cookies(&uri("http://[fe80::1]/"), "v6=1").unwrap();
    let path = std::env::temp_dir().join(format!("system-net-jar-{}", std::process::id()));
    jar.write_netscape(File::create(&path).unwrap()).unwrap();
    let (again, clock) = container();
    let count = again.read_netscape(BufReader::new(File::open(&path).unwrap()));
    std::fs::remove_file(&path).unwrap();
    assert_eq!(count.unwrap(), 7);
    assert_eq!(written(&again), written(&jar));
    for address in [
        "https://www.example.com/a",
        "http://x.example.com/",
        "http://[fe80::1]/",
    ] {
        let [old, new] = [&jar, &again].map(|jar| jar.get_cookie_header(&uri(address)));
        assert_eq!(old, new, "{address}");
    }
    clock.advance(Duration::from_secs(100));
    assert!(!again.get_cookie_header(&https).contains("d=2"));
}

#[test]
fn cookie_jar_of_others_is_read() {
    // As curl, wget and exports of browsers have it: comments, Windows' line ends, no tab in front
    // of an empty value, a domain with and without its dot, Latin-1.
    let text = b"# HTTP Cookie File\r\n\r\n\
        .example.com\tTRUE\t/\tFALSE\t1893456000\ta\t1\r\n\
        example.com\tTRUE\t/\tFALSE\t1893456000\tb\t2\r\n\
        #HttpOnly_www.example.com\tFALSE\t/\tTRUE\t0\tc\t3\r\n\
        www.example.com\tfalse\t/\tfalse\t0\td\r\n\
        www.example.com\tFALSE\t/\tFALSE\t1\told\tgone\r\n\
        # .example.com\tTRUE\t/\tFALSE\t0\tcomment\t1\r\n\
        www.example.com\tFALSE\t/\tFALSE\t0\te\t\xe4";
    let (jar, _) = container();
    assert_eq!(jar.read_netscape(&text[..]).unwrap(), 5);
    assert_eq!(
        jar.get_cookie_header(&uri("https://www.example.com/")),
        "a=1; b=2; c=3; d=; e=\u{e4}"
    );
    assert_eq!(
        jar.get_cookie_header(&uri("http://x.example.com/")),
        "a=1; b=2"
    );
    let cookies = jar.get_all_cookies();
    assert!(cookies.get("c").unwrap().http_only());
}

#[test]
fn cookie_jar_faults_name_their_line() {
    let good = "h\tFALSE\t/\tFALSE\t0\tgood\t1\n";
    let long = format!("h\tFALSE\t/\tFALSE\t0\ta\t{}", "x".repeat(4096));
    let longest = "x".repeat(64 * 1024 + 1);
    for (line, says) in [
        ("h", "seven fields"),
        ("h\tFALSE\t/\tFALSE\t0", "seven fields"),
        ("h FALSE / FALSE 0 a b", "seven fields"),
        ("h\tyes\t/\tFALSE\t0\ta\tb", "TRUE or FALSE"),
        ("h\tFALSE\t/\t1\t0\ta\tb", "TRUE or FALSE"),
        ("h\tFALSE\t/\tFALSE\tsoon\ta\tb", "seconds"),
        ("h\tFALSE\t/\tFALSE\t0\t\tb", "not a cookie"),
        ("h\tFALSE\t/\tFALSE\t0\ta=\tb", "not a cookie"),
        ("h\tFALSE\t/\tFALSE\t0\ta\tb;c", "not a cookie"),
        ("h\tFALSE\t/\tFALSE\t9223372036854775807\ta\tb", ""),
        (".co.uk.\tTRUE\t/\tFALSE\t0\ta\tb", ""),
        ("h\tFALSE\t/\tFALSE\t0\t__Host-a\tb", "not a cookie"),
        (&long, "not a cookie"),
        (&longest, "64 KiB"),
    ] {
        let (jar, _) = container();
        let text = format!("# first\n{good}{line}\n");
        match jar.read_netscape(text.as_bytes()) {
            Ok(_) => assert!(says.is_empty(), "{line}"),
            Err(error) => {
                assert_eq!(error.line(), 3, "{line}");
                assert!(error.to_string().contains(says), "{error}");
                // Nothing of a jar that cannot be read, but for what is too long to keep.
                assert!(jar.count() == 0 || line == long, "{line}");
            }
        }
    }
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("broken"))
        }
    }
    let error = container()
        .0
        .read_netscape(BufReader::new(Broken))
        .unwrap_err();
    assert_eq!(error.io_error().unwrap().to_string(), "broken");
    assert_eq!(error.line(), 1);
}

/// A line of a file cannot be for all of a public suffix: it stands for that host alone.
#[test]
fn cookie_jar_opens_no_public_suffix() {
    let (jar, _) = container();
    jar.read_netscape(&b".co.uk\tTRUE\t/\tFALSE\t0\ta\tb\n.com\tTRUE\t/\tFALSE\t0\ta\tb\n"[..])
        .unwrap();
    assert_eq!(jar.get_cookie_header(&uri("http://example.co.uk/")), "");
    assert_eq!(jar.get_cookie_header(&uri("http://example.com/")), "");
}

proptest! {
    #[test]
    fn cookie_jar_round_trip(
        name in "[!#-+\\-.0-9:<>-~]{1,12}",
        value in "[ -~&&[^;,]]{0,20}",
        path in "(/[a-z%0-9]{0,5}){1,3}",
        below in any::<bool>(),
        secure in any::<bool>(),
        life in prop::option::of(1_u32..1_000_000),
    ) {
        prop_assume!(!name.starts_with('$') && !name.starts_with("__"));
        let (jar, _) = container();
        let mut field = format!("{name}={value}; Path={path}");
        if below {
            field += "; Domain=example.com";
        }
        if secure {
            field += "; Secure";
        }
        if let Some(life) = life {
            field += &format!("; Max-Age={life}");
        }
        let page = uri("https://www.example.com/");
        prop_assume!(jar.set_cookies(&page, &field).is_ok());
        let (again, _) = container();
        prop_assert_eq!(again.read_netscape(written(&jar).as_bytes()).unwrap(), jar.count());
        prop_assert_eq!(written(&again), written(&jar));
        let (old, new) = (jar.get_all_cookies(), again.get_all_cookies());
        for (old, new) in old.iter().zip(&new) {
            prop_assert_eq!(old.value(), new.value());
            prop_assert_eq!(old.expires(), new.expires());
            prop_assert_eq!(old.secure(), new.secure());
        }
    }

    #[test]
    fn cookie_jar_of_anything_is_read_or_refused(text in "([.#a-z0-9HttpOnly_]{0,12}\t){0,8}\\PC{0,20}\n?") {
        let (jar, _) = container();
        if let Ok(count) = jar.read_netscape(text.as_bytes()) {
            prop_assert!(jar.count() <= count);
        }
    }
}
