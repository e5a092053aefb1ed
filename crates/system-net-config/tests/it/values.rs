//! Values that sections refuse or take in more than one form, and what of a file is not for us.

use std::time::Duration;

use system_net_config::{
    Configuration, ConfigurationErrorKind as Kind, ConfigurationWarningKind, ModuleChange,
    Settings, TargetFramework, TraceMode,
};

/// The settings, and the warnings as `line:column: …`.
#[track_caller]
fn read(inner: &str) -> (Settings, Vec<String>) {
    let mut configuration = Configuration::new();
    let text = format!("<configuration>\n{inner}\n</configuration>");
    configuration.apply_str(&text, "f").unwrap();
    let (settings, warnings) = configuration.into_parts();
    let warnings = warnings
        .iter()
        .map(|warning| warning.to_string()[2..].to_owned());
    (settings, warnings.collect())
}

/// The error for what stands within `<system.net>`, in line 2.
#[track_caller]
fn refused(inner: &str) -> String {
    let text = format!("<configuration><system.net>\n{inner}\n</system.net></configuration>");
    let error = Configuration::new().apply_str(&text, "f").unwrap_err();
    assert_eq!(error.kind(), Kind::Value);
    error.to_string()
}

#[test]
fn a_bypass_expression_that_does_not_compile_is_an_error() {
    // E3: the listing of the guide.
    let guide = r"<defaultProxy><bypasslist><add address='http://[a-z]+\.\contoso\.com/'/></bypasslist></defaultProxy>";
    assert_eq!(
        refused(guide),
        r"f:2:32: element `add`, attribute `address`: expected a regular expression (at character 16 `\c` stands for a control character in .NET, which no address has; meant is perhaps `http://[a-z]+\.contoso\.com$`), found `http://[a-z]+\.\contoso\.com/`"
    );
    for (pattern, reason) in [
        ("[a-z", "unclosed character class"),
        (
            "a(?=b)",
            "look-around, including look-ahead and look-behind, is not supported",
        ),
        (r"(a)\1", "backreferences are not supported"),
        (r"\\c(", "unclosed group"),
        (
            "(a{1000}){1000}",
            "Compiled regex exceeds size limit of 1048576 bytes.",
        ),
    ] {
        let inner = format!(
            "<defaultProxy><bypasslist><add address='{pattern}'/></bypasslist></defaultProxy>"
        );
        let error = refused(&inner);
        assert!(
            error.contains(&format!("({reason}), found `{pattern}`")),
            "{error}"
        );
    }
    // A backslash before the backslash, and no list at all.
    let (settings, _) = read(
        r"<system.net><defaultProxy><bypasslist><add address='a\\c'/><add address='b'/><remove address='b'/></bypasslist></defaultProxy></system.net>",
    );
    assert_eq!(settings.default_proxy.bypass_list, [r"a\\c"]);
}

/// What is compared has no slash at the end: an expression that wants one matches nothing.
#[test]
fn bypass_expressions_that_match_nothing_are_told() {
    for (pattern, told) in [
        (r"http://[a-z]+\.contoso\.com/", true),
        (r"contoso\.com/.*", true),
        (r"contoso.com/$", true),
        (r"http://localhost:8080/", true),
        (r"http://[a-z]+\.contoso\.com", false),
        (r"http://[a-z]+\.contoso\.com/?", false),
        (r"contoso\.com/*", false),
        (r"^https?://", false),
        (r"//contoso", false),
        (r"contoso[a/]com", false),
        (r"(contoso/|fabrikam)", false),
        (r"\S/contoso", false),
    ] {
        let (settings, warnings) = read(&format!(
            "<system.net><defaultProxy><bypasslist>\n<add address='{pattern}'/></bypasslist></defaultProxy></system.net>"
        ));
        assert_eq!(settings.default_proxy.bypass_list, [pattern]);
        let expected = [
            "3:6: element `add`, attribute `address`: not applied: it matches nothing: compared is `http://host` or `http://host:port`, without a slash at the end",
        ];
        assert_eq!(warnings, expected[usize::from(!told)..], "{pattern}");
    }
}

