//! Builder, parsers of custom schemes, enumerations, and the texts printed in the guide.

use system_net_uri::{
    FileStyleUriParser, FtpStyleUriParser, GenericUriParserOptions, GopherStyleUriParser,
    HttpStyleUriParser, LdapStyleUriParser, NetPipeStyleUriParser, NetTcpStyleUriParser,
    NewsStyleUriParser, Uri, UriBuilder, UriComponents, UriFormat, UriFormatError,
    UriFormatErrorKind, UriHostNameType, UriIdnScope, UriKind, UriParser, UriParserImpl,
    UriParserTable, UriPartial, UriSettings,
};

use crate::uri;

#[test]
fn uri_builder_roundtrip() {
    for text in [
        "http://u:p@h:81/p?q#f",
        "http://h/",
        "ftp://h:2121/a%20b",
        "https://[::1]:8443/x",
        "mailto:a@h",
        "file:///c:/dir/x",
    ] {
        let parsed = uri(text);
        let mut builder = UriBuilder::from_uri(&parsed).unwrap();
        assert_eq!(
            builder.uri().unwrap().absolute_uri(),
            parsed.absolute_uri(),
            "{text}"
        );
    }
    let mut builder = UriBuilder::new();
    assert_eq!(builder.to_string(), "http://localhost/");
    builder.set_scheme("HTTPS:").unwrap();
    builder.set_host("::1");
    builder.set_port(Some(81));
    builder.set_path(r"a\b c");
    builder.set_query("x=1");
    builder.set_fragment("#f");
    builder.set_user_name("u");
    builder.set_password("p");
    assert_eq!(
        builder.text().unwrap(),
        "https://u:p@[::1]:81/a/b%20c?x=1#f"
    );
    assert_eq!(builder.uri().unwrap().port(), Some(81));
    assert_eq!(
        builder.path(),
        "/a/b%20c",
        "the parts are those of the URI now"
    );
    assert!(!format!("{builder:?}").contains("\"p\""));
    builder.set_user_name("");
    assert_eq!(
        builder.text().unwrap_err().kind(),
        UriFormatErrorKind::BadUserPassword
    );
    assert_eq!(
        builder.set_scheme("1x").unwrap_err().kind(),
        UriFormatErrorKind::BadScheme
    );
    assert_eq!(builder.scheme(), "https", "a refused value changes nothing");
    let extra = UriBuilder::with_extra("http", "h", None, "p", "?q#f").unwrap();
    assert_eq!((extra.query(), extra.fragment()), ("?q", "#f"));
    assert!(UriBuilder::with_extra("http", "h", None, "p", "x").is_err());
}

/// A scheme whose hosts are shown in capitals and whose path must begin with `/v1`.
struct Shouting;

impl UriParserImpl for Shouting {
    fn initialize_and_validate(&self, uri: &Uri) -> Result<(), UriFormatError> {
        if uri.absolute_path().starts_with("/v1") {
            return Ok(());
        }
        let path = uri.absolute_uri().find(uri.absolute_path());
        let kind = UriFormatErrorKind::InvalidArgument;
        Err(UriFormatError::new(kind, path.unwrap_or_default()))
    }

    fn components(&self, uri: &Uri, components: UriComponents, _: UriFormat) -> String {
        format!(
            "{}!{}",
            uri.absolute_uri().to_uppercase(),
            components.bits()
        )
    }

    fn is_base_of(&self, _: &Uri, _: &Uri) -> bool {
        true
    }
}

