//! Under which names this very process may be logged in to by NTLM: what configuration files and
//! registry texts say, seen at a server of the process that hands out its challenges.

use std::sync::Arc;

use system_net_config::{Configuration, NetContext, Settings};
use system_net_requests::{WebExceptionStatus, register_authentication_module_in};
use system_net_security::authentication::LogonModule;
use system_net_security::ntlm::NtlmProvider;
use system_net_sockets::{Dns, OverrideResolver};

use crate::connection_logins::{Manners, server, text, user, with};

/// A context that a configuration file made, in which all names are this machine's.
fn configured(text: &str) -> NetContext {
    let mut configuration = Configuration::new();
    let whole = format!("<configuration><system.net>{text}</system.net></configuration>");
    configuration.apply_str(&whole, "app.config").unwrap();
    here(NetContext::from_configuration(configuration))
}

fn here(context: NetContext) -> NetContext {
    let mut resolver = OverrideResolver::closed();
    for name in ["contoso", "www.contoso.example", "other.example"] {
        resolver.insert(name, vec!["127.0.0.1".parse().unwrap()]);
    }
    Dns::set_resolver_in(&context, Some(Arc::new(resolver)));
    context
}

/// Whether the process logs in to itself under each of three names, by NTLM and by Negotiate.
#[track_caller]
fn check(what: &str, context: &NetContext, expected: [bool; 3]) {
    for negotiate in [false, true] {
        let manners = Manners::of_this_process(negotiate);
        let peer = server(&manners);
        for (name, expected) in ["contoso", "WWW.contoso.example", "other.example"]
            .into_iter()
            .zip(expected)
        {
            let url = format!("http://{name}:{}/", peer.port());
            let mut request = with(context, &url, user("ann"));
            request.set_proxy(None).unwrap();
            if expected {
                assert_eq!(text(&mut request), "ann 0", "{what}: {name}");
            } else {
                let error = request.get_response().expect_err(name);
                let refused = WebExceptionStatus::ProtocolError;
                assert_eq!(error.status(), refused, "{what}: {name}: {error}");
            }
        }
        let logins = expected.into_iter().filter(|one| *one).count();
        assert_eq!(manners.users().len(), logins, "{what}");
    }
}

#[test]
fn back_connection_names_sources() {
    check("nothing said", &configured(""), [false; 3]);
    let names =
        "<settings><ntlm backConnectionHostNames=' contoso ;www.Contoso.example;'/></settings>";
    check("a file", &configured(names), [true, true, false]);
    // A later file's list takes the place of the earlier one's.
    let mut configuration = Configuration::new();
    for list in ["contoso", "other.example"] {
        let text = format!(
            "<configuration><system.net><settings><ntlm backConnectionHostNames='{list}'/>\
             </settings></system.net></configuration>"
        );
        configuration.apply_str(&text, "some.config").unwrap();
    }
    let context = here(NetContext::from_configuration(configuration));
    check("two files", &context, [false, false, true]);
    // Modules that a file adds by their types obey it as well.
    let added = format!(
        "<authenticationModules><clear/><add type='System.Net.NtlmClient'/>\
         <add type='System.Net.NegotiateClient'/></authenticationModules>{names}"
    );
    check(
        "modules of a file",
        &configured(&added),
        [true, true, false],
    );
    let off = "<settings><ntlm disableLoopbackCheck='true'/></settings>";
    check("no check", &configured(off), [true; 3]);

    let mut settings = Settings::default();
    settings.ntlm.back_connection_host_names = vec!["contoso".to_owned()];
    let context = here(NetContext::with_settings(settings));
    check("settings", &context, [true, false, false]);

    // The registry's text: `www.contoso.example`, as regedit writes a multi-string.
    let units: Vec<String> = "www.contoso.example\0\0"
        .encode_utf16()
        .map(|unit| format!("{:02x},{:02x}", unit & 0xff, unit >> 8))
        .collect();
    let registry = format!(
        "Windows Registry Editor Version 5.00\r\n\r\n\
         [HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\MSV1_0]\r\n\
         \"BackConnectionHostNames\"=hex(7):{}\r\n",
        units.join(",\\\r\n  ")
    );
    let provider = NtlmProvider::default()
        .with_registry_text(&registry)
        .unwrap();
    let context = configured(
        "<authenticationModules><clear/><add type='Contoso.Ntlm'/></authenticationModules>",
    );
    let module = LogonModule::ntlm(provider);
    assert!(register_authentication_module_in(
        &context,
        "Contoso.Ntlm",
        module
    ));
    let manners = Manners::of_this_process(false);
    let peer = server(&manners);
    let of = |name: &str| {
        with(
            &context,
            &format!("http://{name}:{}/", peer.port()),
            user("ann"),
        )
    };
    assert_eq!(text(&mut of("www.contoso.example")), "ann 0");
    assert!(of("contoso").get_response().is_err());
    assert_eq!(manners.users().len(), 1);
}
