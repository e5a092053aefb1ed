//! Who says which version of the .NET Framework a program was written for.

use system_net::{
    Configuration, Settings, SslProtocols, TargetFramework, TargetFrameworkSource as Source,
};

use super::{clients, hello, read};

fn startup(attributes: &str) -> String {
    format!("<configuration><startup><supportedRuntime {attributes}/></startup></configuration>")
}

fn web(version: &str) -> String {
    format!(
        "<configuration><system.web><httpRuntime targetFramework='{version}' maxRequestLength='4096'/>\
         </system.web></configuration>"
    )
}

#[test]
fn target_framework_sources() {
    let versions = |settings: &Settings| clients(settings, None).0.map(|offer| offer.versions);
    let (old, new) = (vec![hello::TLS12], vec![hello::TLS13, hello::TLS12]);
    // A file: which version, by what, and what connections make of it.
    for (file, target, source, expected) in [
        (
            "<configuration/>".to_owned(),
            TargetFramework::V4_7_1,
            Source::Unsaid,
            Some(&new),
        ),
        (
            startup("version='v4.0' sku='.NETFramework,Version=v4.8'"),
            TargetFramework::V4_7_1,
            Source::SupportedRuntime,
            Some(&new),
        ),
        (
            startup("version='v4.0' sku='.NETFramework,Version=v4.7'"),
            TargetFramework::V4_7,
            Source::SupportedRuntime,
            Some(&new),
        ),
        (
            startup("sku='.NETFramework,Version=v4.6.1,Profile=Client'"),
            TargetFramework::V4_6,
            Source::SupportedRuntime,
            Some(&old),
        ),
        (
            startup("sku='.NETFramework,Version=v4.5.2'"),
            TargetFramework::V4_5_2,
            Source::SupportedRuntime,
            None,
        ),
        (
            startup("version='v4.0'"),
            TargetFramework::V4_0,
            Source::SupportedRuntime,
            None,
        ),
        (
            startup("version='v2.0.50727'"),
            TargetFramework::V3_5,
            Source::SupportedRuntime,
            None,
        ),
        (
            startup("version='v1.1.4322'"),
            TargetFramework::V1_1,
            Source::SupportedRuntime,
            None,
        ),
        (
            web("4.7.2"),
            TargetFramework::V4_7_1,
            Source::HttpRuntime,
            Some(&new),
        ),
        (
            web("4.6.2"),
            TargetFramework::V4_6,
            Source::HttpRuntime,
            Some(&old),
        ),
        (web("4.5"), TargetFramework::V4_0, Source::HttpRuntime, None),
    ] {
        let (settings, warnings) = read(&file);
        let said = (settings.target_framework, settings.target_framework_source);
        assert_eq!(said, (target, source), "{file}");
        assert_eq!(versions(&settings), expected.cloned(), "{file}");
        // What makes TLS worse is told.
        let is_old = target < TargetFramework::V4_7;
        assert_eq!(warnings.len(), usize::from(is_old), "{warnings:?}");
        let decision = clients(&settings, None).1.to_string();
        let by = match source {
            Source::SupportedRuntime => "by <supportedRuntime>",
            Source::HttpRuntime => "by <httpRuntime targetFramework>",
            _ => "as nobody says otherwise",
        };
        assert!(
            decision.contains(&format!("target framework {target}, {by}")),
            "{decision}"
        );
    }
    // Of several elements the first counts.
    let both = "<configuration><startup><supportedRuntime version='v4.0' \
        sku='.NETFramework,Version=v4.7'/><supportedRuntime version='v2.0.50727'/></startup>\
        </configuration>";
    let (settings, warnings) = read(both);
    assert_eq!(
        (settings.target_framework, warnings.len()),
        (TargetFramework::V4_7, 0)
    );
    // The web's word counts over the other, in whichever order they stand, the program's over both.
    for files in [
        [startup("version='v2.0.50727'"), web("4.6")],
        [web("4.6"), startup("version='v2.0.50727'")],
    ] {
        let mut configuration = Configuration::new();
        for file in &files {
            configuration.apply_str(file, "app.config").unwrap();
        }
        assert_eq!(
            configuration.settings().target_framework,
            TargetFramework::V4_6
        );
        let mut configuration = Configuration::for_target(TargetFramework::V4_7);
        for file in &files {
            configuration.apply_str(file, "app.config").unwrap();
        }
        let settings = configuration.into_parts().0;
        assert_eq!(settings.target_framework, TargetFramework::V4_7);
        assert_eq!(versions(&settings), Some(new.clone()));
    }
    // What is no version of it is told, and does not count.
    for file in [
        startup("version='v9'"),
        startup("sku='.NETCoreApp,Version=v3.1'"),
        startup("version='four'"),
        web("new"),
    ] {
        let (settings, warnings) = read(&file);
        if settings.target_framework_source == Source::Unsaid {
            assert!(
                warnings[0].contains("names no version of the .NET Framework"),
                "{warnings:?}"
            );
        } else {
            assert_eq!(
                (settings.target_framework, warnings.len()),
                (TargetFramework::V4_7_1, 0)
            );
        }
    }
}

#[test]
fn config_servicemodel_reported() {
    let (settings, warnings) = read(
        "<configuration>
<system.serviceModel><bindings>
<netTcpBinding><binding name='a'><security mode='Transport'>
<transport clientCredentialType='Certificate' sslProtocols='Tls11'/>
</security></binding>
<binding name='b'><security><transport sslProtocols='None'/></security></binding></netTcpBinding>
<customBinding><binding>
<sslStreamSecurity requireClientCertificate='true' sslProtocols='Ssl3|Tls'/>
</binding></customBinding></bindings></system.serviceModel>
</configuration>",
    );
    let place = |place: &str, element: &str| {
        format!("app.config:{place}: element `{element}`, attribute `sslProtocols`: ")
    };
    let wcf = "not applied: it is for WCF, which is not part of this library";
    let fixed = |versions: &str| {
        format!("fixes the versions `{versions}` of TLS; `None` leaves the choice to the system")
    };
    assert_eq!(
        warnings,
        [
            place("4:47", "transport") + wcf,
            place("4:47", "transport") + &fixed("Tls11"),
            place("6:40", "transport") + wcf,
            place("8:52", "sslStreamSecurity") + wcf,
            place("8:52", "sslStreamSecurity") + &fixed("Ssl3|Tls"),
        ]
    );
    // Nothing follows from it.
    assert_eq!(settings, Settings::default());
    let decision = clients(&settings, None).1;
    assert_eq!(decision.requested(), SslProtocols::NONE);
    let (_, warnings) = read("<configuration><system.serviceModel/></configuration>");
    assert!(
        warnings[0].contains("a section of another product"),
        "{warnings:?}"
    );
}
