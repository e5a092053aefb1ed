//! The decision and its program for the kernel, on one table.

use std::net::IpAddr;

use libc::sock_filter;

use super::decision::Guard;

const GUARDS: [Guard; 3] = [Guard::Open, Guard::Edge, Guard::Link];

/// Peer, local address, and whether Unrestricted, EdgeRestricted and Restricted admit.
const TABLE: &[(&str, &str, [bool; 3])] = &[
    // Neighbours.
    ("fe80::1", "fe80::2", [true, true, true]),
    ("febf:ffff::1", "2001:db8::2", [true, true, true]),
    ("::1", "::1", [true, true, true]),
    ("fe80::1", "ff02::c", [true, true, true]),
    // The Internet.
    ("2001:db8::1", "2001:db8::2", [true, true, false]),
    ("2001:db8::1", "fe80::2", [true, true, false]),
    ("2001:1::1", "2001:1::2", [true, true, false]),
    ("2001:10::1", "2001:db8::2", [true, true, false]),
    ("3ffe:831f::1", "2001:db8::2", [true, true, false]),
    ("fd00::1", "fd00::2", [true, true, false]),
    ("fec0::1", "fec0::2", [true, true, false]),
    ("fe7f::1", "fe80::2", [true, true, false]),
    ("2002:c000:22d::1", "2001:db8::2", [true, true, false]),
    ("::2", "::1", [true, true, false]),
    ("::1:0:0:1", "::1", [true, true, false]),
    ("0:0:1::1", "::1", [true, true, false]),
    ("1::1", "::1", [true, true, false]),
    // Teredo at either end.
    (
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:db8::2",
        [true, false, false],
    ),
    ("2001::1", "fe80::2", [true, false, false]),
    ("2001:0:ffff:ffff::1", "2001::2", [true, false, false]),
    (
        "2001:db8::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        [true, false, false],
    ),
    ("fe80::1", "2001::2", [true, false, false]),
    // IPv4, also at a dual-mode socket.
    ("169.254.1.1", "169.254.1.2", [true, true, true]),
    ("127.0.0.1", "127.0.0.1", [true, true, true]),
    ("127.255.0.1", "127.0.0.1", [true, true, true]),
    ("192.0.2.1", "192.0.2.2", [true, true, false]),
    ("10.0.0.1", "10.0.0.2", [true, true, false]),
    ("169.253.1.1", "169.254.1.2", [true, true, false]),
    ("32.1.0.0", "32.1.0.0", [true, true, false]),
    ("::ffff:127.0.0.1", "::ffff:127.0.0.1", [true, true, true]),
    ("::ffff:192.0.2.1", "::ffff:192.0.2.2", [true, true, false]),
];

/// Without root: what each level admits, as the acceptor decides and as the kernel will.
#[test]
fn allow_nat_traversal_filter() {
    let mut seen = [[0; 2]; 3];
    for &(peer, local, expected) in TABLE {
        let (peer, local): (IpAddr, IpAddr) = (peer.parse().unwrap(), local.parse().unwrap());
        for (place, (guard, expected)) in GUARDS.into_iter().zip(expected).enumerate() {
            let case = format!("{guard:?}: {peer} to {local}");
            assert_eq!(guard.admits(local, peer), expected, "{case}");
            assert!(guard.minds(peer) || expected, "{case}");
            if !guard.asks_local(peer) {
                // Then no local address may change the answer.
                for other in ["2001::2", "2001:db8::2", "fe80::2"] {
                    if matches!(peer.to_canonical(), IpAddr::V6(_)) && !peer.is_loopback() {
                        assert!(guard.admits(other.parse().unwrap(), peer), "{case}");
                    }
                }
            }
            let passes = guard
                .program()
                .is_none_or(|program| run(program, &packet(peer, local)) > 0);
            assert_eq!(passes, expected, "the program of {case}");
            seen[place][usize::from(expected)] += 1;
        }
    }
    assert_eq!(seen[0], [0, TABLE.len()], "{seen:?}");
    assert!(
        seen[1..].iter().flatten().all(|count| *count > 3),
        "{seen:?}"
    );
}

/// A packet too short to tell is refused, as the kernel does with loads beyond the end.
#[test]
fn protection_filter_refuses_fragments_of_headers() {
    let whole = packet("fe80::1".parse().unwrap(), "fe80::2".parse().unwrap());
    for guard in [Guard::Edge, Guard::Link] {
        let program = guard.program().unwrap();
        assert!(run(program, &whole[..40]) > 0);
        assert_eq!(run(program, &whole[..8]), 0);
        assert_eq!(run(program, &[]), 0);
    }
}

/// The head of a UDP packet between these addresses as the network would carry it.
fn packet(peer: IpAddr, local: IpAddr) -> Vec<u8> {
    match (peer.to_canonical(), local.to_canonical()) {
        (IpAddr::V4(peer), IpAddr::V4(local)) => {
            let mut packet = vec![0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0];
            packet.extend(peer.octets());
            packet.extend(local.octets());
            packet.extend([0; 8]);
            packet
        }
        (IpAddr::V6(peer), IpAddr::V6(local)) => {
            let mut packet = vec![0x60, 0, 0, 0, 0, 8, 17, 64];
            packet.extend(peer.octets());
            packet.extend(local.octets());
            packet.extend([0; 8]);
            packet
        }
        mixed => panic!("{mixed:?}"),
    }
}

/// A machine for classic filters with the instructions ours use.
fn run(program: &[sock_filter], packet: &[u8]) -> u32 {
    let network_header = libc::SKF_NET_OFF as u32;
    let load = |at: u32, length: usize| {
        let start = at.checked_sub(network_header)? as usize;
        let bytes = packet.get(start..start + length)?;
        Some(
            bytes
                .iter()
                .fold(0_u32, |value, byte| value << 8 | u32::from(*byte)),
        )
    };
    let mut accumulator = 0_u32;
    let mut next = 0;
    loop {
        let sock_filter { code, jt, jf, k } = program[next];
        next += 1;
        let loaded = match code {
            0x20 => load(k, 4),
            0x28 => load(k, 2),
            0x30 => load(k, 1),
            0x54 => Some(accumulator & k),
            0x15 => {
                next += usize::from(if accumulator == k { jt } else { jf });
                Some(accumulator)
            }
            0x06 => return k,
            other => panic!("instruction {other:#x}"),
        };
        match loaded {
            Some(value) => accumulator = value,
            None => return 0,
        }
    }
}

#[test]
fn protection_level_numbers() {
    use crate::IpProtectionLevel as Level;
    for (level, value, name) in [
        (Level::Unspecified, -1, "Unspecified"),
        (Level::Unrestricted, 10, "Unrestricted"),
        (Level::EdgeRestricted, 20, "EdgeRestricted"),
        (Level::Restricted, 30, "Restricted"),
    ] {
        assert_eq!(level.value(), value);
        assert_eq!(Level::from_value(value), Some(level));
        assert_eq!(format!("{level:?}"), name);
    }
    for value in [-2, 0, 11, 40] {
        assert_eq!(Level::from_value(value), None);
    }
}
