//! Elements and sections that a file gives twice: .NET refuses them, here the second is told.

use system_net_config::{Configuration, ConfigurationWarningKind as Kind};

const WHY: &str = "given twice, which .NET refuses; here both are read, the later over the earlier";

/// The places of the elements that are told as given twice; nothing else is told.
#[track_caller]
fn check(inner: &str, expected: &[&str]) {
    let text = format!("<configuration>\n{inner}</configuration>");
    let mut configuration = Configuration::new();
    configuration.apply_str(&text, "f").unwrap();
    let repeated = configuration
        .warnings()
        .iter()
        .filter(|it| it.message() == WHY);
    let told: Vec<_> = repeated
        .map(|it| {
            assert_eq!((it.kind(), it.attribute()), (Kind::Duplicate, None));
            format!("{}:{} {}", it.line(), it.column(), it.element())
        })
        .collect();
    assert_eq!(told, expected, "{inner}");
    let places = configuration.warnings().iter();
    let places: Vec<_> = places.map(|it| (it.line(), it.column())).collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn what_is_given_twice_is_told() {
    check("<system.net/>\n<system.net/>\n<uri/>", &["3:1 system.net"]);
    check("<uri/><uri/><uri/>", &["2:7 uri", "2:13 uri"]);
    check(
        "<system.net><settings><ipv6 enabled='true'/><ipv6 enabled='false'/></settings>\n\
         <settings/><defaultProxy/><unknown/><unknown/></system.net>",
        &["2:45 ipv6", "3:1 settings"],
    );
    check(
        "<system.net><mailSettings><smtp><network/><network/></smtp></mailSettings>\n\
         <defaultProxy><bypasslist/><proxy/><bypasslist/></defaultProxy></system.net>",
        &["2:43 network", "3:36 bypasslist"],
    );
    check(
        "<system.diagnostics><sources><source name='a'><listeners/><listeners/></source>\n\
         <source name='b'/></sources><sources/></system.diagnostics>",
        &["2:59 listeners", "3:29 sources"],
    );
    check(
        "<location><uri/></location><location path='.'><uri/><uri/></location><uri/>",
        &["2:53 uri"],
    );
}

#[test]
fn what_may_be_there_more_than_once_is_not() {
    for inner in [
        "<contoso/><contoso/><runtime><gcServer/><gcServer/></runtime>",
        "<system.net><connectionManagement><add address='a' maxconnection='1'/><clear/><clear/>\
         <add address='b' maxconnection='1'/><remove address='b'/><remove address='a'/>\
         </connectionManagement></system.net>",
        "<system.net><settings><ipv6/></settings></system.net><uri><idn/></uri>",
    ] {
        check(inner, &[]);
    }
    // Files over one another are not one file.
    let mut configuration = Configuration::new();
    for file in ["a", "b"] {
        configuration
            .apply_str("<configuration><uri/></configuration>", file)
            .unwrap();
    }
    assert_eq!(configuration.warnings(), []);
}

#[test]
fn the_later_of_two_wins() {
    let text = "<configuration><system.net><settings><ipv6 enabled='true'/></settings></system.net>\
                <system.net><settings><ipv6 enabled='false'/></settings></system.net></configuration>";
    let mut configuration = Configuration::new();
    configuration.apply_str(text, "f").unwrap();
    assert!(!configuration.settings().ipv6);
}
