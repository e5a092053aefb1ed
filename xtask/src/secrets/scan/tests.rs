//! Each spelling of the password is found where it is planted. What is planted was made by other
//! programs: base64, xxd, openssl.

use super::super::forms::forms;
use super::*;

const MARKER: &str = "geheim-Zx81";

fn scanner() -> Scanner {
    let words =
        |words: &[&str]| -> Vec<String> { words.iter().map(|&word| word.to_owned()).collect() };
    Scanner::new(&forms(MARKER, &words(&["joe"]), &words(&["r"])))
}

#[track_caller]
fn check(planted: impl AsRef<[u8]>, form: &str) {
    let mut text = b"before\n[1] (2) something ".to_vec();
    text.extend(planted.as_ref());
    text.extend(b" after\nlast line\n");
    let seen = scanner().read(&*text).unwrap();
    let shown = String::from_utf8_lossy(&text);
    let [found] = &seen.found[..] else {
        panic!("{} findings in {shown:?}", seen.found.len());
    };
    assert!(found.form.starts_with(form), "{}: {shown}", found.form);
    assert_eq!(seen.bytes, text.len() as u64);
}

#[test]
fn every_spelling_is_found_where_it_is_planted() {
    for (planted, form) in [
        ("geheim-Zx81", "the beginning"),
        ("user:geheim-Zx81@host", "the beginning"),
        ("of a word: geheim-Z", "the beginning"),
        ("geheim%2DZx81", "escaped"),
        ("geheim%2dZx81", "escaped"),
        ("geheim&#45;Zx81", "escaped"),
        ("%67%65%68%65%69%6D%2D%5A%78%38%31", "the beginning percent"),
        ("67656865696d2d5a783831", "the beginning hex"),
        ("67656865696D2D5A783831", "the beginning hex"),
        ("67 65 68 65 69 6D 2D 5A 78 38 31", "the beginning hex"),
        ("67-65-68-65-69-6d-2d-5a-78-38-31", "the beginning hex"),
        ("67:65:68:65:69:6D:2D:5A:78:38:31", "the beginning hex"),
        (
            "[0x67, 0x65, 0x68, 0x65, 0x69, 0x6d, 0x2d, 0x5a]",
            "the beginning hex",
        ),
        (
            "[103, 101, 104, 101, 105, 109, 45, 90, 120, 56, 49]",
            "the beginning decimal",
        ),
        (
            r"\x67\x65\x68\x65\x69\x6d\x2d\x5a\x78\x38\x31",
            "the beginning escapes",
        ),
        ("g\0e\0h\0e\0i\0m\0-\0Z\0x\08\x001\0", "UTF-16LE"),
        ("\0g\0e\0h\0e\0i\0m\0-\0Z\0x\08\x001", "UTF-16"),
        (r"g\0e\0h\0e\0i\0m\0-\0Z\0x\08\01", "UTF-16 as text"),
        (
            r"g\u0000e\u0000h\u0000e\u0000i\u0000m\u0000-\u0000Z\u0000x\u00008\u00001",
            "UTF-16 as",
        ),
        ("g.e.h.e.i.m.-.Z.x.8.1", "UTF-16 as text"),
        (
            "670065006800650069006d002d005a00780038003100",
            "UTF-16LE hex",
        ),
        ("00670065006800650069006d002d005a007800380031", "UTF-16"),
        ("Z2VoZWltLVp4ODE=", "plain in base 64, shifted by 0"),
        // `user:`, `ann:`, `joe::` and `dom\user:` before it: each place of three.
        (
            "Basic dXNlcjpnZWhlaW0tWng4MQ==",
            "plain in base 64, shifted by 2",
        ),
        (
            "Basic YW5uOmdlaGVpbS1aeDgx",
            "plain in base 64, shifted by 1",
        ),
        (
            "Basic am9lOjpnZWhlaW0tWng4MQ==",
            "plain in base 64, shifted by 2",
        ),
        (
            "Basic ZG9tXHVzZXI6Z2VoZWltLVp4ODE=",
            "plain in base 64, shifted by 0",
        ),
        ("ZwBlAGgAZQBpAG0ALQBaAHgAOAAxAA==", "UTF-16"),
        ("AGcAZQBoAGUAaQBtAC0AWgB4ADgAMQA=", "UTF-16"),
        ("c13d2888cb4c175724de3ca31bf67ffb", "NT hash hex"),
        ("C13D2888CB4C175724DE3CA31BF67FFB", "NT hash hex"),
        (
            "[193, 61, 40, 136, 203, 76, 23, 87, 36, 222, 60, 163, 27, 246, 127, 251]",
            "NT hash",
        ),
        ("wT0oiMtMF1ck3jyjG/Z/+w==", "NT hash in base 64"),
        ("16286f5d44150025d6e6cfdf6aacb753", "HA1 by MD5 of joe at r"),
        (
            "9216e81be23a9c2fad22665ec644646a7f04f7d73f261d147c661ae27a9b19b8",
            "HA1 by SHA-256 of joe at r",
        ),
        (
            "82cada979b40a128e40341e2ae80d35935c34cf52e5a4130f71e471ff338d440",
            "HA1 by SHA-512-256 of joe at r",
        ),
    ] {
        check(planted, form);
    }
    check(
        b"\xc1\x3d\x28\x88\xcb\x4c\x17\x57\x24\xde\x3c\xa3\x1b\xf6\x7f\xfb",
        "NT hash",
    );
}

