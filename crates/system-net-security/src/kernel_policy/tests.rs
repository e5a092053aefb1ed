//! Which ports follow from which rules. What the kernel makes of them is tested by the example
//! `kernel_policy` of the crate `system-net`, a process of its own.

use super::*;

#[track_caller]
fn check(policy: &KernelPolicy, connect: Option<&[u16]>, bind: Option<&[u16]>) {
    let list = |ports: Option<&BTreeSet<u16>>| ports.map(|ports| Vec::from_iter(ports.clone()));
    assert_eq!(list(policy.connect_ports()).as_deref(), connect);
    assert_eq!(list(policy.bind_ports()).as_deref(), bind);
}

#[test]
fn ports_of_manifests_and_filters() {
    use NetworkCapability::{InternetClient, InternetClientServer, PrivateNetworkClientServer};
    let of = |capabilities: &[NetworkCapability]| {
        KernelPolicy::of_isolation(&NetworkIsolation::new(capabilities.iter().copied()))
    };
    check(&of(&[]), Some(&[]), Some(&[]));
    check(&of(&[InternetClient]), None, Some(&[]));
    check(&of(&[InternetClientServer]), None, None);
    check(&of(&[PrivateNetworkClientServer]), None, None);
    let exempt = NetworkIsolation::new([]).exempt_loopback();
    check(&KernelPolicy::of_isolation(&exempt), None, None);

    let filter = AddressFilter::public_only();
    check(&KernelPolicy::of_filter(&filter), None, None);
    let filter = filter.only_ports([443, 80]);
    check(&KernelPolicy::of_filter(&filter), Some(&[80, 443]), None);
}

#[test]
fn policies_only_take_away() {
    let policy = KernelPolicy::new()
        .only_connect([80, 443])
        .only_connect([443, 8443]);
    check(&policy, Some(&[443]), None);
    let more = policy.clone().also_connect([8080]);
    check(&more, Some(&[443, 8080]), None);
    check(&KernelPolicy::new().also_connect([8080]), None, None);
    let both = policy.and(KernelPolicy::new().only_connect([443, 53]).only_bind([0]));
    check(&both, Some(&[443]), Some(&[0]));
}

#[test]
fn ports_of_permissions() {
    use crate::permissions::{
        DnsPermission, PermissionState, SocketPermission, UriPattern, WebPermission,
    };
    use system_net_primitives::TransportType::{All, Tcp, Udp};

    let none = PermissionSet::none();
    check(&KernelPolicy::of_permissions(&none), Some(&[]), Some(&[]));
    let all = PermissionSet::unrestricted();
    check(&KernelPolicy::of_permissions(&all), None, None);

    let mut web = WebPermission::default();
    for uri in [
        "https://contoso.com/a",
        "http://contoso.com:8080/",
        "file:///etc/hosts",
    ] {
        web.add(NetworkAccess::Connect, UriPattern::uri(uri).unwrap());
    }
    let mut set = PermissionSet {
        web,
        ..none.clone()
    };
    check(
        &KernelPolicy::of_permissions(&set),
        Some(&[53, 443, 8080]),
        Some(&[]),
    );
    // A set that names sockets names the ports of requests too.
    set.socket = SocketPermission::of(NetworkAccess::Connect, Tcp, "contoso.com", 443).unwrap();
    set.socket
        .add(NetworkAccess::Connect, Udp, "*", 123)
        .unwrap();
    set.socket
        .add(NetworkAccess::Accept, All, "0.0.0.0", 8000)
        .unwrap();
    check(
        &KernelPolicy::of_permissions(&set),
        Some(&[53, 443]),
        Some(&[8000]),
    );
    let any = SocketPermission::ALL_PORTS;
    set.socket
        .add(NetworkAccess::Connect, Tcp, "10.0.0.1", any)
        .unwrap();
    check(&KernelPolicy::of_permissions(&set), None, Some(&[8000]));

    let web = WebPermission::of_regex(NetworkAccess::Connect, "https://.*").unwrap();
    let policy = KernelPolicy::of_permissions(&PermissionSet {
        web,
        ..none.clone()
    });
    check(&policy, None, Some(&[]));
    let dns = DnsPermission::new(PermissionState::Unrestricted);
    let policy = KernelPolicy::of_permissions(&PermissionSet { dns, ..none });
    check(&policy, Some(&[53]), Some(&[]));
}
