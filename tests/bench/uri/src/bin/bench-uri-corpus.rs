//! Writes a corpus to the standard output.
//!
//! usage: bench-uri-corpus [--lines N] | bench-uri-corpus --hostile KIND --length BYTES

use bench_uri::corpus;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse().unwrap_or_else(|_| usage());
    let text = match words[..] {
        [] => corpus::usual(100_000),
        ["--lines", lines] => corpus::usual(number(lines)),
        ["--hostile", kind, "--length", length] if corpus::HOSTILE.contains(&kind) => {
            corpus::hostile(kind, number(length))
        }
        _ => usage(),
    };
    print!("{text}");
}

fn usage() -> ! {
    let kinds = corpus::HOSTILE.join("|");
    eprintln!("usage: bench-uri-corpus [--lines N] | --hostile {kinds} --length BYTES");
    std::process::exit(2)
}