#[test]
fn values_that_are_refused() {
    #[track_caller]
    fn check(inner: &str, expected: &str) {
        let error = refused(inner);
        assert!(
            error.contains(&format!(": expected {expected}, found `")),
            "{error}"
        );
    }
    check(
        "<defaultProxy><proxy usesystemdefault='yes'/></defaultProxy>",
        "one of True, False, Unspecified",
    );
    check(
        "<defaultProxy><proxy proxyaddress='proxy'/></defaultProxy>",
        "an absolute URI, as `http://proxy:80`",
    );
    check(
        "<mailSettings><smtp deliveryMethod='network'/></mailSettings>",
        "one of Network, SpecifiedPickupDirectory, PickupDirectoryFromIis",
    );
    check(
        "<mailSettings><smtp><network port='0'/></smtp></mailSettings>",
        "a number from 1 to 65535",
    );
    check(
        "<requestCaching defaultPolicyLevel='Refresh'/>",
        "one of Default, BypassCache, CacheOnly, CacheIfAvailable, Revalidate, Reload, NoCacheNoStore",
    );
    check(
        "<authenticationModules><add type=' '/></authenticationModules>",
        "the name of a type",
    );
    check(
        "<settings><httpListener><timeouts minSendBytesPerSecond='4294967296'/></httpListener></settings>",
        "a number from 0 to 4294967295",
    );
    for time in [
        "",
        "x",
        "-1",
        "24:00",
        "00:60:00",
        "00:00:60",
        "1:2:3:4",
        "1.",
        "1.2",
        "0:0:0.00000001",
        "10675199",
        "+1",
    ] {
        check(
            &format!("<requestCaching unspecifiedMaximumAge='{time}'/>"),
            "a time as `hours:minutes:seconds` or `days.hours:minutes:seconds`",
        );
    }
}

#[test]
fn times() {
    for (text, seconds, nanos) in [
        ("0", 0, 0),
        ("2", 172_800, 0),
        ("1:30", 5_400, 0),
        ("00:00:01.5", 1, 500_000_000),
        ("1.02:03:04.0000001", 93_784, 100),
        ("10675198.23:59:59", 922_337_193_599, 0),
    ] {
        let (settings, _) = read(&format!(
            "<system.net><requestCaching unspecifiedMaximumAge='{text}'/></system.net>"
        ));
        assert_eq!(
            settings.request_caching.unspecified_maximum_age,
            Duration::new(seconds, nanos),
            "{text}"
        );
    }
}

#[test]
fn a_password_is_not_printed() {
    let (settings, warnings) = read(
        "<system.net><mailSettings><smtp><network password=' s3cret '/></smtp></mailSettings></system.net>",
    );
    assert_eq!(settings.smtp.network.password.as_deref(), Some(" s3cret "));
    assert!(!format!("{settings:?}{warnings:?}").contains("s3cret"));
    assert_eq!(warnings.len(), 1);
}

#[test]
fn trace_attributes_in_both_places() {
    // E1: as the listing has it, on the source.
    let (settings, _) = read(
        "<system.diagnostics><sources><source name='System.Net' tracemode='protocolonly' maxdatasize='7'/></sources></system.diagnostics>",
    );
    let source = &settings.diagnostics.sources[0];
    assert_eq!(
        (source.trace_mode, source.max_data_size),
        (TraceMode::ProtocolOnly, 7)
    );
    // As the table has it, on the switches.
    let (settings, warnings) = read(
        "<system.diagnostics>\n<switches tracemode='protocolonly'>\n<add name='System.Net' value='Off' tracemode='protocolonly'/></switches></system.diagnostics>",
    );
    assert_eq!(settings.diagnostics.sources, []);
    let of_mode: Vec<_> = warnings
        .iter()
        .filter(|it| it.contains("tracemode"))
        .collect();
    assert_eq!(
        of_mode,
        [
            "3:11: element `switches`, attribute `tracemode`: not applied: it belongs to the element `source`",
            "4:36: element `add`, attribute `tracemode`: not applied: it belongs to the element `source`",
        ]
    );
    // E2: one source, two names.
    let (settings, _) = read(
        "<system.diagnostics><switches><add name='System.Net.WebSockets' value='Off'/><add name='System.Net.WebSockets.WebSocket' value='verbose'/><add name='Contoso' value='any'/></switches></system.diagnostics>",
    );
    let switches = settings.diagnostics.switches;
    let shown: Vec<_> = switches
        .iter()
        .map(|switch| (&*switch.name, &*switch.value))
        .collect();
    assert_eq!(
        shown,
        [("System.Net.WebSockets", "Verbose"), ("Contoso", "any")]
    );
    // As flags in .NET: several names, but no numbers among them.
    let (settings, _) = read(
        "<system.diagnostics><switches><add name='System.Net' value=' error,Warning '/></switches></system.diagnostics>",
    );
    assert_eq!(settings.diagnostics.switches[0].value, "Error, Warning");
    for value in ["loud", "Error, loud", "Error,", "Error, 16", ""] {
        let text = format!(
            "<configuration><system.diagnostics><switches><add name='System.Net' value='{value}'/></switches></system.diagnostics></configuration>"
        );
        let error = Configuration::new()
            .apply_str(&text, "f")
            .unwrap_err()
            .to_string();
        let expected = format!(
            "expected one of Off, Critical, Error, Warning, Information, Verbose, ActivityTracing, All, or a number, found `{value}`"
        );
        assert!(error.ends_with(&expected), "{error}");
    }
}

