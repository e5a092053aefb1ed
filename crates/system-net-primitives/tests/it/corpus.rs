// Replays the fuzz corpus: texts written by hand, and whatever a fuzz run found; and the fuzz body
// over texts made of pieces.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use crate::fuzz_cookie::fuzz_cookie;

#[test]
fn corpus_cookie() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut inputs = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        fuzz_cookie(&fs::read(&path).unwrap());
        inputs += 1;
    }
    assert!(inputs >= 10, "{inputs} inputs in {}", folder.display());
}

proptest! {
    #[test]
    fn fuzz_cookie_pieces(
        pieces in prop::collection::vec(
            prop_oneof![
                Just("a=b"), Just("; "), Just(", "), Just("domain="), Just(".example.com"),
                Just("co.uk"), Just("10.0.0.1"), Just("path=/a"), Just("; secure"),
                Just("expires=Wed, 09 Jun 2060 10:18:14 GMT"), Just("max-age="), Just("99"),
                Just("version=1"), Just("port=\"80"), Just("\""), Just("\\"), Just("__Host-"),
                Just("\n"), Just("\t"), Just("TRUE"), Just("FALSE"), Just("#HttpOnly_"), Just("0"),
                Just("&#"), Just("&amp;"), Just("%c3"), Just("\u{e4}\u{4e2d}"), Just("="),
                Just("*."), Just("!"), Just(" "), Just("includeSubDomains"), Just("unlimited"),
            ],
            0..24,
        )
    ) {
        fuzz_cookie(pieces.concat().as_bytes());
    }

    #[test]
    fn fuzz_cookie_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        fuzz_cookie(&bytes);
    }
}
