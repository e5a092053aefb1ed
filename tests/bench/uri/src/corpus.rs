//! Texts to parse: a mix as programs meet it, always the same, and texts made to be slow.

use std::fmt::Write;

const HOSTS: [&str; 8] = [
    "example.com",
    "www.example.org",
    "api.service.internal",
    "cdn-17.static.example.net",
    "localhost",
    "a.b.c.d.e.example.co.uk",
    "EXAMPLE.com",
    "xn--bcher-kva.example",
];

const WORDS: [&str; 28] = [
    "index",
    "images",
    "v1",
    "v2",
    "users",
    "orders",
    "search",
    "static",
    "assets",
    "js",
    "css",
    "item",
    "product",
    "2024",
    "report",
    "data",
    "export",
    "api",
    "auth",
    "login",
    "token",
    "a",
    "b",
    "c",
    "long-segment-name-with-dashes",
    "under_score",
    "readme.txt",
    "photo.jpeg",
];

/// Lines as programs meet them: nine of ten are http or https, some with user info, a port, an
/// address, an escape or dots to resolve; the rest ftp, file, ws, mailto and urn.
pub fn usual(lines: usize) -> String {
    let mut random = Random(0x5DEE_CE66);
    let mut out = String::with_capacity(lines * 64);
    for _ in 0..lines {
        line(&mut random, &mut out);
        out.push('\n');
    }
    out
}

/// The kinds of [`hostile`].
pub const HOSTILE: [&str; 8] = [
    "dots", "escapes", "labels", "users", "slashes", "colons", "unicode", "percents",
];

/// One line of about `length` bytes that repeats what a careless parser looks at again and again.
pub fn hostile(kind: &str, length: usize) -> String {
    let (head, piece, tail) = match kind {
        "dots" => ("http://h/", "a/../", ""),
        "escapes" => ("http://h/", "%C3%A4%41", ""),
        "labels" => ("http://", "a.", "com/"),
        "users" => ("http://", "a:@", "h/"),
        "slashes" => ("file:", "/\\", "h"),
        "colons" => ("http://h/", ":", "?::#:"),
        "unicode" => ("http://\u{e4}.com/", "\u{e4}\u{1f600}", ""),
        _ => ("http://h/?", "%", ""),
    };
    let pieces = length.saturating_sub(head.len() + tail.len()) / piece.len();
    format!("{head}{}{tail}\n", piece.repeat(pieces))
}

fn line(random: &mut Random, out: &mut String) {
    match random.below(100) {
        0..90 => web(random, out),
        90..94 => {
            let _ = write!(out, "ftp://{}", random.one_of(&HOSTS));
            path(random, 1, 4, out);
        }
        94..97 => {
            out.push_str("file://");
            path(random, 1, 5, out);
        }
        97 => {
            out.push_str("ws://");
            host(random, out);
            path(random, 2, 2, out);
        }
        98 => {
            out.push_str("mailto:");
            segment(random, out);
            let _ = write!(out, "@{}", random.one_of(&HOSTS));
        }
        _ => {
            let _ = write!(out, "urn:isbn:{}", random.below(10_000_000_000_000));
        }
    }
}

fn web(random: &mut Random, out: &mut String) {
    let scheme = if random.below(10) < 7 {
        "https"
    } else {
        "http"
    };
    let _ = write!(out, "{scheme}://");
    if random.below(100) < 3 {
        out.push_str("user:pa%40ss@");
    }
    host(random, out);
    if random.below(4) == 0 {
        let port = random.one_of(&["80", "443", "8080", "8443", "3000"]);
        let _ = write!(out, ":{port}");
    }
    path(random, 0, 6, out);
    if random.below(100) < 3 {
        out.push_str("/../");
        segment(random, out);
        out.push_str("/./");
        segment(random, out);
    }
    if random.below(100) < 45 {
        for i in 0..=random.below(5) {
            out.push(if i == 0 { '?' } else { '&' });
            let _ = write!(out, "{}=", random.one_of(&WORDS));
            segment(random, out);
        }
    }
    if random.below(100) < 12 {
        out.push('#');
        segment(random, out);
    }
}

fn host(random: &mut Random, out: &mut String) {
    let _ = match random.below(100) {
        0..8 => {
            let mut number = || 1 + random.below(254);
            write!(out, "{}.{}.{}.{}", number(), number(), number(), number())
        }
        8..12 => write!(
            out,
            "[2001:db8::{:x}:{:x}]",
            random.below(65536),
            random.below(65536)
        ),
        _ => write!(out, "{}", random.one_of(&HOSTS)),
    };
}

fn path(random: &mut Random, least: u64, most: u64, out: &mut String) {
    out.push('/');
    let count = least + random.below(most - least + 1);
    for i in 0..count {
        if i > 0 {
            out.push('/');
        }
        segment(random, out);
    }
}

fn segment(random: &mut Random, out: &mut String) {
    out.push_str(random.one_of(&WORDS));
    match random.below(100) {
        0..8 => {
            let _ = write!(out, "%20{}", random.one_of(&WORDS));
        }
        8..12 => out.push_str("%C3%A9"),
        12..20 => {
            let _ = write!(out, "{}", random.below(1_000_000));
        }
        _ => {}
    }
}

/// A sequence that is the same in every run (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = u128::from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D));
        ((high * u128::from(limit)) >> 64) as u64
    }

    fn one_of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len() as u64) as usize]
    }
}