/// What the guide calls an error is one, with its place and what to do.
#[test]
fn trace_attribute_errors() {
    let whole = |inner: &str| {
        format!("<configuration><system.diagnostics>\n{inner}</system.diagnostics></configuration>")
    };
    for (inner, place, expected) in [
        (
            "<sources><source name='System.Net' value='Verbose'/></sources>",
            "2:36",
            "no attribute `value` here: it belongs to `add` under `switches`, or is `switchValue`",
        ),
        (
            "<switches><add name='System.Net' value='Off' maxdatasize='7'/></switches>",
            "2:46",
            "no attribute `maxdatasize` here: it belongs to the element `source`",
        ),
        (
            "<switches maxdatasize='7'/>",
            "2:11",
            "no attribute `maxdatasize` here: it belongs to the element `source`",
        ),
        (
            "<switches><add name='System.Net'/></switches>",
            "2:11",
            "a level, as `Verbose`",
        ),
        (
            "<switches><add name='System.Net.Sockets' value='loud'/></switches>",
            "2:42",
            "one of Off, Critical, Error, Warning, Information, Verbose",
        ),
        (
            "<sources><source name='System.Net' switchValue='loud'/></sources>",
            "2:36",
            "one of Off, Critical, Error, Warning, Information, Verbose",
        ),
        (
            "<sources><source name='System.Net' maxdatasize='much'/></sources>",
            "2:36",
            "a number from 0 to 2147483647",
        ),
        (
            "<sources><source name='System.Net' maxdatasize='-1'/></sources>",
            "2:36",
            "a number from 0 to 2147483647",
        ),
        (
            "<sources><source name='System.Net' tracemode='hex'/></sources>",
            "2:36",
            "one of includehex, protocolonly",
        ),
        ("<sources><source/></sources>", "2:10", "as `System.Net`"),
        ("<trace autoflush='yes'/>", "2:8", "`true` or `false`"),
    ] {
        let error = Configuration::new()
            .apply_str(&whole(inner), "f")
            .unwrap_err();
        let shown = error.to_string();
        assert!(
            shown.starts_with(&format!("f:{place}: ")),
            "{inner}: {shown}"
        );
        assert!(shown.contains(expected), "{inner}: {shown}");
    }
    // Names in other letters are none, and told so.
    for (inner, expected) in [
        (
            "<sources><source name='System.Net' MaxDataSize='7'/></sources>",
            "f:2:36: element `source`, attribute `MaxDataSize`: unknown attribute; meant is perhaps `maxdatasize`",
        ),
        (
            "<sources><source name='system.net'/></sources>",
            "f:2:18: element `source`, attribute `name`: not applied: no source has this name; meant is perhaps `System.Net`",
        ),
        (
            "<switches><add name='System.Net.sockets' value='Off'/></switches>",
            "f:2:16: element `add`, attribute `name`: not applied: no source has this name; meant is perhaps `System.Net.Sockets`",
        ),
        (
            "<Sources/>",
            "f:2:1: element `Sources`: unknown element; meant is perhaps `sources`",
        ),
    ] {
        let mut configuration = Configuration::new();
        configuration.apply_str(&whole(inner), "f").unwrap();
        let warnings: Vec<String> = configuration
            .warnings()
            .iter()
            .map(|it| it.to_string())
            .collect();
        assert!(
            warnings.contains(&expected.to_owned()),
            "{inner}: {warnings:?}"
        );
    }
}

