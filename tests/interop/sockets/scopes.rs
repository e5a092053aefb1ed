//! Link-local addresses and the interfaces they are on.

use system_net_primitives::IpAddress;

use crate::pair;

/// The name of an interface means the interface of the namespace the thread is in, not one of the
/// machine that has the same name.
#[test]
fn scope_ids_by_name_are_of_this_namespace() {
    let Some((one, two)) = pair("scope_ids_by_name_are_of_this_namespace") else {
        return;
    };
    // A further pair moves the number on, so that the namespaces differ in it.
    for (name, peer) in [("veth1", "veth2"), ("veth3", "veth4")] {
        system_net_testkit::Namespace::connect((&one, name), (&one, peer));
    }
    system_net_testkit::Namespace::connect((&one, "veth9"), (&two, "veth9"));
    for namespace in [&one, &two] {
        namespace.settle();
        let expected = namespace.index("veth9");
        let text = format!("{}%veth9", namespace.link_local("veth9"));
        let address: IpAddress = namespace.run(|| text.parse().unwrap());
        assert_eq!(address.scope_id(), Some(expected), "{text}");
    }
    assert_ne!(one.index("veth9"), two.index("veth9"));
    assert!("fe80::1%veth9".parse::<IpAddress>().is_err());
}
