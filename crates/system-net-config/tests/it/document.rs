//! What is refused as XML, and where errors are said to be.

use std::error::Error as _;

use proptest::prelude::*;
use system_net_config::{Configuration, ConfigurationError, ConfigurationErrorKind as Kind};

const MAX_SIZE: usize = Configuration::MAX_SIZE;
const MAX_DEPTH: usize = Configuration::MAX_DEPTH;
const MAX_ELEMENTS: usize = Configuration::MAX_ELEMENTS;
const MAX_ATTRIBUTES: usize = Configuration::MAX_ATTRIBUTES;

fn apply(text: impl AsRef<[u8]>) -> Result<Configuration, ConfigurationError> {
    let mut configuration = Configuration::new();
    configuration
        .apply_bytes(text.as_ref(), "app.config")
        .map(|()| configuration)
}

#[track_caller]
fn check_refused(text: &str, kind: Kind, message: &str) {
    let error = apply(text).unwrap_err();
    assert_eq!((error.kind(), error.to_string().as_str()), (kind, message));
}

#[test]
fn config_error_position() {
    let text = "<configuration>\n  <system.net>\n    <connectionManagement>\n      \
                <add address=\"ä\"\n        maxconnection=\"many\" />";
    let error = apply(text.to_owned() + "</connectionManagement></system.net></configuration>")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "app.config:5:9: element `add`, attribute `maxconnection`: \
         expected a number from 1 to 2147483647, found `many`"
    );
    assert_eq!(
        (error.kind(), error.line(), error.column()),
        (Kind::Value, 5, 9)
    );
    assert_eq!(
        (error.element(), error.attribute()),
        (Some("add"), Some("maxconnection"))
    );
    assert_eq!(error.file().to_str(), Some("app.config"));

    check_refused(
        "<configuration><system.net><webRequestModules>\n\u{e4}<add\n type='x'/>",
        Kind::Syntax,
        "app.config:3:12: element `webRequestModules`: not closed; opened in line 1",
    );
    check_refused(
        "<configuration><system.net><webRequestModules>\n <!-- \u{e4} --><add type='x'/>\
         </webRequestModules></system.net></configuration>",
        Kind::MissingAttribute,
        "app.config:2:12: element `add`, attribute `prefix`: \
         missing; expected the start of the addresses to serve, as `ftp:`",
    );
}

#[test]
fn texts_that_are_no_configuration() {
    for (text, kind, place) in [
        (
            "",
            Kind::Syntax,
            "app.config:1:1: expected `<configuration>`",
        ),
        (
            "<!-- only -->",
            Kind::Syntax,
            "app.config:1:14: expected `<configuration>`",
        ),
        (
            "<config/>",
            Kind::Root,
            "app.config:1:1: element `config`: expected `configuration`",
        ),
        (
            "<configuration/>\n<x/>",
            Kind::Syntax,
            "app.config:2:1: element `x`: a second",
        ),
        (
            "<configuration/> x",
            Kind::Syntax,
            "app.config:1:18: text outside",
        ),
        (
            "<configuration>\n</config>",
            Kind::Syntax,
            "app.config:2:1: expected `</configuration>`",
        ),
        (
            "<configuration>\n<a b=1/></configuration>",
            Kind::Syntax,
            "app.config:2:6: element `a`",
        ),
        ("<configuration>\n<a b='<", Kind::Syntax, "app.config:2:6: "),
        (
            "<configuration a='1' a='2'/>",
            Kind::Syntax,
            "app.config:1:22: element `configuration`, attribute `a`: given twice",
        ),
        (
            "<?xml version='1.0' encoding='iso-8859-1'?><configuration/>",
            Kind::Encoding,
            "app.config:1:1: the encoding `iso-8859-1` is not read",
        ),
    ] {
        let error = apply(text).unwrap_err();
        assert_eq!(error.kind(), kind, "{text}");
        assert!(error.to_string().starts_with(place), "{text}: {error}");
    }
}

