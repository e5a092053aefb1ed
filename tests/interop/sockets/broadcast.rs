//! Datagrams to every host of a network.

use system_net_primitives::AddressFamily;
use system_net_sockets::{SocketErrorCode, SocketFlags, UdpClient};
use system_net_testkit::Namespace;

use crate::datagrams::{assert_silent, bound, next, port, send, to};
use crate::pair;

#[test]
fn udp_broadcast_in_netns() {
    let Some((one, two)) = pair("udp_broadcast_in_netns") else {
        return;
    };
    // The limited broadcast goes where the route says.
    one.ip("route add default dev veth0");
    let hears = two.run(|| bound(AddressFamily::InterNetwork));
    let port = port(&hears);
    one.run(|| {
        let sender = bound(AddressFamily::InterNetwork);
        for address in ["255.255.255.255", "10.9.8.255"] {
            sender.set_enable_broadcast(false).unwrap();
            let refused = sender
                .send_to(b"x", SocketFlags::NONE, to(address, port))
                .unwrap_err();
            assert_eq!(refused.code(), SocketErrorCode::AccessDenied, "{address}");
            sender.set_enable_broadcast(true).unwrap();
            send(&sender, address, to(address, port));
            let (text, from) = next(&hears);
            assert_eq!((&*text, from.to_string()), (address, "10.9.8.1".to_owned()));
        }
        // A UdpClient permits the limited broadcast by itself.
        let client = UdpClient::with_address_family(AddressFamily::InterNetwork).unwrap();
        client
            .send_to(b"client", to("255.255.255.255", port))
            .unwrap();
        assert_eq!(next(&hears).0, "client");
        // Not an address of all hosts of this network.
        send(&sender, "to one", to("10.9.8.127", port));
    });
    assert_silent(&hears);
    // It stays on its network: another cable, another address.
    let third = Namespace::new("udp_broadcast_in_netns").unwrap();
    Namespace::connect((&one, "veth1"), (&third, "veth0"));
    one.add_address("veth1", "10.9.7.1/24");
    third.add_address("veth0", "10.9.7.3/24");
    let elsewhere = third.run(|| bound(AddressFamily::InterNetwork));
    let other_port = crate::datagrams::port(&elsewhere);
    one.run(|| {
        let sender = bound(AddressFamily::InterNetwork);
        sender.set_enable_broadcast(true).unwrap();
        send(&sender, "there", to("10.9.7.255", other_port));
        assert_eq!(next(&elsewhere).0, "there");
        send(&sender, "here", to("10.9.8.255", other_port));
        send(&sender, "here", to("10.9.7.255", port));
    });
    assert_silent(&elsewhere);
    assert_silent(&hears);
}
