//! The section `uri`: its elements, one file over another, and that it is read once.

use std::process::Command;

use system_net_config::{
    Configuration, ConfigurationErrorKind as ErrorKind, ConfigurationWarningKind as Kind,
    IdnElement, IriParsingElement, NetContext, SchemeSettingElement, Settings, UriSection,
};
use system_net_uri::{GenericUriParserOptions as Options, Uri, UriIdnScope, UriKind};

const LITERAL: Options = Options::DONT_UNESCAPE_PATH_DOTS_AND_SLASHES;

fn file(inner: &str) -> String {
    format!("<configuration><uri>{inner}</uri></configuration>")
}

/// The section after files that are applied in order, each given as what stands within `<uri>`.
#[track_caller]
fn read(files: &[&str]) -> (UriSection, Vec<Kind>) {
    let mut configuration = Configuration::new();
    for inner in files {
        configuration.apply_str(&file(inner), "f").unwrap();
    }
    let (settings, warnings) = configuration.into_parts();
    let kinds = warnings.iter().map(|warning| warning.kind()).collect();
    (settings.uri, kinds)
}

fn scheme(name: &str, options: Options) -> SchemeSettingElement {
    SchemeSettingElement {
        name: name.to_owned(),
        generic_uri_parser_options: options,
    }
}

#[test]
fn config_idn_iri_elements() {
    #[track_caller]
    fn check(inner: &str, idn: UriIdnScope, iri: bool) {
        let (section, warnings) = read(&[inner]);
        let twice = inner.matches("<idn").count() > 1;
        let expected = twice.then_some(Kind::Duplicate);
        assert_eq!(warnings, Vec::from_iter(expected), "{inner}");
        let expected = (
            IdnElement { enabled: idn },
            IriParsingElement { enabled: iri },
        );
        assert_eq!((section.idn, section.iri_parsing), expected, "{inner}");
        // What Uri gets: without IRI parsing there is no IDN.
        let settings = section.to_uri_settings();
        assert_eq!(settings.iri_parsing(), iri, "{inner}");
        let effective = if iri { idn } else { None };
        assert_eq!(settings.idn(), effective, "{inner}");
    }
    use UriIdnScope::{All, AllExceptIntranet, None};
    check("", None, true);
    check("<idn/><iriParsing/>", None, true);
    check("<idn enabled='None'/>", None, true);
    check("<idn enabled='All'/>", All, true);
    check(
        "<idn enabled='allexceptintranet'/>",
        AllExceptIntranet,
        true,
    );
    check("<iriParsing enabled='false'/>", None, false);
    check(
        "<idn enabled='All'/><iriParsing enabled='False'/>",
        All,
        false,
    );
    // Of two the later one counts, and is told.
    check("<idn enabled='All'/><idn enabled='None'/>", None, true);

    #[track_caller]
    fn refused(inner: &str, element: &str, attribute: &str, kind: ErrorKind) {
        let error = Configuration::new()
            .apply_str(&file(inner), "f")
            .unwrap_err();
        let at = (error.element(), error.attribute());
        assert_eq!(at, (Some(element), Some(attribute)), "{inner}");
        assert_eq!(error.kind(), kind, "{inner}");
    }
    refused("<idn enabled='yes'/>", "idn", "enabled", ErrorKind::Value);
    refused(
        "<iriParsing enabled='1'/>",
        "iriParsing",
        "enabled",
        ErrorKind::Value,
    );
    let add = |attributes: &str| format!("<schemeSettings><add {attributes}/></schemeSettings>");
    let options = "genericUriParserOptions";
    refused(
        &add("name='http'"),
        "add",
        options,
        ErrorKind::MissingAttribute,
    );
    refused(
        &add("genericUriParserOptions='Default'"),
        "add",
        "name",
        ErrorKind::MissingAttribute,
    );
    refused(
        &add("name='h:' genericUriParserOptions='Default'"),
        "add",
        "name",
        ErrorKind::Value,
    );
    refused(
        &add("name='http' genericUriParserOptions='Lenient'"),
        "add",
        options,
        ErrorKind::Value,
    );

    assert_eq!(read(&["<other/>"]).1, [Kind::UnknownElement]);
    assert_eq!(read(&["<idn on='All'/>"]).1, [Kind::UnknownAttribute]);
}