#[test]
fn uri_parser_register_custom() {
    let mut table = UriParserTable::new();
    let styles: [(UriParser, &str, Option<u16>); 9] = [
        (HttpStyleUriParser.into(), "web", Some(8080)),
        (FtpStyleUriParser.into(), "x-ftp", Some(2121)),
        (FileStyleUriParser.into(), "x-file", None),
        (NewsStyleUriParser.into(), "x-news", None),
        (GopherStyleUriParser.into(), "x-gopher", Some(70)),
        (LdapStyleUriParser.into(), "x-ldap", Some(389)),
        (NetPipeStyleUriParser.into(), "x-pipe", None),
        (NetTcpStyleUriParser.into(), "x-tcp", Some(808)),
        (
            UriParser::from_impl(Shouting, Some(HttpStyleUriParser.into())),
            "SHOUT",
            Some(1),
        ),
    ];
    for (parser, scheme, port) in styles {
        table.register(parser, scheme, port).unwrap();
        assert!(table.is_known_scheme(scheme));
    }
    let mut refused = |scheme: &str| {
        table
            .register(HttpStyleUriParser, scheme, None)
            .unwrap_err()
            .kind()
    };
    assert_eq!(refused("http"), UriFormatErrorKind::AlreadyRegistered);
    assert_eq!(refused("WEB"), UriFormatErrorKind::AlreadyRegistered);
    assert_eq!(refused("x"), UriFormatErrorKind::InvalidArgument);
    assert_eq!(refused("1x"), UriFormatErrorKind::InvalidArgument);
    let mut settings = UriSettings::new();
    settings.set_parsers(Some(table.into()));
    let read = |text: &str| Uri::parse_in(text, UriKind::Absolute, &settings);
    assert_eq!(
        read("web://H/a/../b?q").unwrap().absolute_uri(),
        "web://h/b?q"
    );
    assert_eq!(read("web://H/").unwrap().port(), Some(8080));
    assert_eq!(
        read("x-ftp://h/a?b").unwrap().absolute_uri(),
        "x-ftp://h/a%3Fb"
    );
    assert_eq!(read("x-file:///c:/a%20b").unwrap().local_path(), r"c:\a b");
    assert_eq!(read("x-news:a/../b").unwrap().absolute_path(), "a/../b");
    assert_eq!(
        read("x-gopher://h/a/../b").unwrap().absolute_path(),
        "/a/../b"
    );
    assert_eq!(read("x-ldap:///cn=a").unwrap().host(), "");
    assert_eq!(read("x-pipe://h/%2e%2e/a").unwrap().absolute_path(), "/a");
    assert!(read("x-pipe://h:1/").is_err(), "pipes have no port");
    assert_eq!(read("x-tcp://h/").unwrap().port(), Some(808));

    let shout = read("shout://h/v1/a").unwrap();
    assert_eq!(shout.to_string(), "SHOUT://H/V1/A!127");
    assert!(shout.is_base_of(&uri("http://other/")));
    let refused = read("shout://h/v2").unwrap_err();
    let kind = UriFormatErrorKind::InvalidArgument;
    assert_eq!((refused.kind(), refused.offset()), (kind, 9));
    assert!(!refused.hint().is_empty());
    assert_eq!(
        shout.combine("b").unwrap_err().kind(),
        UriFormatErrorKind::InvalidArgument,
        "not below /v1"
    );
    assert!(
        Uri::parse("web://h:x/").is_err(),
        "without the table the scheme is unknown"
    );
}

#[test]
fn uri_guide_examples() {
    for (text, absolute_uri) in [
        ("http://www.contoso.com", "http://www.contoso.com/"),
        (
            "http://www.contoso.com/PostAcceptor.aspx ",
            "http://www.contoso.com/PostAcceptor.aspx",
        ),
        (
            "http://www.contoso.com/whatsnew.aspx?date=today",
            "http://www.contoso.com/whatsnew.aspx?date=today",
        ),
        (
            "http://support.microsoft.com/?id=821268",
            "http://support.microsoft.com/?id=821268",
        ),
        (
            "http://www.iana.org/assignments/port-numbers",
            "http://www.iana.org/assignments/port-numbers",
        ),
        ("http://webproxy:80/", "http://webproxy/"),
        ("http://www.contoso.com/", "http://www.contoso.com/"),
        (
            "http://www.contoso.com/default.html",
            "http://www.contoso.com/default.html",
        ),
        (
            "http://www.contoso.com/index.htm",
            "http://www.contoso.com/index.htm",
        ),
        (
            "http://www.contoso.com/PostAcceptor.aspx",
            "http://www.contoso.com/PostAcceptor.aspx",
        ),
        (
            "http://www.contoso.com/news.htm?date=today",
            "http://www.contoso.com/news.htm?date=today",
        ),
        (
            "http://support.microsoft.com/?id=318140",
            "http://support.microsoft.com/?id=318140",
        ),
        (
            "http://support.microsoft.com/?id=332077",
            "http://support.microsoft.com/?id=332077",
        ),
        (
            "http://support.microsoft.com/?id=823177",
            "http://support.microsoft.com/?id=823177",
        ),
        (
            "http://support.microsoft.com/kb/896861",
            "http://support.microsoft.com/kb/896861",
        ),
        ("http://alternateproxy:80/", "http://alternateproxy/"),
        ("http://proxyserver:80", "http://proxyserver/"),
        ("http://server:80", "http://server/"),
        (
            "http://contoso.com/#fragment",
            "http://contoso.com/#fragment",
        ),
        ("ftp://www.contoso.com/", "ftp://www.contoso.com/"),
        (
            "ftp://www.contoso.com/test.htm",
            "ftp://www.contoso.com/test.htm",
        ),
        ("http://www.ietf.org", "http://www.ietf.org/"),
        ("http://www.microsoft.com", "http://www.microsoft.com/"),
        ("http://www.w3.org", "http://www.w3.org/"),
        (
            "http://proxy.contoso.com:3128",
            "http://proxy.contoso.com:3128/",
        ),
        (
            "http://contoso.com#fragment",
            "http://contoso.com/#fragment",
        ),
        (
            "ftp://ftp.contoso.com/file.txt",
            "ftp://ftp.contoso.com/file.txt",
        ),
        ("file:///path", "file:///path"),
        ("file://path", "file://path/"),
        ("https://www.contoso.com/", "https://www.contoso.com/"),
        (
            r"c:\directory\file@name.txt",
            "file:///c:/directory/file@name.txt",
        ),
    ] {
        assert_eq!(uri(text).absolute_uri(), absolute_uri, "{text}");
        assert_eq!(uri(text).original_string(), text);
    }
    let parts = uri("http://www.contoso.com/whatsnew.aspx?date=today");
    assert_eq!((parts.scheme(), parts.host()), ("http", "www.contoso.com"));
    assert_eq!(
        (parts.absolute_path(), parts.query()),
        ("/whatsnew.aspx", "?date=today")
    );
}

