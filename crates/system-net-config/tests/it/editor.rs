//! Files that are changed: what changes, and that all else stays.

use std::fs;

use proptest::prelude::*;
use system_net_config::{ConfigurationEditor, ConfigurationErrorKind as Kind};

const LIMITS: &str = "system.net/connectionManagement/add";

/// A file with comments, elements of others, several kinds of quotes and blanks.
const TEXT: &str = "<?xml version='1.0'?>
<!-- of the file -->
<configuration>
  <contoso fast='yes'><![CDATA[ <x> ]]><!-- theirs --></contoso>
  <system.net>
    <!-- limits -->
    <connectionManagement>
      <add   address='*'\tmaxconnection='4' /> <!-- all -->
      <add address=\"a&amp;b\" maxconnection=\"2\" unknown=\"1\"/>
    </connectionManagement>
    <settings>
      <ipv6 enabled = 'true'/>
      <unknown/>
    </settings>
  </system.net>
</configuration>
<!-- behind -->
";

fn open(text: &str) -> ConfigurationEditor {
    ConfigurationEditor::from_text(text, "app.config").unwrap()
}

/// The lines of two texts that differ.
fn changes<'t>(before: &'t str, after: &'t str) -> (Vec<&'t str>, Vec<&'t str>) {
    let (old, new): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = old[same..].iter().rev().zip(new[same..].iter().rev());
    let tail = rest.take_while(|(a, b)| a == b).count();
    (
        old[same..old.len() - tail].to_vec(),
        new[same..new.len() - tail].to_vec(),
    )
}

#[test]
fn config_edit_roundtrip() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.config");
    fs::write(&path, TEXT).unwrap();
    let file = ConfigurationEditor::open(&path).unwrap();
    file.save().unwrap();
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        TEXT,
        "nothing was changed"
    );

    #[track_caller]
    fn check(
        change: impl FnOnce(&mut ConfigurationEditor),
        old: &[&str],
        new: &[&str],
    ) -> ConfigurationEditor {
        let mut file = open(TEXT);
        change(&mut file);
        assert_eq!(changes(TEXT, file.text()), (old.to_vec(), new.to_vec()));
        file
    }
    let file = check(
        |file| {
            file.set_attribute("system.net/settings/ipv6", "enabled", "false")
                .unwrap()
        },
        &["      <ipv6 enabled = 'true'/>"],
        &["      <ipv6 enabled = 'false'/>"],
    );
    assert!(!file.configuration().unwrap().settings().ipv6);
    check(
        |file| {
            file.set_entry(LIMITS, ("address", "*"), &[("maxconnection", "8")])
                .unwrap()
        },
        &["      <add   address='*'\tmaxconnection='4' /> <!-- all -->"],
        &["      <add   address='*'\tmaxconnection='8' /> <!-- all -->"],
    );
    let file = check(
        |file| {
            file.set_entry(LIMITS, ("address", "c<d"), &[("maxconnection", "9")])
                .unwrap()
        },
        &[],
        &["      <add address=\"c&lt;d\" maxconnection=\"9\" />"],
    );
    let limits = &file
        .configuration()
        .unwrap()
        .settings()
        .connection_management
        .clone();
    assert_eq!((&*limits[2].address, limits[2].maxconnection), ("c<d", 9));
    check(
        |file| assert!(file.remove_entry(LIMITS, ("address", "a&b")).unwrap()),
        &["      <add address=\"a&amp;b\" maxconnection=\"2\" unknown=\"1\"/>"],
        &[],
    );
    check(
        |file| assert!(!file.remove_entry(LIMITS, ("address", "x")).unwrap()),
        &[],
        &[],
    );
    check(
        |file| assert!(file.remove_attribute(LIMITS, "unknown").unwrap()),
        &["      <add address=\"a&amp;b\" maxconnection=\"2\" unknown=\"1\"/>"],
        &["      <add address=\"a&amp;b\" maxconnection=\"2\"/>"],
    );
    check(
        |file| {
            file.set_attribute("system.net/settings/unknown", "a", "'\"")
                .unwrap()
        },
        &["      <unknown/>"],
        &["      <unknown a=\"&apos;&quot;\"/>"],
    );
    check(
        |file| {
            file.set_attribute("system.net/settings/socket/x", "a", "1")
                .unwrap()
        },
        &[],
        &["      <socket>", "        <x a=\"1\" />", "      </socket>"],
    );
    check(
        |file| file.add_element("contoso/more", &[]).unwrap(),
        &["  <contoso fast='yes'><![CDATA[ <x> ]]><!-- theirs --></contoso>"],
        &[
            "  <contoso fast='yes'><![CDATA[ <x> ]]><!-- theirs -->",
            "    <more />",
            "  </contoso>",
        ],
    );
    check(
        |file| assert!(file.remove_element("system.net").unwrap()),
        &TEXT.lines().collect::<Vec<_>>()[4..15],
        &[],
    );
    let file = open(TEXT);
    assert_eq!(
        file.attribute(LIMITS, "maxconnection").as_deref(),
        Some("2")
    );
    assert_eq!(
        file.entries(LIMITS)[1][0],
        ("address".to_owned(), "a&b".to_owned())
    );
    assert_eq!(file.attribute("system.net", "x"), None);
}