#[test]
fn later_files_go_on_with_sources() {
    let mut configuration = Configuration::new();
    for inner in [
        "<sources><source name='a' maxdatasize='5' switchName='s'/><source name='b'/></sources>",
        "<sources><source name='a' tracemode='protocolonly' switchName=''/><remove name='b'/></sources>",
    ] {
        let text = format!(
            "<configuration><system.diagnostics>{inner}</system.diagnostics></configuration>"
        );
        configuration.apply_str(&text, "f").unwrap();
    }
    let [source] = &configuration.settings().diagnostics.sources[..] else {
        panic!("one source");
    };
    assert_eq!(
        (source.max_data_size, source.trace_mode),
        (5, TraceMode::ProtocolOnly)
    );
    assert_eq!(source.switch_name, None);
}

#[test]
fn switches_by_name() {
    let mut configuration = Configuration::new();
    let file = |value: &str| {
        format!(
            "<configuration><runtime><AppContextSwitchOverrides value='{value}'/></runtime></configuration>"
        )
    };
    for value in ["A=true; B = False ;", "", "A=FALSE;C=true"] {
        configuration.apply_str(&file(value), "f").unwrap();
    }
    let switches = &configuration.settings().app_context_switches;
    let shown: Vec<_> = switches
        .iter()
        .map(|switch| (&*switch.name, switch.enabled))
        .collect();
    assert_eq!(shown, [("B", false), ("A", false), ("C", true)]);
    for value in ["A", "A=1", "=true", "A=true,B=false"] {
        let error = configuration.apply_str(&file(value), "f").unwrap_err();
        assert_eq!(
            (error.kind(), error.attribute()),
            (Kind::Value, Some("value")),
            "{value}"
        );
    }
}

#[test]
fn config_foreign_sections_reported() {
    let (settings, warnings) = read(
        "<configSections><section name='contoso' type='C, C'/></configSections>
<contoso><a/></contoso>
<startup/>
<runtime><gcServer enabled='true'/></runtime>
<location path='admin'><system.net><settings><ipv6 enabled='false'/></settings></system.net></location>
<location path='.'><system.net><webRequestModules lockItem='true'>
<clear/></webRequestModules></system.net><other/></location>
<system.net>
<connectionManagement configSource='limits.config'/>
</system.net>",
    );
    assert_eq!(
        warnings,
        [
            "2:1: element `configSections`: not read: sections are known here by their names",
            "3:1: element `contoso`: not read: a section of another product",
            "4:1: element `startup`: not read: a section of another product",
            "5:10: element `gcServer`: not read: a section of another product",
            "6:1: element `location`: not applied: it is for a part of a web site",
            "7:51: element `webRequestModules`, attribute `lockItem`: not applied: later files may change whatever earlier ones set",
            "8:42: element `other`: not read: a section of another product",
            "10:23: element `connectionManagement`, attribute `configSource`: not applied: no other file is read; give the section itself",
        ]
    );
    // What is for part of a web site is not applied, what is for all is.
    assert!(settings.ipv6);
    assert_eq!(settings.web_request_modules, [ModuleChange::Clear]);
    let mut configuration = Configuration::new();
    configuration
        .apply_str("<configuration><contoso/></configuration>", "f")
        .unwrap();
    assert_eq!(
        configuration.warnings()[0].kind(),
        ConfigurationWarningKind::ForeignSection
    );
}

#[test]
fn limits_that_no_server_can_meet_are_told() {
    for (address, told) in [
        ("*", false),
        ("www.contoso.com", false),
        ("WWW.Contoso.com", false),
        ("192.168.1.2", false),
        ("[::1]", false),
        ("http://www.contoso.com", false),
        ("http://www.contoso.com:8080/a", false),
        ("a b", true),
        ("*.contoso.com", true),
        ("www.contoso.com/a", true),
        ("//www.contoso.com", true),
        ("mailto:ben@contoso.com", true),
        ("localhost:8080", true),
    ] {
        let (settings, warnings) = read(&format!(
            "<system.net><connectionManagement><add address='{address}' maxconnection='3'/></connectionManagement></system.net>"
        ));
        assert_eq!(settings.connection_management.len(), 1, "{address}");
        let expected = [
            "2:40: element `add`, attribute `address`: not applied: no server has this address; expected a host, an address as `http://www.contoso.com`, or `*`",
        ];
        assert_eq!(warnings, expected[usize::from(!told)..], "{address}");
    }
}

