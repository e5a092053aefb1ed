//! Replays the fuzz corpus: texts written by hand, and whatever a fuzz run found.

use std::fs;
use std::path::Path;

use crate::fuzz_uri::fuzz_uri;

#[test]
fn corpus_uri() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        fuzz_uri(&fs::read(&path).unwrap());
        count += 1;
    }
    assert!(count >= 20, "only {count} files");
}