#[test]
fn uri_enums_match_api_list() {
    assert_eq!(
        [
            UriKind::RelativeOrAbsolute as i32,
            UriKind::Absolute as i32,
            UriKind::Relative as i32
        ],
        [0, 1, 2]
    );
    assert_eq!(
        [
            UriPartial::Scheme as i32,
            UriPartial::Authority as i32,
            UriPartial::Path as i32,
            UriPartial::Query as i32
        ],
        [0, 1, 2, 3]
    );
    assert_eq!(
        [
            UriFormat::UriEscaped as i32,
            UriFormat::Unescaped as i32,
            UriFormat::SafeUnescaped as i32
        ],
        [1, 2, 3]
    );
    assert_eq!(
        [
            UriIdnScope::None as i32,
            UriIdnScope::AllExceptIntranet as i32,
            UriIdnScope::All as i32
        ],
        [0, 1, 2]
    );
    let hosts = [
        UriHostNameType::Unknown,
        UriHostNameType::Basic,
        UriHostNameType::Dns,
        UriHostNameType::IPv4,
        UriHostNameType::IPv6,
    ];
    assert_eq!(hosts.map(|kind| kind as i32), [0, 1, 2, 3, 4]);
    type C = UriComponents;
    let components = [
        C::SCHEME,
        C::USER_INFO,
        C::HOST,
        C::PORT,
        C::SCHEME_AND_SERVER,
        C::PATH,
        C::QUERY,
        C::PATH_AND_QUERY,
        C::HTTP_REQUEST_URL,
        C::FRAGMENT,
        C::ABSOLUTE_URI,
        C::STRONG_PORT,
        C::HOST_AND_PORT,
        C::STRONG_AUTHORITY,
        C::NORMALIZED_HOST,
        C::KEEP_DELIMITER,
        C::SERIALIZATION_INFO_STRING,
    ];
    assert_eq!(
        components.map(C::bits),
        [
            1,
            2,
            4,
            8,
            13,
            16,
            32,
            48,
            61,
            64,
            127,
            128,
            132,
            134,
            256,
            1_073_741_824,
            -2_147_483_648
        ]
    );
    type O = GenericUriParserOptions;
    let options = [
        O::DEFAULT,
        O::GENERIC_AUTHORITY,
        O::ALLOW_EMPTY_AUTHORITY,
        O::NO_USER_INFO,
        O::NO_PORT,
        O::NO_QUERY,
        O::NO_FRAGMENT,
        O::DONT_CONVERT_PATH_BACKSLASHES,
        O::DONT_COMPRESS_PATH,
        O::DONT_UNESCAPE_PATH_DOTS_AND_SLASHES,
        O::IDN,
        O::IRI_PARSING,
    ];
    assert_eq!(
        options.map(O::bits),
        [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
    );
}

#[test]
fn paths_of_unix_by_setting() {
    let mut settings = UriSettings::new();
    settings.set_paths(system_net_uri::PathRules::Unix);
    let read = |text: &str| Uri::parse_in(text, UriKind::Absolute, &settings).unwrap();
    let file = read("/dir/a b#c");
    assert_eq!(file.absolute_uri(), "file:///dir/a%20b%23c");
    assert_eq!(file.local_path(), "/dir/a b#c");
    assert_eq!(read("/a/../b").local_path(), "/b");
    assert_eq!(file.combine("e").unwrap().local_path(), "/dir/e");
    assert!(
        Uri::parse("/dir").is_err(),
        "under Windows rules it is no absolute path"
    );
}

#[test]
fn hostile_texts_grow_ninefold_at_most() {
    // A character of three bytes becomes nine in the form for the wire; nothing grows more.
    for unit in [
        "../", "a/../", "./", "//", "%2e%2e/", "..\\", "%", "\u{e4}", "a@", "[",
    ] {
        for count in [1000, 20_000] {
            let text = format!("http://h/{}", unit.repeat(count.min(60_000 / unit.len())));
            if let Ok(uri) = Uri::parse(&text) {
                assert!(uri.absolute_uri().len() <= 9 * text.len());
                assert!(uri.to_string().len() <= 9 * text.len());
            }
        }
    }
}