#[test]
fn what_the_system_proxy_leaves_without_effect_is_told() {
    let of_target = |target, proxy: &str, more: &str| {
        let mut configuration = Configuration::for_target(target);
        let text = format!(
            "<configuration><system.net><defaultProxy>\n<proxy {proxy}/>{more}</defaultProxy></system.net></configuration>"
        );
        configuration.apply_str(&text, "f").unwrap();
        let warnings = configuration.warnings().iter().map(|warning| {
            assert_eq!(
                warning.message(),
                "not applied: with usesystemdefault=\"true\" the system's proxy alone counts"
            );
            warning
                .attribute()
                .unwrap_or_else(|| warning.element())
                .to_owned()
        });
        warnings.collect::<Vec<_>>()
    };
    let all = "proxyaddress='http://file:1' bypassonlocal='true'";
    let list = "<bypasslist><add address='a'/></bypasslist>";
    let told =
        |value: &str, target| of_target(target, &format!("usesystemdefault='{value}' {all}"), list);
    assert_eq!(
        told("True", TargetFramework::V2_0),
        ["proxyaddress", "bypassonlocal", "bypasslist"]
    );
    // Under 1.1 the file's settings go over the system's, and else they count as well.
    assert_eq!(told("true", TargetFramework::V1_1), [""; 0]);
    assert_eq!(told("false", TargetFramework::V2_0), [""; 0]);
    assert_eq!(told("unspecified", TargetFramework::V2_0), [""; 0]);
    let silent = "usesystemdefault='true' proxyaddress='' bypassonlocal='unspecified'";
    assert_eq!(of_target(TargetFramework::V2_0, silent, ""), [""; 0]);
}

/// A number alone is a span of days, as .NET reads it; who writes one is told.
#[test]
fn times_without_a_unit_are_told() {
    for (element, attribute, value, told) in [
        (
            "<settings><httpListener><timeouts AT/></httpListener></settings>",
            "headerWait",
            "30",
            Some("this is 30 day(s); that many seconds are `00:00:30`"),
        ),
        (
            "<settings><httpListener><timeouts AT/></httpListener></settings>",
            "entityBody",
            " 0120 ",
            Some("this is 120 day(s); that many seconds are `00:02:00`"),
        ),
        (
            "<settings><httpListener><timeouts AT/></httpListener></settings>",
            "idleConnection",
            "99999",
            Some("this is 99999 day(s)"),
        ),
        (
            "<settings><httpListener><timeouts AT/></httpListener></settings>",
            "headerWait",
            "00:00:30",
            None,
        ),
        (
            "<settings><httpListener><timeouts AT/></httpListener></settings>",
            "headerWait",
            "0",
            None,
        ),
        (
            "<settings><httpListener><timeouts AT/></httpListener></settings>",
            "minSendBytesPerSecond",
            "150",
            None,
        ),
        (
            "<settings><webProxyScript AT/></settings>",
            "downloadTimeout",
            "60",
            Some("this is 60 day(s); that many seconds are `00:01:00`"),
        ),
        (
            "<requestCaching AT/>",
            "unspecifiedMaximumAge",
            "1",
            Some("this is 1 day(s); that many seconds are `00:00:01`"),
        ),
        (
            "<requestCaching><defaultHttpCachePolicy AT/></requestCaching>",
            "maximumAge",
            "3600",
            Some("this is 3600 day(s); that many seconds are `01:00:00`"),
        ),
    ] {
        let element = element.replace("AT", &format!("{attribute}='{value}'"));
        let text = format!("<configuration><system.net>{element}</system.net></configuration>");
        let report = Configuration::check_bytes(text.as_bytes(), "f");
        assert_eq!(report.errors().len(), 0, "{text}");
        let doubtful = report
            .warnings()
            .iter()
            .filter(|warning| warning.kind() == ConfigurationWarningKind::Doubtful);
        let doubtful: Vec<_> = doubtful.map(|it| (it.attribute(), it.message())).collect();
        let message = told.map(|told| format!("a number alone counts days, so {told}"));
        let expected: Vec<_> = message.iter().map(|it| (Some(attribute), &**it)).collect();
        assert_eq!(doubtful, expected, "{text}");
    }
}
