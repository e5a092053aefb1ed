//! All errors of a file, what is said about each, and the lines they are in.

use system_net_config::{Configuration, ConfigurationErrorKind as Kind, ConfigurationReport};

fn report(text: &str) -> ConfigurationReport {
    Configuration::check_bytes(text.as_bytes(), "app.config")
}

fn settings(inner: &str) -> String {
    format!("<configuration><system.net><settings>{inner}</settings></system.net></configuration>")
}

#[test]
fn every_error_of_a_file_is_told() {
    let text = "<configuration>
  <system.net>
    <connectionManagement>
      <add address='*' maxconnection='many' />
      <add maxconnection='2' />
      <add address='a' maxconnection='2' />
    </connectionManagement>
    <settings>
      <httpWebRequest useUnsafeHeaderParsing='yes' maximumResponseHeadersLength='-2' />
      <ipv6 enabled='perhaps' />
    </settings>
  </system.net>
  <uri><idn enabled='some' /></uri>
  <system.diagnostics>
    <sources><source name='System.Net'><listeners><add /></listeners></source></sources>
  </system.diagnostics>
</configuration>";
    let report = report(text);
    let told: Vec<_> = report
        .errors()
        .iter()
        .map(|error| {
            (
                (error.line(), error.column()),
                error.kind(),
                error.path().unwrap(),
                error.attribute().unwrap(),
            )
        })
        .collect();
    let add = "system.net/connectionManagement/add";
    let http = "system.net/settings/httpWebRequest";
    assert_eq!(
        told,
        [
            // That the element lacks the attribute once it is taken out is not told.
            ((4, 24), Kind::Value, add, "maxconnection"),
            ((5, 7), Kind::MissingAttribute, add, "address"),
            ((9, 23), Kind::Value, http, "useUnsafeHeaderParsing"),
            ((9, 52), Kind::Value, http, "maximumResponseHeadersLength"),
            ((10, 13), Kind::Value, "system.net/settings/ipv6", "enabled"),
            ((13, 13), Kind::Value, "uri/idn", "enabled"),
            (
                (15, 51),
                Kind::MissingAttribute,
                "system.diagnostics/sources/source/listeners/add",
                "name"
            ),
        ]
    );
    assert_eq!(report.line(10), Some("      <ipv6 enabled='perhaps' />"));
    assert_eq!((report.line(0), report.line(99)), (None, None));
    assert_eq!(report.file().to_str(), Some("app.config"));
}

#[test]
fn what_to_do_is_told_from_the_schema() {
    #[track_caller]
    fn check(text: &str, hint: Option<&str>) {
        let report = report(text);
        let [error] = report.errors() else {
            panic!("{:?}", report.errors())
        };
        assert_eq!(error.hint().as_deref(), hint, "{error}");
        // A file that is applied is told of in the same words.
        let applied = Configuration::new().apply_str(text, "app.config");
        let applied = applied.unwrap_err();
        assert_eq!(applied.to_string(), error.to_string());
        assert_eq!(applied.hint(), error.hint());
        assert_eq!(applied.path(), error.path());
        assert!(error.to_string().ends_with(error.message()), "{error}");
    }
    check(
        &settings("<ipv6 enabled='1'/>"),
        Some("as in enabled=\"false\"; without the attribute true holds"),
    );
    check(
        "<configuration><location><system.net><webRequestModules><add type='x'/>\
         </webRequestModules></system.net></location></configuration>",
        Some("as in prefix=\"ftp:\""),
    );
    check(
        "<configuration><system.diagnostics><trace><listeners><remove/></listeners></trace>\
         </system.diagnostics></configuration>",
        Some("as in name=\"Default\""),
    );
    check(
        "<!DOCTYPE x><x/>",
        Some(
            "leave the declaration out; of entities there are &lt; &gt; &amp; &quot; &apos; and \
         numbers of characters",
        ),
    );
    check(
        "<x/>",
        Some("put everything into <configuration> … </configuration>, of which a file has one"),
    );
    check(
        "<configuration>",
        Some("the file may have been cut off, or the end tag was forgotten"),
    );
    check("<configuration a='' a=''/>", None);
}

#[test]
fn files_without_errors_and_files_that_are_none() {
    let good = report("<configuration><foreign/></configuration>");
    assert!(good.errors().is_empty());
    assert_eq!(good.warnings().len(), 1);
    let gone = Configuration::check_file("no/such/file");
    assert_eq!(gone.errors()[0].kind(), Kind::Io);
    assert_eq!(gone.line(1), None);
    let binary = Configuration::check_bytes(b"\xff\xfe\x00", "f");
    assert_eq!(binary.errors()[0].kind(), Kind::Encoding);
}

#[test]
fn only_so_many_errors_are_told() {
    let bad = "<ipv6 enabled='maybe'/>\n";
    for (count, told) in [
        (Configuration::MAX_ERRORS, Configuration::MAX_ERRORS),
        (Configuration::MAX_ERRORS + 1, Configuration::MAX_ERRORS),
    ] {
        assert_eq!(report(&settings(&bad.repeat(count))).errors().len(), told);
    }
}
