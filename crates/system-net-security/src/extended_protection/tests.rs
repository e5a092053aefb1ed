//! Bindings against openssl's certificates, names, constructor rules, and every outcome of the
//! guide's two lists.

use super::{
    BindingCheck, ChannelBinding, ChannelBindingKind, ExtendedProtectionPolicy, PolicyEnforcement,
    Presented, ProtectionScenario, Refusal, ServiceNameCollection, TransportContext,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use system_net_primitives::Misuse;

use PolicyEnforcement::{Always, Never, WhenSupported};
use ProtectionScenario::{TransportSelected, TrustedProxy};

const BINDINGS: &str = include_str!("../../../../tests/conformance/security/endpoint-bindings.tsv");

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The rows of the table whose names begin so: name, certificate, data, hash.
fn rows(beginning: &str) -> Vec<(&'static str, Vec<u8>, &'static str, &'static str)> {
    let rows = BINDINGS.lines().filter(|line| !line.starts_with('#'));
    rows.filter(|line| line.starts_with(beginning))
        .map(|line| {
            let [name, certificate, data, hash] =
                <[&str; 4]>::try_from(line.split('\t').collect::<Vec<_>>()).unwrap();
            (name, STANDARD.decode(certificate).unwrap(), data, hash)
        })
        .collect()
}

#[test]
fn cbt_rfc5929_vectors() {
    let rows = rows("");
    assert_eq!(rows.len(), 14);
    for (name, certificate, data, hash) in rows {
        let binding = ChannelBinding::endpoint(&certificate);
        let found = binding
            .as_ref()
            .map_or_else(|| "-".to_owned(), |binding| hex(binding.application_data()));
        assert_eq!(found, data, "{name}");
        let found = binding.map_or_else(|| "-".to_owned(), |binding| hex(&binding.gss_hash()));
        assert_eq!(found, hash, "{name}");
    }
    // Known answers of two certificates' hashes.
    for (certificate_hash, expected) in [
        (
            "e3ca49271e5089cc48ce82109f1324f41dbeddc29a777410c738f7868c4ff405",
            "6ea19df066da4622051f9c4f92c6df74",
        ),
        (
            "ea05fefecc6b0bd571dbbc5baa3ed45386d0446835f7b74c85621b9983475f95",
            "6586e99d81c2fc984e47172fd4dd0310",
        ),
    ] {
        let raw: Vec<u8> = (0..64)
            .step_by(2)
            .map(|at| u8::from_str_radix(&certificate_hash[at..at + 2], 16).unwrap())
            .collect();
        let data = [b"tls-server-end-point:", &raw[..]].concat();
        let binding = ChannelBinding::new(ChannelBindingKind::Endpoint, data);
        assert_eq!(hex(&binding.gss_hash()), expected);
        assert_eq!(binding.size(), 32 + 21 + 32);
    }
}

/// The rule of the hash alone: old hashes are replaced, long ones kept, none is made up.
#[test]
fn cbt_hash_selection() {
    for (beginning, length) in [
        ("rsa-md5", Some(32)),
        ("rsa-sha1", Some(32)),
        ("pss-sha1", Some(32)),
        ("pss-sha384", Some(48)),
        ("ecdsa-sha1", Some(32)),
        ("ecdsa-sha384", Some(48)),
        ("ecdsa-sha512", Some(64)),
        ("ed25519", None),
        ("ed448", None),
    ] {
        let [(name, certificate, ..)] = &rows(beginning)[..] else {
            panic!("{beginning}");
        };
        let binding = ChannelBinding::endpoint(certificate);
        let data = binding.map(|binding| binding.application_data().len() - 21);
        assert_eq!(data, length, "{name}");
    }
}

#[test]
fn what_is_no_certificate_has_no_binding() {
    let (_, certificate, ..) = rows("rsa-sha256").remove(0);
    for length in 0..certificate.len() {
        assert_eq!(
            ChannelBinding::endpoint(&certificate[..length]),
            None,
            "{length}"
        );
    }
    assert_eq!(
        ChannelBinding::endpoint(b"-----BEGIN CERTIFICATE-----"),
        None
    );
}

#[test]
fn transport_context_kinds() {
    let endpoint =
        ChannelBinding::new(ChannelBindingKind::Endpoint, &b"tls-server-end-point:x"[..]);
    let exporter = ChannelBinding::exporter(&[7; 32]);
    assert!(
        exporter
            .application_data()
            .starts_with(b"tls-exporter:\x07\x07")
    );
    let context = TransportContext::new(Some(endpoint.clone()), Some(exporter.clone()));
    let get = |kind| context.get_channel_binding(kind);
    assert_eq!(get(ChannelBindingKind::Endpoint), Ok(Some(endpoint)));
    assert_eq!(get(ChannelBindingKind::Exporter), Ok(Some(exporter)));
    for kind in [ChannelBindingKind::Unique, ChannelBindingKind::Unknown] {
        assert!(
            matches!(get(kind), Err(Misuse::NotSupported(_))),
            "{kind:?}"
        );
    }
    let plain = TransportContext::default();
    assert_eq!(
        plain.get_channel_binding(ChannelBindingKind::Endpoint),
        Ok(None)
    );
}

#[test]
fn service_names_are_compared_in_a_normal_form() {
    let names = ServiceNameCollection::new([
        "HTTP/www.example.com",
        "http/WWW.EXAMPLE.COM",
        "HTTP/b\u{fc}cher.example:8080/x",
        "HTTP/127.0.0.1",
        "host",
    ])
    .unwrap();
    let listed: Vec<&str> = names.iter().collect();
    assert_eq!(
        listed,
        [
            "HTTP/www.example.com",
            "HTTP/xn--bcher-kva.example:8080/x",
            "HTTP/127.0.0.1",
            "host"
        ]
    );
    for (name, expected) in [
        ("HTTP/www.example.com", true),
        ("hTTp/wWw.example.com", true),
        ("HTTP/B\u{dc}CHER.example:8080/x", true),
        ("HTTP/xn--bcher-kva.example:8080/x", true),
        ("HTTP/xn--bcher-kva.example:8080/y", false),
        ("HTTP/xn--bcher-kva.example:8081/x", false),
        ("HTTP/b\u{fc}cher.example:99999/x", false),
        ("HTTP/127.0.0.1", true),
        ("HOST", true),
        ("HTTP/", false),
        ("HTTP/www.example.com.evil", false),
        ("SMTP/www.example.com", false),
        ("", false),
    ] {
        assert_eq!(names.contains(name), expected, "{name}");
    }
    let more = names.merge(["HOST", "smtp/mail"]).unwrap();
    assert_eq!((names.len(), more.len()), (4, 5));
    assert!(ServiceNameCollection::new(["a", ""]).is_err());
    assert!(more.merge([""]).is_err());
}

#[test]
fn epp_constructor_rules() {
    let binding = ChannelBinding::new(ChannelBindingKind::Endpoint, &b"x"[..]);
    let names = ServiceNameCollection::new(["HTTP/a"]).unwrap();
    let with_binding = ExtendedProtectionPolicy::with_channel_binding;
    let with_names = ExtendedProtectionPolicy::with_service_names;
    let refused = |result: Result<ExtendedProtectionPolicy, Misuse>| match result {
        Err(Misuse::InvalidArgument { param, .. }) => param,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused(with_binding(Never, binding.clone())),
        "policyEnforcement"
    );
    assert_eq!(
        refused(with_names(Never, TrustedProxy, Some(names.clone()))),
        "policyEnforcement"
    );
    assert_eq!(
        refused(with_names(Never, TrustedProxy, None)),
        "policyEnforcement"
    );
    let empty = ServiceNameCollection::default();
    assert_eq!(
        refused(with_names(Always, TrustedProxy, Some(empty))),
        "customServiceNames"
    );

    let plain = ExtendedProtectionPolicy::new(Never);
    assert_eq!(plain.protection_scenario(), TransportSelected);
    assert_eq!(
        plain.to_string(),
        "ProtectionScenario=TransportSelected; PolicyEnforcement=Never; \
         CustomChannelBinding=<null>; ServiceNames=<null>"
    );
    let named = with_names(Always, TrustedProxy, Some(names)).unwrap();
    assert!(
        named.to_string().ends_with("ServiceNames=HTTP/a"),
        "{named}"
    );
    let bound = with_binding(WhenSupported, binding.clone()).unwrap();
    assert_eq!(bound.custom_channel_binding(), Some(&binding));
    assert_eq!(bound.custom_service_names(), None);
}

#[track_caller]
fn check(
    policy: &ExtendedProtectionPolicy,
    (supported, over_tls): (bool, bool),
    (binding, service_name): (BindingCheck, Option<&str>),
    expected: Result<(), Refusal>,
) {
    let defaults = ServiceNameCollection::new(["HTTP/default"]).unwrap();
    let presented = Presented {
        binding,
        service_name,
    };
    let judged = policy.judge(supported, over_tls, &presented, &defaults);
    assert_eq!(
        judged, expected,
        "{policy} {supported} {over_tls} {presented:?}"
    );
}

/// The two lists of "Extended Protection for Server Applications", row by row.
#[test]
fn outcomes_of_the_guide() {
    use BindingCheck::{Absent, Differs, Matches};
    let [never, lenient, strict] =
        [Never, WhenSupported, Always].map(ExtendedProtectionPolicy::new);
    let good = Some("HTTP/default");
    let (tls, plain) = ((true, true), (true, false));

    // https, 1: the platform does not support it.
    for policy in [&lenient, &strict] {
        check(
            policy,
            (false, true),
            (Matches, good),
            Err(Refusal::NotSupportedHere),
        );
    }
    check(&never, (false, true), (Absent, None), Ok(()));
    // https, 2: another binding, or none where it is demanded.
    check(&lenient, tls, (Differs, good), Err(Refusal::BindingDiffers));
    check(&strict, tls, (Differs, good), Err(Refusal::BindingDiffers));
    check(&strict, tls, (Absent, good), Err(Refusal::BindingMissing));
    // https, 3: the right one, or none where it is not demanded; no look at the name.
    check(&lenient, tls, (Absent, None), Ok(()));
    for name in [None, Some(""), Some("HTTP/other"), good] {
        check(&lenient, tls, (Matches, name), Ok(()));
        check(&strict, tls, (Matches, name), Ok(()));
    }
    check(&never, tls, (Differs, Some("HTTP/other")), Ok(()));

    // http, 1: the platform does not support it.
    for policy in [&lenient, &strict] {
        check(
            policy,
            (false, false),
            (Absent, good),
            Err(Refusal::NotSupportedHere),
        );
    }
    // http, 2: the client does not know of it.
    check(&lenient, plain, (Absent, None), Ok(()));
    check(
        &strict,
        plain,
        (Absent, None),
        Err(Refusal::ServiceNameNotSupported),
    );
    for policy in [&lenient, &strict] {
        // http, 3: it knows and gave no name.
        check(
            policy,
            plain,
            (Absent, Some("")),
            Err(Refusal::ServiceNameMissing),
        );
        // http, 4: it gave one.
        check(policy, plain, (Absent, Some("http/DEFAULT")), Ok(()));
        check(
            policy,
            plain,
            (Absent, Some("HTTP/other")),
            Err(Refusal::ServiceNameDiffers),
        );
    }
    check(&never, plain, (Absent, Some("HTTP/other")), Ok(()));
}

/// Custom names replace the default list; behind a trusted proxy no binding is looked at; a
/// binding of the policy's own is looked at without TLS too.
#[test]
fn outcomes_with_values_of_the_policy() {
    use BindingCheck::{Absent, Differs, Matches};
    let names = ServiceNameCollection::new(["HTTP/own"]).unwrap();
    for scenario in [TransportSelected, TrustedProxy] {
        let names = Some(names.clone());
        let policy = ExtendedProtectionPolicy::with_service_names(Always, scenario, names).unwrap();
        check(&policy, (true, false), (Absent, Some("HTTP/own")), Ok(()));
        let refused = Err(Refusal::ServiceNameDiffers);
        check(
            &policy,
            (true, false),
            (Absent, Some("HTTP/default")),
            refused,
        );
        let over_tls = match scenario {
            TrustedProxy => Err(Refusal::ServiceNameDiffers),
            _ => Err(Refusal::BindingDiffers),
        };
        check(
            &policy,
            (true, true),
            (Differs, Some("HTTP/default")),
            over_tls,
        );
    }
    let proxied = ExtendedProtectionPolicy::with_service_names(Always, TrustedProxy, None).unwrap();
    check(
        &proxied,
        (true, true),
        (Differs, Some("HTTP/default")),
        Ok(()),
    );
    check(
        &proxied,
        (true, true),
        (Matches, None),
        Err(Refusal::ServiceNameNotSupported),
    );

    let binding = ChannelBinding::new(ChannelBindingKind::Endpoint, &b"x"[..]);
    let own = ExtendedProtectionPolicy::with_channel_binding(Always, binding).unwrap();
    check(&own, (true, false), (Matches, None), Ok(()));
    check(
        &own,
        (true, false),
        (Absent, Some("HTTP/default")),
        Err(Refusal::BindingMissing),
    );
}

/// What is logged of a refusal is what the table of the documentation has.
#[test]
fn refusals_have_the_reasons_of_the_documentation() {
    let page = include_str!("../../../../docs/authentication/extended-protection.md");
    for refusal in [
        Refusal::NotSupportedHere,
        Refusal::BindingMissing,
        Refusal::BindingDiffers,
        Refusal::ServiceNameNotSupported,
        Refusal::ServiceNameMissing,
        Refusal::ServiceNameDiffers,
    ] {
        let reason = refusal.to_string();
        assert!(reason.len() > 20, "{refusal:?}");
        assert!(page.contains(&format!("| {reason} |")), "{reason}");
    }
}

#[test]
fn a_binding_shows_its_kind_and_not_its_value() {
    let binding = ChannelBinding::new(
        ChannelBindingKind::Endpoint,
        *b"tls-server-end-point:secret",
    );
    let shown = format!("{binding:?}");
    assert!(
        shown.starts_with("ChannelBinding { kind: Endpoint, size: "),
        "{shown}"
    );
    assert!(!shown.contains("secret"), "{shown}");
}
