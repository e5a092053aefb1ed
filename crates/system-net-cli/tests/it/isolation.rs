//! `sysnet isolation check`: twelve manifests, what is said of each, the exit code, and that what is
//! said is what connections and listeners meet under that manifest.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use system_net::isolation::AppManifest;
use system_net::{IpEndPoint, SocketError, TcpClient, TcpListener, access_scope_blocking};
use system_net_testkit::Namespace;

use crate::program::run_in;

#[track_caller]
fn check(inside: &str, options: &[&str], code: i32, says: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("AppxManifest.xml");
    std::fs::write(manifest, inside).unwrap();
    let mut arguments = vec!["isolation", "check", "AppxManifest.xml"];
    arguments.extend(options);
    let run = run_in(folder.path(), &arguments);
    let told = format!("{}{}", run.text(), run.stderr);
    assert_eq!(run.code, code, "{inside} {options:?}: {told}");
    assert!(told.contains(says), "{inside} {options:?}: {told}");
    told
}

fn with(names: &[&str]) -> String {
    let list: String = names
        .iter()
        .map(|name| format!("<Capability Name=\"{name}\"/>"))
        .collect();
    format!("<Package xmlns=\"urn:x\"><Capabilities>{list}</Capabilities></Package>")
}

#[test]
fn sysnet_isolation_check() {
    let client = with(&["internetClient"]);
    let server = with(&["internetClientServer"]);
    let private = with(&["privateNetworkClientServer"]);
    check(
        &client,
        &["--connect", "8.8.8.8"],
        0,
        "connect to 8.8.8.8: allowed",
    );
    check(
        &server,
        &["--accept", "8.8.8.8"],
        0,
        "accept at 8.8.8.8: allowed",
    );
    check(
        &private,
        &["--accept", "10.0.0.1"],
        0,
        "accept at 10.0.0.1: allowed",
    );
    // Missing, or for the other direction.
    check(
        &client,
        &["--accept", "8.8.8.8"],
        1,
        "needs the capability internetClientServer,",
    );
    check(
        &client,
        &["--connect", "10.0.0.1"],
        1,
        "privateNetworkClientServer",
    );
    check(
        &client,
        &["--connect", "127.0.0.1"],
        1,
        "loopback exemption",
    );
    // More than is needed.
    check(
        &server,
        &["--connect", "8.8.8.8"],
        1,
        "internetClientServer is superfluous: internetClient does",
    );
    let both = with(&["internetClient", "internetClientServer"]);
    check(&both, &[], 1, "internetClient is superfluous");
    // Of two that allow the same, one is said to be too much: whoever follows that loses nothing.
    let all = with(&[
        "internetClient",
        "internetClientServer",
        "privateNetworkClientServer",
    ]);
    let outward = ["--connect", "8.8.8.8", "--connect", "10.0.0.1"];
    let text = check(
        &all,
        &outward,
        1,
        "internetClientServer is superfluous: nothing",
    );
    assert_eq!(text.matches("superfluous").count(), 1, "{text}");
    let inward = ["--accept", "8.8.8.8", "--connect", "8.8.4.4"];
    let text = check(&all, &inward, 1, "internetClient is superfluous: nothing");
    assert!(
        text.contains("privateNetworkClientServer is superfluous"),
        "{text}"
    );
    assert_eq!(text.matches("superfluous").count(), 2, "{text}");
    check(&with(&[]), &[], 1, "no network capability");
    check(
        &with(&["InternetClient"]),
        &[],
        1,
        "internetClient may be meant",
    );
    // Not to be read.
    check("<Package><Capabilities>", &[], 26, "cannot be read");
    check("<Manifest/>", &[], 26, "<Package> was expected");
}

/// What the program says of each address, each way: `None` if it is allowed, else the reason.
fn said(manifest: &str, addresses: &[IpAddr], exempt: bool) -> Vec<[Option<String>; 2]> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("AppxManifest.xml"), manifest).unwrap();
    let texts: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
    let mut arguments = vec!["isolation", "check", "AppxManifest.xml"];
    for address in &texts {
        arguments.extend(["--connect", address, "--accept", address]);
    }
    arguments.extend(exempt.then_some("--loopback-exempt"));
    let run = run_in(folder.path(), &arguments);
    let out = run.text();
    let verdict = |way: &str, address: &str| {
        let start = format!("{way} {address}: ");
        let verdict = out.lines().find_map(|line| line.strip_prefix(&start));
        let verdict = verdict.unwrap_or_else(|| panic!("{manifest}: {out}{}", run.stderr));
        let reason = verdict.strip_prefix("denied: ").map(str::to_owned);
        assert!(verdict == "allowed" || reason.is_some(), "{verdict}");
        reason
    };
    let all: Vec<_> = texts
        .iter()
        .map(|address| ["connect to", "accept at"].map(|way| verdict(way, address)))
        .collect();
    if all.iter().flatten().any(Option::is_some) {
        assert_eq!(run.code, 1, "{manifest}");
    }
    all
}

