//! Files of all shapes that are read, changed and written: what is not changed stays, byte by byte.

use std::fs;

use proptest::prelude::*;
use system_net_config::ConfigurationEditor;

/// What stands between elements of others: comments, characters, instructions, elements that nobody
/// knows, blanks and ends of lines of either kind.
fn between() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ \t]{0,4}",
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        "<!-- [a-z<&>'\"\u{e4}]{0,8} -->",
        "<!\\[CDATA\\[[a-z<&> ]{0,6}\\]\\]>",
        "<\\?php [a-z ]{0,6}\\?>",
        "[a-z]{0,5}",
        "<x( [a-c]{3} *= *\"[^<&\"\u{0}-\u{1f}\u{fffe}\u{ffff}]{0,5}\")? */>",
        "<y d='&lt;&#x41;&quot;'>[a-z]{0,3}<z e=\"&amp;\"\t></z\n></y>",
    ];
    prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

/// An element in one of the ways to write it, with the value `VALUE`; what is behind it.
fn target() -> impl Strategy<Value = String> {
    (
        "[ \t\n]{1,3}",
        "( |\n\t)?",
        prop::sample::select(vec!['"', '\'']),
        "( other='1')?",
        prop::bool::ANY,
    )
        .prop_map(|(before, around, quote, other, empty)| {
            let end = if empty { "/>" } else { "> <!-- in --></ipv6>" };
            format!("<ipv6{before}enabled{around}={around}{quote}VALUE{quote}{other}{end}")
        })
}

/// A file in three parts: what is before the element, the element, what is behind.
fn file() -> impl Strategy<Value = [String; 3]> {
    let head = prop::sample::select(vec![
        "",
        "<?xml version='1.0'?>",
        "<?xml version=\"1.0\" encoding='utf-8' standalone=\"yes\"?>\r\n",
        "<!-- of the file -->\n",
    ]);
    (head, prop::collection::vec(between(), 6), target()).prop_map(|(head, between, target)| {
        let [a, b, c, d, e, f] = &between[..] else {
            unreachable!("as many as asked for")
        };
        let before =
            format!("{head}<configuration>{a}<system.net>{b}<settings lockItem='false'>{c}");
        let after = format!("{d}</settings>{e}</system.net>{f}</configuration>\n<!-- end -->");
        [before, target, after]
    })
}

/// The bytes of a text, in one of the encodings that files have.
fn encoded(text: &str, encoding: u8) -> Vec<u8> {
    let units = |text: &str, unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect();
    match encoding {
        0 => text.as_bytes().to_vec(),
        1 => format!("\u{feff}{text}").into_bytes(),
        2 => units(&format!("\u{feff}{text}"), u16::to_le_bytes),
        3 => units(&format!("\u{feff}{text}"), u16::to_be_bytes),
        4 => units(text, u16::to_le_bytes),
        _ => units(text, u16::to_be_bytes),
    }
}

const IPV6: &str = "system.net/settings/ipv6";

fn open(text: &str) -> ConfigurationEditor {
    ConfigurationEditor::from_text(text, "app.config").unwrap()
}

/// Where two texts differ: so many bytes are the same at the start, and at the end.
fn same(a: &str, b: &str) -> (usize, usize) {
    let start = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let rest = (a.len() - start).min(b.len() - start);
    let end = a
        .bytes()
        .rev()
        .zip(b.bytes().rev())
        .take_while(|(a, b)| a == b)
        .count();
    (start, end.min(rest))
}

proptest! {
    // Each case writes files that are synced to the disk.
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Read and written without a change, a file is byte for byte the same; with one, all but the value
    /// is.
    #[test]
    fn files_stay_but_for_what_is_changed(file in file(), encoding in 0_u8..6) {
        let text = file.concat().replace("VALUE", "true");
        // A file in UTF-16 cannot say that it is in UTF-8.
        let encoding = if text.contains("encoding") { encoding % 2 } else { encoding };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.config");
        let bytes = encoded(&text, encoding);
        fs::write(&path, &bytes).unwrap();
        let mut editor = ConfigurationEditor::open(&path).unwrap();
        editor.save().unwrap();
        prop_assert_eq!(fs::read(&path).unwrap(), bytes.clone());
        // Setting what is there already is no change either.
        editor.set_attribute(IPV6, "enabled", "true").unwrap();
        editor.save().unwrap();
        prop_assert_eq!(fs::read(&path).unwrap(), bytes);

        editor.set_attribute(IPV6, "enabled", "false").unwrap();
        editor.save().unwrap();
        let changed = file.concat().replace("VALUE", "false");
        prop_assert_eq!(fs::read(&path).unwrap(), encoded(&changed, encoding));
    }
}

proptest! {
    /// What is taken out of an element, or put into it, leaves what is before and behind.
    #[test]
    fn a_change_touches_its_element_alone(file in file()) {
        let [before, target, after] = &file;
        let target = target.replace("VALUE", "true");
        let text = [before, &*target, after].concat();

        let mut editor = open(&text);
        prop_assert!(editor.remove_attribute(IPV6, "enabled").unwrap());
        prop_assert!(editor.text().starts_with(&**before) && editor.text().ends_with(&**after));
        prop_assert_eq!(editor.attribute(IPV6, "enabled"), None);

        let mut editor = open(&text);
        editor.set_attribute(IPV6, "added", "<\"'>").unwrap();
        prop_assert!(editor.text().starts_with(&**before) && editor.text().ends_with(&**after));
        prop_assert_eq!(editor.attribute(IPV6, "added"), Some("<\"'>".to_owned()));
        prop_assert!(editor.remove_attribute(IPV6, "added").unwrap());
        prop_assert_eq!(editor.text(), &text);

        // Of its own line nothing is left; else only the element is taken out.
        let mut editor = open(&text);
        prop_assert!(editor.remove_element(IPV6).unwrap());
        let kept = before.trim_end_matches([' ', '\t']);
        let rest = after.trim_start_matches([' ', '\t']);
        let line_end = usize::from(rest.starts_with('\n')) + 2 * usize::from(rest.starts_with("\r\n"));
        let rest = &rest[line_end..];
        let text = editor.text();
        prop_assert!(text.starts_with(kept) && text.ends_with(rest));
        prop_assert!(text.len() >= kept.len() + rest.len());
        prop_assert!(editor.entries(IPV6).is_empty());
    }

    /// What is new is in one place, and all that was there is still there.
    #[test]
    fn what_is_added_is_all_that_is_new(file in file()) {
        let text = file.concat().replace("VALUE", "true");
        for (path, name, value) in [
            ("system.net/settings/httpListener", "unescapeRequestUrl", "false"),
            ("system.net/settings/ipv6/x", "a", "1"),
            ("system.net/connectionManagement/clear", "a", "1"),
            ("uri/idn", "enabled", "All"),
        ] {
            let mut editor = open(&text);
            editor.add_element(path, &[(name, value)]).unwrap();
            prop_assert_eq!(editor.attribute(path, name), Some(value.to_owned()));
            prop_assert_eq!(editor.attribute(IPV6, "enabled"), Some("true".to_owned()));
            let (start, end) = same(&text, editor.text());
            let missing = text.len() - start.min(text.len()) - end.min(text.len() - start);
            // `/>` becomes `>` and an end tag; the blanks before the end tag of its parent may move.
            let gone = &text[start..start + missing];
            prop_assert!(gone.trim().is_empty() || gone.trim() == "/", "{gone:?}: {}", editor.text());
        }
    }
}
