//! What ties logins to their service by a configuration file.

use system_net_config::{Configuration, NetContext};
use system_net_http_listener::{AuthenticationSchemes, HttpListener};
use system_net_security::extended_protection::{ExtendedProtectionPolicy, PolicyEnforcement};

use crate::logins::users;
use crate::ntlm_client::{NtlmClient, Ties, log_in};
use crate::support::Client;

/// A listener of files, one over the other, each with this in its element `httpListener`.
fn listener(files: &[&str]) -> HttpListener {
    let mut configuration = Configuration::new();
    for inner in files {
        let text = format!(
            "<configuration><system.net><settings><httpListener>{inner}</httpListener></settings>\
             </system.net></configuration>"
        );
        configuration.apply_str(&text, "app.config").unwrap();
    }
    let context = NetContext::from_configuration(configuration);
    assert_eq!(context.configuration_warnings(), []);
    let listener = HttpListener::new_in(&context);
    listener.prefixes().add("http://localhost:0/").unwrap();
    listener.set_authentication_schemes(AuthenticationSchemes::NTLM);
    listener.set_credential_validator(Some(users()));
    listener
}

#[track_caller]
fn check(files: &[&str], ties: Ties, status: u16) {
    let listener = listener(files);
    listener.start().unwrap();
    let serving = listener.clone();
    std::thread::spawn(move || {
        while let Ok(mut context) = serving.get_context() {
            context.response_mut().close_with("in").unwrap();
        }
    });
    let mut client = Client::new(&listener);
    let answer = log_in(&mut client, "NTLM", "/", &NtlmClient::ann(ties));
    assert_eq!(answer.status(), status, "{files:?}");
    listener.close();
}

#[test]
fn config_extended_protection_elements() {
    let names = |changes: &str| {
        format!(
            "<extendedProtectionPolicy policyEnforcement='Always' \
             protectionScenario='TrustedProxy'><customServiceNames>{changes}</customServiceNames>\
             </extendedProtectionPolicy>"
        )
    };
    let always = "<extendedProtectionPolicy policyEnforcement='Always'/>";
    let supported = "<extendedProtectionPolicy policyEnforcement='WhenSupported'/>";
    let never = "<extendedProtectionPolicy/>";
    let two = names("<add name='HTTP/one.test'/><add name='HTTP/two.test'/>");
    let service = |name: &str| Ties::to_service(name);
    // Without the element nothing is compared without TLS, nor with its default.
    for files in [&[""][..], &[never]] {
        check(files, Ties::Unknown, 200);
        check(files, service("HTTP/other.test"), 200);
    }
    // Clients that tell nothing are let in, or not; wrong names are refused by both.
    check(&[supported], Ties::Unknown, 200);
    check(&[always], Ties::Unknown, 401);
    for policy in [supported, always] {
        check(&[policy], service("HTTP/localhost"), 200);
        check(&[policy], service("HTTP/other.test"), 401);
    }
    // Names of the file's own count in place of the prefixes'.
    for (name, status) in [
        ("HTTP/one.test", 200),
        ("http/TWO.test", 200),
        ("HTTP/localhost", 401),
    ] {
        check(&[&two], service(name), status);
    }
    // A later file goes on with the list, and sets attributes alone that it names.
    let less = "<extendedProtectionPolicy><customServiceNames><remove name='HTTP/ONE.test'/>\
                <add name='HTTP/three.test'/></customServiceNames></extendedProtectionPolicy>";
    for (name, status) in [
        ("HTTP/one.test", 401),
        ("HTTP/two.test", 200),
        ("HTTP/three.test", 200),
    ] {
        check(&[&two, less], service(name), status);
    }
    let policy = listener(&[&two, less])
        .extended_protection_policy()
        .unwrap()
        .to_string();
    assert_eq!(
        policy,
        "ProtectionScenario=TrustedProxy; PolicyEnforcement=Always; \
         CustomChannelBinding=<null>; ServiceNames=HTTP/two.test, HTTP/three.test"
    );
    // The program's own policy counts over the file's.
    let own = listener(&[always]);
    let policy = ExtendedProtectionPolicy::new(PolicyEnforcement::Never);
    own.set_extended_protection_policy(Some(policy.clone()))
        .unwrap();
    assert_eq!(own.extended_protection_policy(), Some(policy));
}
