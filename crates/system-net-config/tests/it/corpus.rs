//! Replays the fuzz corpus: the samples, the listings of the guide, texts written by hand, and
//! whatever a fuzz run found.

use std::fs;
use std::path::Path;

use crate::fuzz_configuration::fuzz_configuration;

#[test]
fn corpus_configuration() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (folder, least) in [
        ("../../config-samples", 17),
        ("../../tests/conformance/guide-config", 10),
        ("tests/corpus", 10),
    ] {
        let mut count = 0;
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            println!("{}", path.display());
            fuzz_configuration(&fs::read(&path).unwrap());
            count += 1;
        }
        assert!(count >= least, "only {count} files in {folder}");
    }
}
