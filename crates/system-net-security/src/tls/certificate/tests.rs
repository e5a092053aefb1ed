//! Certificates read back from what made them, dates against a known calendar, hostile bytes.

use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;

use super::*;
use crate::test_util::{CertificateRequest, TestCa, year};

fn facts(identity: &crate::TlsServerIdentity) -> CertificateFacts {
    CertificateFacts::read(&identity.certificate_chain()[0]).unwrap()
}

#[test]
fn facts_of_a_server_certificate() {
    let ca = TestCa::new();
    let names = ["www.example.com", "*.example.org", "127.0.0.1", "::1"];
    let facts = facts(&ca.issue_valid(&names, year(2024), year(2051)));
    assert_eq!(facts.subject, "O=system-net test, CN=www.example.com");
    assert!(facts.issuer.contains("CN=Test CA "), "{}", facts.issuer);
    assert_eq!(facts.names, names);
    // One date in UTCTime, one in GeneralizedTime.
    assert_eq!(
        (facts.not_before, facts.not_after),
        (year(2024), year(2051))
    );
    assert!(!facts.is_self_issued && !facts.is_authority);

    let authority = CertificateFacts::read(&ca.ca_der()).unwrap();
    assert!(authority.is_self_issued && authority.is_authority);
    assert_eq!(authority.subject, facts.issuer);
    assert!(authority.names.is_empty());
}

#[test]
fn usage_for_servers_is_read() {
    let ca = TestCa::new();
    let mut request = CertificateRequest::new(&["a"]);
    let allows = |request: &CertificateRequest| {
        let identity = ca.issue_with(request);
        Fields::read(&identity.certificate_chain()[0])
            .unwrap()
            .allows_server
    };
    assert!(allows(&request));
    request.for_servers = false;
    assert!(!allows(&request));
    assert!(
        Fields::read(&ca.ca_der()).unwrap().allows_server,
        "no usage named allows all"
    );
}

#[test]
fn names_cannot_move_the_cursor() {
    let ca = TestCa::new();
    let mut request = CertificateRequest::new(&["a"]);
    request.common_name = Some("a\u{1b}[31m\nb\u{202e}c".to_owned());
    let shown = facts(&ca.issue_with(&request)).subject;
    assert!(!shown.chars().any(char::is_control), "{shown:?}");
    assert!(shown.contains("a\\u{1b}[31m\\u{a}b\\u{202e}c"), "{shown:?}");
}

#[track_caller]
fn check_time(tag: u8, text: &str, expected: Option<&str>) {
    let time = time::read(der::Element {
        tag,
        content: text.as_bytes(),
    });
    assert_eq!(time.map(show_utc).as_deref(), expected, "{text}");
}

#[test]
fn times() {
    let utc = der::UTC_TIME;
    let general = der::GENERALIZED_TIME;
    check_time(utc, "700101000000Z", Some("1970-01-01 00:00:00 UTC"));
    check_time(utc, "491231235959Z", Some("2049-12-31 23:59:59 UTC"));
    check_time(utc, "500101000000Z", Some("1950-01-01 00:00:00 UTC"));
    check_time(utc, "000229120000Z", Some("2000-02-29 12:00:00 UTC"));
    check_time(general, "20500101000000Z", Some("2050-01-01 00:00:00 UTC"));
    check_time(general, "99991231235959Z", Some("9999-12-31 23:59:59 UTC"));
    check_time(general, "00000101000000Z", Some("0000-01-01 00:00:00 UTC"));
    check_time(general, "21000301000000Z", Some("2100-03-01 00:00:00 UTC"));
    for bad in [
        "",
        "7001010000Z",
        "700101000000",
        "701301000000Z",
        "700100000000Z",
        "70010100000xZ",
    ] {
        check_time(utc, bad, None);
    }
    check_time(utc, "700101240000Z", None);
    check_time(utc, "700101000000+0100", None);
    check_time(der::OCTET_STRING, "700101000000Z", None);
}

proptest! {
    #[test]
    fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = CertificateFacts::read(&CertificateDer::from(bytes));
    }

    #[test]
    fn damaged_certificates_never_panic(
        at in 0..600_usize,
        byte in any::<u8>(),
        cut in 0..600_usize,
    ) {
        static CERTIFICATE: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let whole = CERTIFICATE.get_or_init(|| {
            let identity = TestCa::new().issue(&["a.example", "127.0.0.1"]);
            identity.certificate_chain()[0].to_vec()
        });
        let mut damaged = whole.clone();
        if let Some(place) = damaged.get_mut(at) {
            *place = byte;
        }
        let _ = CertificateFacts::read(&CertificateDer::from(damaged.clone()));
        // A damaged length may be right for what is left.
        damaged.truncate(cut);
        let _ = CertificateFacts::read(&CertificateDer::from(damaged));
        if let Some(part) = whole.get(..cut).filter(|part| part.len() < whole.len()) {
            prop_assert!(CertificateFacts::read(&CertificateDer::from(part)).is_none());
        }
    }

    #[test]
    fn shown_times_are_the_times_read(seconds in 0..253_402_300_799_u64) {
        let time = UNIX_EPOCH + Duration::from_secs(seconds);
        let text: String = show_utc(time).chars().filter(char::is_ascii_digit).collect();
        let read = time::read(der::Element {
            tag: der::GENERALIZED_TIME,
            content: format!("{text}Z").as_bytes(),
        });
        prop_assert_eq!(read, Some(time));
    }
}
