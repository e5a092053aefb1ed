//! What the URI programs share: the command line, the loop over a corpus, and the corpus itself.
//!
//! A program is called `BIN --corpus FILE --n PASSES`: it parses every line of the file so many
//! times and reads host, port, path, query and fragment of each. It prints the meter's line, and
//! on the error output how many lines it could read and a sum of what it read, so that nothing
//! can be left out.

pub mod corpus;

use std::hint::black_box;
use std::process::exit;

use bench_meter::Meter;

/// The parts every program reads. A missing part is empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parts<'a> {
    pub host: &'a str,
    pub port: u16,
    pub path: &'a str,
    pub query: &'a str,
    pub fragment: &'a str,
}

impl Parts<'_> {
    /// A number that depends on each part.
    pub fn sum(&self) -> u64 {
        let lengths = self.host.len() + self.path.len() + self.query.len() + self.fragment.len();
        lengths as u64 + u64::from(self.port)
    }
}

/// Runs a program: `parse` gives the sum of the parts, `None` for a line it cannot read.
pub fn run(parse: impl Fn(&str) -> Option<u64>) {
    let (file, passes) = options();
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| {
        eprintln!("{file}: {error}");
        exit(2)
    });
    let lines: Vec<&str> = text.lines().collect();
    let (mut read, mut sum) = (0u64, 0u64);
    let meter = Meter::start();
    for _ in 0..passes {
        for line in &lines {
            if let Some(parts) = parse(black_box(line)) {
                read += 1;
                sum = sum.wrapping_add(black_box(parts));
            }
        }
    }
    meter.finish(passes * lines.len() as u64, passes * text.len() as u64);
    eprintln!("read {read}, sum {sum}");
}

fn options() -> (String, u64) {
    let (mut file, mut passes) = (None, 1);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match (word.as_str(), words.next()) {
            ("--corpus", Some(value)) => file = Some(value),
            ("--n", Some(value)) if value.parse::<u64>().is_ok() => {
                passes = value.parse().unwrap_or(1);
            }
            _ => usage(),
        }
    }
    (file.unwrap_or_else(|| usage()), passes)
}

fn usage() -> ! {
    eprintln!("usage: --corpus FILE --n PASSES");
    exit(2)
}