#[test]
fn a_change_that_cannot_be_read_is_not_made() {
    let mut file = open(TEXT);
    let many = "a/".repeat(80) + "a";
    for (path, name, value, kind) in [
        ("system.net/settings/ipv6", "enabled", "maybe", Kind::Value),
        (
            "system.net/webRequestModules/add",
            "type",
            "T",
            Kind::MissingAttribute,
        ),
        ("system.net/settings/ipv6", "a='1' b", "x", Kind::Syntax),
        ("system.net/settings/<x>", "a", "x", Kind::Syntax),
        ("", "a", "x", Kind::Syntax),
        (&many, "a", "x", Kind::Limit),
    ] {
        let error = file.set_attribute(path, name, value).unwrap_err();
        assert_eq!(error.kind(), kind, "{path} {name}: {error}");
        assert_eq!(file.text(), TEXT);
    }
    assert!(
        file.remove_attribute(LIMITS, "address").is_err(),
        "it is required"
    );
    assert!(ConfigurationEditor::from_text("<configuration>", "f").is_err());
}

/// The bytes of a text.
#[cfg(unix)]
type Encode = fn(&str) -> Vec<u8>;

#[cfg(unix)]
#[test]
fn files_keep_their_encoding_and_rights() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.config");
    let text = "<configuration>\r\n\t<uri />\r\n</configuration>";
    let changed =
        "<configuration>\r\n\t<uri>\r\n\t\t<idn enabled=\"All\" />\r\n\t</uri>\r\n</configuration>";
    fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        let units = "\u{feff}".encode_utf16().chain(text.encode_utf16());
        units.flat_map(unit).collect()
    }
    let encodings: [Encode; 4] = [
        |text| text.as_bytes().to_vec(),
        |text| format!("\u{feff}{text}").into_bytes(),
        |text| utf16(text, u16::to_le_bytes),
        |text| utf16(text, u16::to_be_bytes),
    ];
    let link = folder.path().join("link.config");
    symlink(&path, &link).unwrap();
    for encode in encodings {
        fs::write(&path, encode(text)).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let mut file = ConfigurationEditor::open(&link).unwrap();
        file.set_attribute("uri/idn", "enabled", "All").unwrap();
        assert_eq!(fs::read(&path).unwrap(), encode(text), "not saved yet");
        file.save().unwrap();
        assert_eq!(fs::read(&path).unwrap(), encode(changed));
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }
    assert!(link.is_symlink());
    // A file that is not there is made; a folder that is not there is an error.
    let new = folder.path().join("new.config");
    let mut file = ConfigurationEditor::open(&new).unwrap();
    file.set_attribute("system.net/settings/ipv6", "enabled", "false")
        .unwrap();
    file.save().unwrap();
    let file = ConfigurationEditor::open(&new).unwrap();
    assert!(!file.configuration().unwrap().settings().ipv6);
    let error = file.save_as(folder.path().join("none/x")).unwrap_err();
    assert_eq!(error.kind(), Kind::Io);
    assert!(
        error
            .to_string()
            .ends_with("none/x: cannot be written: No such file or directory (os error 2)"),
        "{error}"
    );
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        3,
        "nothing is left behind"
    );
}

proptest! {
    /// Whatever a value is, it is read back, and taking it out again leaves the file as it was.
    #[test]
    fn values_survive(value in "[^\u{0}-\u{8}\u{b}\u{c}\u{e}-\u{1f}\u{fffe}\u{ffff}]{0,20}") {
        let mut file = open(TEXT);
        file.set_attribute("contoso", "value", &value).unwrap();
        prop_assert_eq!(file.attribute("contoso", "value"), Some(value));
        prop_assert!(file.remove_attribute("contoso", "value").unwrap());
        prop_assert_eq!(file.text(), TEXT);
    }
}