#[test]
fn config_uri_section() {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../config-samples/uri.config"
    );
    let configuration = Configuration::from_files(None, Some(folder.as_ref())).unwrap();
    assert_eq!(configuration.warnings(), []);
    let expected = Settings {
        uri: UriSection {
            idn: IdnElement {
                enabled: UriIdnScope::All,
            },
            iri_parsing: IriParsingElement { enabled: true },
            scheme_settings: vec![scheme("file", LITERAL)],
        },
        ..Settings::default()
    };
    assert_eq!(*configuration.settings(), expected);

    // What it does to the URIs of a context, and of no other.
    let context = NetContext::from_configuration(configuration);
    let read = |context: &NetContext, text: &str| {
        let uri = Uri::parse_in(text, UriKind::Absolute, &context.uri_settings()).unwrap();
        (uri.host().to_owned(), uri.absolute_path().to_owned())
    };
    let (other, pair) = (NetContext::new(), |a: &str, b: &str| {
        (a.to_owned(), b.to_owned())
    });
    let text = "http://xn--4ca.com/";
    assert_eq!(read(&context, text), pair("\u{e4}.com", "/"));
    assert_eq!(read(&other, text), pair("xn--4ca.com", "/"));
    let text = "FILE:///c:/a%2fb%5C../c";
    assert_eq!(read(&context, text), pair("", "c:/a%2fb%5C../c"));
    assert_eq!(read(&other, text), pair("", "c:/a/c"));
    // The option is of one scheme alone.
    let text = "net.pipe://h/a%2fb";
    assert_eq!(read(&context, text), read(&other, text));
}

#[test]
fn uri_section_machine_then_app() {
    #[track_caller]
    fn check(files: &[&str], expected: &[SchemeSettingElement], warnings: &[Kind]) {
        let (section, kinds) = read(files);
        assert_eq!(section.scheme_settings, expected, "{files:?}");
        assert_eq!(kinds, warnings, "{files:?}");
    }
    let list = |inner: &str| format!("<schemeSettings>{inner}</schemeSettings>");
    let add = |name: &str, options: &str| {
        format!("<add name='{name}' genericUriParserOptions='{options}'/>")
    };
    let literal = "DontUnescapePathDotsAndSlashes";
    let machine = list(&(add("http", literal) + &add("FILE", literal)));
    let both = [scheme("http", LITERAL), scheme("file", LITERAL)];

    check(&[&machine], &both, &[]);
    check(&[&machine, ""], &both, &[]);
    check(&[&machine, &list("")], &both, &[]);
    check(&[&machine, &list("<clear/>")], &[], &[]);
    check(&[&machine, &list("<remove name='Http'/>")], &both[1..], &[]);
    check(&[&machine, &list("<remove name='ftp'/>")], &both, &[]);
    // The application's word on a scheme takes the place of the machine's.
    let default = list(&add("http", "Default"));
    check(
        &[&machine, &default],
        &[both[1].clone(), scheme("http", Options::DEFAULT)],
        &[],
    );
    let anew = list(&("<clear/>".to_owned() + &add("net.tcp", literal)));
    check(&[&machine, &anew], &[scheme("net.tcp", LITERAL)], &[]);
    // A slip within one file is told; an option without effect too.
    let twice = list(&(add("ftp", literal) + &add("ftp", literal)));
    check(&[&twice], &[scheme("ftp", LITERAL)], &[Kind::Duplicate]);
    let vain = list(&add("ftp", &format!("{literal}, NoPort")));
    check(
        &[&vain],
        &[scheme("ftp", LITERAL | Options::NO_PORT)],
        &[Kind::NotApplied],
    );

    // Element by element: what the application does not mention stays the machine's.
    let (section, _) = read(&[
        "<idn enabled='All'/><iriParsing enabled='false'/>",
        "<iriParsing enabled='true'/>",
    ]);
    assert_eq!(section.idn.enabled, UriIdnScope::All);
    assert!(section.iri_parsing.enabled);
    let settings = read(&[&machine, &default]).0.to_uri_settings();
    assert_eq!(settings.scheme_options("File"), LITERAL);
    assert_eq!(settings.scheme_options("http"), Options::DEFAULT);
}

/// Runs in the process that the next test starts; alone it has nothing to look at.
#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "the global context is what is tested, and the environment says that it is"
)]
fn child_reads_uris_before_and_after_a_change() {
    let Some(path) = std::env::var_os("SYSTEM_NET_TEST_URI_CHILD") else {
        return;
    };
    let host = || {
        let settings = NetContext::global().uri_settings();
        let uri = Uri::parse_in("http://xn--4ca.com/", UriKind::Absolute, &settings).unwrap();
        uri.host().to_owned()
    };
    assert_eq!(host(), "\u{e4}.com", "the file says All");
    std::fs::write(&path, file("<idn enabled='None'/>")).unwrap();
    assert_eq!(host(), "\u{e4}.com", "the change came too late");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(host(), "\u{e4}.com");
    println!("read once");
}

#[test]
fn uri_config_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.config");
    std::fs::write(&path, file("<idn enabled='All'/>")).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "uri_section::child_reads_uris_before_and_after_a_change",
            "--nocapture",
        ])
        .env("SYSTEM_NET_TEST_URI_CHILD", &path)
        .env("SYSTEM_NET_CONFIG", &path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("read once"), "{text}");
}
