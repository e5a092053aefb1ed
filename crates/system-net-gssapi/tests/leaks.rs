//! Nothing stays behind, whether a call succeeds or fails: the library's memory is the process's,
//! so the size of the process tells. For that it has a process to itself.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]
#![allow(
    clippy::unwrap_used,
    reason = "a failed step of a test is a failed test"
)]

use system_net_gssapi::{
    Acceptance, CredentialStore, CredentialUse, Flags, Gssapi, Initiation, KERBEROS, NameKind,
    SecurityContext,
};

/// Bytes of memory that this process has in use.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages = text.split_whitespace().nth(1).unwrap();
    pages.parse::<usize>().unwrap() * 4096
}

/// A bit of everything: names, texts, credentials and contexts that fail, errors.
fn work(library: &Gssapi) {
    let name = library.import_name("HTTP/www.example.com@EXAMPLE.COM", NameKind::Principal);
    let target = name.unwrap();
    assert!(!target.to_text().unwrap().is_empty());
    let mut store = CredentialStore::default();
    store.cache = Some("FILE:/nowhere/cache".to_owned());
    let user = library
        .import_name("ann@EXAMPLE.COM", NameKind::User)
        .unwrap();
    let acquired = library.acquire(Some(&user), CredentialUse::Initiate, KERBEROS, &store);
    let credential = acquired.ok();
    let mut what = Initiation::new(&target, KERBEROS, Flags::MUTUAL);
    what.credential = credential.as_ref();
    what.channel_binding = Some(b"tls-server-end-point:0123456789");
    let mut context = SecurityContext::new(library);
    if credential.is_some() {
        assert!(context.initiate(&what, None).is_err());
    }
    let mut context = SecurityContext::new(library);
    let token = [&[0x60, 0x0d, 0x06, 0x09], KERBEROS, &[1, 0]].concat();
    assert!(context.accept(&Acceptance::default(), &token).is_err());
}

#[test]
fn nothing_stays_behind() {
    const ROUNDS: usize = 2_000;
    let library = match Gssapi::load() {
        Ok(library) => library,
        Err(error) => return println!("skipped: nothing_stays_behind: {error}"),
    };
    let run = || (0..ROUNDS).for_each(|_| work(&library));
    // What grows with use, and no further, is grown.
    run();
    let before = resident();
    run();
    let grown = resident().saturating_sub(before);
    // 64 bytes left behind in each round would be as much.
    assert!(grown < ROUNDS * 64, "{grown} bytes in {ROUNDS} rounds");
}