#[test]
fn config_xxe_refused() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), "s3cret").unwrap();
    let external = format!(
        "<!DOCTYPE configuration [<!ENTITY x SYSTEM 'file://{}'>]>\n\
         <configuration><system.net><connectionManagement><add address='&x;' maxconnection='1'/>\
         </connectionManagement></system.net></configuration>",
        secret.path().display()
    );
    check_refused(
        &external,
        Kind::DocumentType,
        "app.config:1:1: a document type declaration is not allowed in a configuration file",
    );
    // Without the declaration the entity is unknown; nothing is looked up.
    let undeclared = external.split_once('\n').unwrap().1;
    check_refused(
        undeclared,
        Kind::DocumentType,
        "app.config:1:55: element `add`, attribute `address`: \
         the entity `x` is not declared, and files cannot declare any",
    );
    for text in [
        "<!DOCTYPE configuration SYSTEM 'http://127.0.0.1:1/x.dtd'><configuration/>",
        "<!doctype configuration><configuration/>",
        "<?xml version='1.0'?>\n<!-- c --><!DOCTYPE a [<!ENTITY % p SYSTEM 'x'> %p;]><configuration/>",
        "<configuration><!DOCTYPE a></configuration>",
        "<configuration/><!DOCTYPE a>",
    ] {
        let error = apply(text).unwrap_err();
        assert_eq!(error.kind(), Kind::DocumentType, "{text}");
    }
}

#[test]
fn config_billion_laughs() {
    let mut text = "<!DOCTYPE configuration [<!ENTITY a0 'ha'>".to_owned();
    for n in 1..40 {
        text += &format!("<!ENTITY a{n} '{}'>", format!("&a{};", n - 1).repeat(10));
    }
    text += "]><configuration><x y='&a39;'/></configuration>";
    assert_eq!(apply(&text).unwrap_err().kind(), Kind::DocumentType);
    // The five entities of XML and numbers of characters are all that is expanded.
    let text = "<configuration><system.net><webRequestModules>\
                <add prefix='&lt;&#65;&#x42;&amp;' type='&quot;&apos;&gt;'/>\
                </webRequestModules></system.net></configuration>";
    let configuration = apply(text).unwrap();
    assert_eq!(
        format!("{:?}", configuration.settings().web_request_modules),
        r#"[Add { prefix: "<AB&", type_name: "\"'>" }]"#
    );
}

#[test]
fn limits_hold_at_and_above() {
    let nested = |depth: usize| {
        let inner = depth - 1;
        format!(
            "<configuration>{}{}</configuration>",
            "<a>".repeat(inner),
            "</a>".repeat(inner)
        )
    };
    let attributes = |n: usize| {
        let list: String = (0..n).map(|n| format!(" a{n}=''")).collect();
        format!("<configuration{list}/>")
    };
    let elements = |n: usize| format!("<configuration>{}</configuration>", "<a/>".repeat(n - 1));
    let sized = |n: usize| "<configuration/>".to_owned() + &" ".repeat(n - 16);
    for (at, above) in [
        (nested(MAX_DEPTH), nested(MAX_DEPTH + 1)),
        (attributes(MAX_ATTRIBUTES), attributes(MAX_ATTRIBUTES + 1)),
        (elements(MAX_ELEMENTS), elements(MAX_ELEMENTS + 1)),
        (sized(MAX_SIZE), sized(MAX_SIZE + 1)),
    ] {
        assert!(apply(&at).is_ok(), "{}", &at[..40.min(at.len())]);
        assert_eq!(
            apply(&above).unwrap_err().kind(),
            Kind::Limit,
            "{}",
            &above[..40]
        );
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), sized(MAX_SIZE + 1)).unwrap();
    let error = Configuration::from_files(None, Some(file.path())).unwrap_err();
    assert_eq!(error.kind(), Kind::Limit);
}

#[test]
fn a_file_that_is_not_there_is_an_error_with_its_cause() {
    let error = Configuration::from_files(Some("no/such/file".as_ref()), None).unwrap_err();
    assert_eq!((error.kind(), error.line()), (Kind::Io, 0));
    assert_eq!(
        error.to_string(),
        "no/such/file: cannot be read: No such file or directory (os error 2)"
    );
    // Said once: the cause's own cause is what follows, and there is none.
    assert!(error.source().is_none());
    let cause = error.io_error().unwrap();
    assert_eq!(cause.kind(), std::io::ErrorKind::NotFound);
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = apply(&bytes);
    }

    #[test]
    fn no_markup_makes_the_reader_panic(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "<configuration>", "</configuration>", "<system.net>", "</system.net>", "<a b='", "'",
                "\"", "/>", ">", "<", "&", ";", "&#x", "&lt;", "<!--", "-->", "<![CDATA[", "]]>", "<?",
                "?>", "<!", "xml", " a=", "<connectionManagement>", "<add address='x'",
                " maxconnection=", "1", "-1", "\u{e4}", "\n", "\0",
            ]),
            0..24,
        ),
    ) {
        let _ = apply(parts.concat());
    }
}
