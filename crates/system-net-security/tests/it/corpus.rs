//! Replays the fuzz corpus, and the fuzz body over texts made of pieces.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use crate::fuzz_netrc::fuzz_netrc;

#[test]
fn corpus_netrc() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/netrc");
    let mut inputs = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        fuzz_netrc(&fs::read(&path).unwrap());
        inputs += 1;
    }
    assert!(inputs >= 5, "{inputs} inputs in {}", folder.display());
}

proptest! {
    #[test]
    fn fuzz_netrc_pieces(
        pieces in prop::collection::vec(
            prop_oneof![
                Just("machine"), Just("default"), Just("login"), Just("password"), Just("account"),
                Just("macdef"), Just(" "), Just(" "), Just("\n"), Just("\r\n"), Just("\n\n"),
                Just("\t"), Just("#"), Just("\""), Just("\\"), Just("h"), Just("a.example"),
                Just("::1"), Just("127.0.0.1"), Just("u"), Just("p"), Just("\u{feff}"), Just("\0"),
            ],
            0..40,
        )
    ) {
        fuzz_netrc(pieces.concat().as_bytes());
    }

    #[test]
    fn fuzz_netrc_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        fuzz_netrc(&bytes);
    }
}