/// What a connection, and a listener, come to: done, or why they are denied.
fn real(manifest: &str, address: IpAddr, port: u16, exempt: bool) -> [Option<String>; 2] {
    let mut isolation = AppManifest::parse(manifest).unwrap().isolation();
    if exempt {
        isolation = isolation.exempt_loopback();
    }
    let reason = |tried: Result<(), SocketError>| {
        let denied = |error: SocketError| match error.denied() {
            Some(denied) => denied.reason().to_owned(),
            None => panic!("{manifest}, {address}: {error}"),
        };
        tried.err().map(denied)
    };
    access_scope_blocking(Arc::new(isolation), || {
        let there: IpEndPoint = SocketAddr::new(address, port).into();
        let client = TcpClient::with_address_family(there.address_family()).unwrap();
        let listener = TcpListener::with_local_end_point(SocketAddr::new(address, 0).into());
        [
            reason(client.connect(there)),
            reason(listener.and_then(|listener| listener.start())),
        ]
    })
}

/// The verdict of the program is what a connection under that manifest meets: in a network that has
/// every address, so that what is allowed arrives.
#[test]
fn sysnet_isolation_check_says_what_connections_meet() {
    let Some(namespace) = Namespace::new("sysnet_isolation_check_says_what_connections_meet")
    else {
        return;
    };
    namespace.ip("route add local 0.0.0.0/0 dev lo");
    namespace.ip("-6 route add local ::/0 dev lo");
    let capabilities = [
        "internetClient",
        "internetClientServer",
        "privateNetworkClientServer",
    ];
    // To listen at an address of IPv6 an interface has to have it.
    for address in ["2606:4700::1111", "fd00::1", "64:ff9b::10.0.0.1"] {
        namespace.add_address("lo", &format!("{address}/128"));
    }
    // All that can be declared, and declarations that are none.
    let mut manifests: Vec<String> = (0..8)
        .map(|set| {
            let names = capabilities.iter().enumerate();
            let declared = names.filter(|(bit, _)| set >> bit & 1 == 1);
            with(&declared.map(|(_, name)| *name).collect::<Vec<_>>())
        })
        .collect();
    manifests.extend([
        with(&["InternetClient"]),
        with(&["documentsLibrary", "internetClient"]),
        with(&["internetClientServer", "internetClientServer"]),
        "<Package/>".to_owned(),
    ]);
    assert_eq!(manifests.len(), 12);
    let addresses = [
        "93.184.215.14",
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "127.0.0.1",
        "2606:4700::1111",
        "fd00::1",
        "::1",
        "64:ff9b::10.0.0.1",
    ];
    namespace.run(|| {
        let world = std::net::TcpListener::bind((Ipv6Addr::UNSPECIFIED, 0)).unwrap();
        let port = world.local_addr().unwrap().port();
        world.set_nonblocking(true).unwrap();
        let addresses = addresses.map(|address| address.parse::<IpAddr>().unwrap());
        let (mut allowed, mut denied) = (0, 0);
        for manifest in &manifests {
            for exempt in [false, true] {
                let all = said(manifest, &addresses, exempt);
                for (address, said) in addresses.into_iter().zip(all) {
                    let real = real(manifest, address, port, exempt);
                    assert_eq!(said, real, "{manifest}, {address}, exempt: {exempt}");
                    // Who connected is there, and nobody else.
                    let arrived = usize::from(world.accept().is_ok());
                    assert_eq!(arrived, usize::from(real[0].is_none()), "{address}");
                    let open = real.iter().filter(|one| one.is_none()).count();
                    (allowed, denied) = (allowed + open, denied + 2 - open);
                }
            }
        }
        assert!(
            allowed > 100 && denied > 100,
            "{allowed} allowed, {denied} denied"
        );
    });
}
