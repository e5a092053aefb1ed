//! How long a batch waits: the socket's milliseconds, to the last of them.

use std::time::Duration;

use crate::{SelectMode, UdpClient};

/// Also for what is more than an `i32` has microseconds: 2,147 seconds.
#[test]
fn udp_batch_waits_for_long_time_outs() {
    let client = UdpClient::new().unwrap();
    let milliseconds = |count| Some(Duration::from_millis(count));
    for (timeout, expected) in [
        (-1, None),
        (0, None),
        (1, milliseconds(1)),
        (2_147_483, milliseconds(2_147_483)),
        (2_147_484, milliseconds(2_147_484)),
        (4_294_968, milliseconds(4_294_968)),
        (86_400_000, Some(Duration::from_secs(24 * 60 * 60))),
        (i32::MAX, milliseconds(2_147_483_647)),
    ] {
        let socket = client.client();
        socket.set_receive_timeout(timeout).unwrap();
        socket.set_send_timeout(7).unwrap();
        let receive = client.limit(SelectMode::SelectRead).unwrap();
        assert_eq!(receive, (libc::POLLIN, expected), "{timeout}");
        let send = client.limit(SelectMode::SelectWrite).unwrap();
        assert_eq!(send, (libc::POLLOUT, milliseconds(7)), "{timeout}");

        socket.set_send_timeout(timeout).unwrap();
        let send = client.limit(SelectMode::SelectWrite).unwrap();
        assert_eq!(send, (libc::POLLOUT, expected), "{timeout}");
    }
}
