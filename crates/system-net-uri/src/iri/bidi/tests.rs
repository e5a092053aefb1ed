//! What a text keeps of its controls, and what it loses.

use super::*;

/// `L` is U+200E, `R` U+202E.
#[track_caller]
fn check(text: &str, guard: Guard, expected: &str) {
    let with_controls = |text: &str| text.replace('L', "\u{200e}").replace('R', "\u{202e}");
    let mut out = "%4".to_owned();
    out.push_str(&with_controls(text));
    take_out(&mut out, 2, guard);
    assert_eq!(out[2..], with_controls(expected), "{text} {guard:?}");
}

#[test]
fn beginnings_keep_their_controls() {
    let opens = Guard {
        slashes: &['/', '\\'],
        escapes: true,
    };
    for text in [
        "/L/h", "/LR/h", "/L/R/h", "L//h", "LR//h", "/L//h", "L/R/h", "/L\\h", "L\\\\h", "\\L/h",
        "/Lc:/a", "Lc:/a", "cL:/a", "/cL:/a", "/c:L/a", "c|L\\a", "/L/", "L//",
    ] {
        check(text, opens, text);
    }
    for (text, expected) in [
        ("/L", "/"),
        ("/Lh", "/h"),
        ("L/h", "/h"),
        ("Lh//i", "h//i"),
        ("/LhL/L/i", "/h//i"),
        ("/L.L/.L./L/h", "/./..//h"),
        ("/L/hL/Ri", "/L/h/i"),
        ("/c:/L/aL", "/c://a"),
        ("/Lc:/aL", "/Lc:/a"),
        ("L1:/a", "1:/a"),
        ("", ""),
        ("L", ""),
    ] {
        check(text, opens, expected);
    }
    // In a path of a file system an escape is none.
    let plain = Guard {
        escapes: false,
        ..opens
    };
    check("/%2fL", plain, "/%2f");
    check("/L\\h", plain, "/L\\h");
    // Where a backslash is none.
    let opens = Guard {
        slashes: &['/'],
        ..opens
    };
    for (text, expected) in [
        ("/L/h", "/L/h"),
        ("/L\\h", "/\\h"),
        ("L\\\\h", "\\\\h"),
        ("/\\L/h", "/\\/h"),
        ("/cL:/a", "/cL:/a"),
        ("/cL:\\aL", "/cL:\\a"),
    ] {
        check(text, opens, expected);
    }
}

#[test]
fn elsewhere_controls_go() {
    let inside = Guard {
        slashes: &[],
        escapes: true,
    };
    for (text, expected) in [
        ("/L/h", "//h"),
        ("L//h", "//h"),
        ("/Lc:/a", "/c:/a"),
        ("aLRb", "ab"),
        ("L1", "1"),
    ] {
        check(text, inside, expected);
    }
}

#[test]
fn escapes_are_not_joined() {
    let guard = |escapes| Guard {
        slashes: &[],
        escapes,
    };
    for (text, expected) in [
        ("%L41", "%2541"),
        ("%4L1", "%2541"),
        ("%L4R1", "%2541"),
        ("%LR41", "%2541"),
        ("%%L41", "%%2541"),
        ("%41L41", "%4141"),
        ("%4gL1", "%4g1"),
        ("%L", "%25"),
        ("%C3L%A4", "%C3L%A4"),
        ("%E2LR%80L%8E", "%E2LR%80L%8E"),
        ("%C3L%41", "%C3%41"),
        ("%41L%C3", "%41%C3"),
        ("%C3LaL%A4", "%C3a%A4"),
    ] {
        check(text, guard(true), expected);
    }
    // In a path of a file system a percent sign is one.
    for (text, expected) in [("%L41", "%41"), ("%4L1", "%41"), ("%C3L%A4", "%C3%A4")] {
        check(text, guard(false), expected);
    }
}