/// Over the lines of a dump, as the word begins in one and ends in the next.
#[test]
fn dumps_and_lists_are_read_as_the_bytes_they_show() {
    let dump = "[1] (2) Data from Socket#1::Send\n\
        [1] (2) 00000000 : 50 57 44 20 20 20 20 20-20 20 20 20 67 65 68 65 : PWD         gehe\n\
        [1] (2) 00000010 : 69 6D 2D 5A 78 38 31 : im-Zx81\n[1] (3) Exiting\n";
    let seen = scanner().read(dump.as_bytes()).unwrap();
    assert_eq!(seen.found.len(), 1, "{seen:?}");
    assert_eq!(
        (&*seen.found[0].form, seen.found[0].number),
        ("the beginning", 3)
    );
    // Another dump begins: these two have nothing to do with one another.
    let two = dump.replace("00000010", "00000000");
    assert_eq!(scanner().read(two.as_bytes()).unwrap().found, []);

    let list = format!("{:#?}\n", MARKER.as_bytes());
    assert_eq!(scanner().read(list.as_bytes()).unwrap().found.len(), 1);
    // As the last thing of a file as well.
    let cut = list.trim_end().trim_end_matches(']').to_owned();
    assert_eq!(scanner().read(cut.as_bytes()).unwrap().found.len(), 1);
}

#[test]
fn what_has_no_password_is_clean_and_logins_are_counted() {
    let text = "[1] (2) Authorization: Basic ***\n[1] (2) Z2VoZWlt geheim Zx81\n67 65 68 65\n\
                Proxy-Authorization: Digest ***\nAuthorizations: 3\n";
    let seen = scanner().read(text.as_bytes()).unwrap();
    assert_eq!(seen.found, []);
    assert_eq!(seen.logins, 2);
}

/// Blocks find what lines find: at the beginning, in the middle, over the end of a block, last.
#[test]
fn blocks_find_a_word_wherever_it_stands() {
    let scanner = scanner();
    for before in [
        0,
        10,
        BLOCK - 12,
        BLOCK - 5,
        BLOCK,
        BLOCK + 3,
        3 * BLOCK - 7,
    ] {
        for after in [0, 1, 5_000, BLOCK] {
            let mut text = vec![b'x'; before];
            text.extend(b"geheim-Zx81");
            text.extend(vec![b'y'; after]);
            let seen = scanner.blocks(&*text).unwrap();
            assert!(!seen.found.is_empty(), "{before} {after}");
            assert_eq!(seen.bytes, text.len() as u64);
        }
    }
    let logins = "Authorization: Basic ***\n".repeat(100_000);
    let seen = scanner.blocks(logins.as_bytes()).unwrap();
    assert_eq!((seen.found, seen.logins), (vec![], 100_000));
}
