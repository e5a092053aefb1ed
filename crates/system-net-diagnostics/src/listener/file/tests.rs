//! Files that are put aside, and by whom.

use super::*;

#[test]
fn trace_rotation_by_size() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.log");
    let rotation = Rotation {
        max_size: 8,
        files: 2,
    };
    let mut file = TraceFile::with_rotation(&path, Some(rotation));
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).ok();
    for block in ["one\n", "two\n", "three\n", "a long one\n", "b\n"] {
        assert_eq!(file.write(block.as_bytes()).unwrap(), block.len());
    }
    // What does not fit at all still has a file of its own.
    assert_eq!(read("a.log").as_deref(), Some("b\n"));
    assert_eq!(read("a.log.1").as_deref(), Some("a long one\n"));
    assert_eq!(read("a.log.2").as_deref(), Some("three\n"));
    assert_eq!(read("a.log.3"), None);
    // A file of an earlier run is gone on with.
    let mut next = TraceFile::with_rotation(&path, Some(rotation));
    next.write_all(b"c\n").unwrap();
    assert_eq!(read("a.log").as_deref(), Some("b\nc\n"));
    let none = Rotation {
        max_size: 8,
        files: 0,
    };
    let mut alone = TraceFile::with_rotation(&path, Some(none));
    alone.write_all(b"12345\n").unwrap();
    assert_eq!(read("a.log").as_deref(), Some("12345\n"));
    assert_eq!(read("a.log.1").as_deref(), Some("a long one\n"));
}
