//! Replays the fuzz corpus: messages written by hand, and whatever a fuzz run found.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use crate::fuzz_client::fuzz_client;
use crate::fuzz_differential::fuzz_differential;
use crate::fuzz_server::fuzz_server;

/// Runs every file of a folder of the corpus, with its name in the message if one fails.
fn replay(folder: &str, body: fn(&[u8])) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(folder);
    let mut files = 0;
    for entry in fs::read_dir(&path).unwrap() {
        let file = entry.unwrap().path();
        let data = fs::read(&file).unwrap();
        let outcome = std::panic::catch_unwind(|| body(&data));
        assert!(outcome.is_ok(), "{} fails", file.display());
        files += 1;
    }
    assert!(
        files >= 20,
        "the corpus in {} is incomplete: {files} files",
        path.display()
    );
}

#[test]
fn corpus_client() {
    replay("client", fuzz_client);
    replay("client", fuzz_differential);
}

#[test]
fn corpus_server() {
    replay("server", fuzz_server);
    replay("server", fuzz_differential);
}

/// Each side's messages are hostile input to the other.
#[test]
fn corpus_crossed() {
    replay("client", fuzz_server);
    replay("server", fuzz_client);
}

/// A seed with a few bytes changed, cut or doubled.
fn mutated(folder: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(folder);
    let mut files: Vec<_> = fs::read_dir(path)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    files.sort();
    let seeds: Vec<Vec<u8>> = files.iter().map(|file| fs::read(file).unwrap()).collect();
    let change = (
        any::<prop::sample::Index>(),
        0..4usize,
        prop_oneof![
            3 => any::<u8>(),
            1 => prop::sample::select(&b"\r\n \t:;,0\0"[..]),
        ],
    );
    (
        prop::sample::select(seeds),
        prop::collection::vec(change, 0..6),
    )
        .prop_map(|(mut data, changes)| {
            for (at, kind, byte) in changes {
                let at = at.index(data.len() + 1);
                match kind {
                    0 if at < data.len() => data[at] = byte,
                    1 if at < data.len() => drop(data.remove(at)),
                    2 => data.insert(at, byte),
                    _ => {
                        let tail = data[at..].to_vec();
                        data.extend_from_slice(&tail);
                    }
                }
            }
            data
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn mutated_corpus_client(data in mutated("client")) {
        fuzz_client(&data);
        fuzz_differential(&data);
    }

    #[test]
    fn mutated_corpus_server(data in mutated("server")) {
        fuzz_server(&data);
        fuzz_differential(&data);
    }
}
