//! Names, credentials and contexts, as far as they go without tickets and keys.

use system_net_gssapi::{
    Acceptance, Credential, CredentialStore, CredentialUse, Flags, GssError, GssErrorKind, Gssapi,
    Initiation, KERBEROS, Name, NameKind, SecurityContext,
};

use crate::system;

fn principal(library: &Gssapi) -> Name {
    library
        .import_name("HTTP/www.example.com@EXAMPLE.COM", NameKind::Principal)
        .unwrap()
}

/// Places with nothing in them.
fn nowhere() -> CredentialStore {
    let mut store = CredentialStore::default();
    store.cache = Some("FILE:/nowhere/cache".to_owned());
    store.keytab = Some("FILE:/nowhere/keytab".to_owned());
    store
}

#[test]
fn names_keep_their_text() {
    let Some(library) = system("names_keep_their_text") else {
        return;
    };
    for (text, kind) in [
        ("HTTP@www.example.com", NameKind::HostbasedService),
        ("HTTP/www.example.com@EXAMPLE.COM", NameKind::Principal),
        ("HTTP/www.example.com@", NameKind::Principal),
        ("ann@EXAMPLE.COM", NameKind::User),
    ] {
        let name = library.import_name(text, kind).unwrap();
        assert_eq!(name.to_text().unwrap(), text);
        assert_eq!(format!("{name:?}"), format!("Name({text:?})"));
    }
}

#[test]
fn what_is_missing_has_its_kind() {
    #[track_caller]
    fn check<T: std::fmt::Debug>(result: Result<T, GssError>, kind: GssErrorKind, part: &str) {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), kind, "{error:?}");
        assert!(error.to_string().contains(part), "{error}");
        assert_ne!(error.major(), 0);
    }
    let Some(library) = system("what_is_missing_has_its_kind") else {
        return;
    };
    let none = GssErrorKind::NoCredentials;
    let store = nowhere();
    let tickets = library.acquire(None, CredentialUse::Initiate, KERBEROS, &store);
    check(tickets, none, "No credentials cache found");
    let keys = library.acquire(None, CredentialUse::Accept, KERBEROS, &store);
    check(keys, none, "/nowhere/keytab");

    const OTHER: &[u8] = &[0x2a, 0x03, 0x04];
    let unknown = GssErrorKind::UnknownMechanism;
    let other = library.acquire(None, CredentialUse::Initiate, OTHER, &store);
    check(other, unknown, "Kerberos credentials cannot be had");
    let target = principal(&library);
    let mut context = SecurityContext::new(&library);
    let what = Initiation::new(&target, OTHER, Flags::NONE);
    check(
        context.initiate(&what, None),
        unknown,
        "the Kerberos login cannot be made",
    );
    // And then it is over.
    let error = context.initiate(&what, None).unwrap_err();
    assert_eq!(error.kind(), GssErrorKind::ContextState);
}

#[test]
fn a_place_with_a_zero_in_it_is_no_place() {
    let Some(library) = system("a_place_with_a_zero_in_it_is_no_place") else {
        return;
    };
    let mut store = CredentialStore::default();
    store.cache = Some("FILE:/tmp/\0x".to_owned());
    let error = library
        .acquire(None, CredentialUse::Initiate, KERBEROS, &store)
        .unwrap_err();
    assert_eq!(error.kind(), GssErrorKind::BadName);
}

#[test]
fn hostile_tokens_are_defective() {
    let Some(library) = system("hostile_tokens_are_defective") else {
        return;
    };
    let framed = [&[0x60, 0x0d, 0x06, 0x09], KERBEROS, &[1, 0]].concat();
    let long = [&[0x60, 0x84, 0xff, 0xff, 0xff, 0xff, 0x06, 0x09], KERBEROS].concat();
    let tokens: [&[u8]; 4] = [b"\x60", &framed, &long, &[0xff; 4096]];
    for token in tokens {
        let mut context = SecurityContext::new(&library);
        let error = context.accept(&Acceptance::default(), token).unwrap_err();
        let expected = [
            GssErrorKind::DefectiveToken,
            GssErrorKind::UnknownMechanism,
            GssErrorKind::NoCredentials,
            GssErrorKind::Other,
        ];
        assert!(expected.contains(&error.kind()), "{token:?}: {error:?}");
        assert!(!context.is_complete());
    }
}

#[test]
fn a_context_that_has_not_begun_protects_nothing() {
    let Some(library) = system("a_context_that_has_not_begun_protects_nothing") else {
        return;
    };
    let mut context = SecurityContext::new(&library);
    let errors = [
        context.get_mic(b"x").unwrap_err(),
        context.verify_mic(b"x", b"y").unwrap_err(),
        context.wrap(b"x", true).unwrap_err(),
        context.unwrap(b"x").unwrap_err(),
        context.names().unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.kind(), GssErrorKind::ContextState, "{error:?}");
    }
    assert_eq!(context.flags(), Flags::NONE);
    assert!(!context.is_complete());
    // An acceptor does not begin as an initiator goes on.
    let target = principal(&library);
    let what = Initiation::new(&target, KERBEROS, Flags::NONE);
    let error = context.initiate(&what, Some(b"x")).unwrap_err();
    assert_eq!(error.kind(), GssErrorKind::ContextState);
}

#[test]
fn objects_go_to_other_threads() {
    fn goes<T: Send>() {}
    fn is_shared<T: Send + Sync>() {}
    goes::<Name>();
    goes::<SecurityContext>();
    is_shared::<Credential>();
    is_shared::<Gssapi>();
}
