//! Addresses of local sockets: limits, the bytes of system calls, texts, std's type.

use system_net_primitives::{
    AddressFamily, EndPoint, IpEndPoint, Misuse, SocketAddress, UnixDomainSocketEndPoint,
};

#[test]
fn unix_end_point_table() {
    let long = |n: usize| "p".repeat(n);
    let abstract_long = |n: usize| format!("\0{}", "a".repeat(n - 1));
    for (path, expected) in [
        ("/run/x".to_owned(), Some(("/run/x", 2 + 7))),
        ("\0x".to_owned(), Some(("@x", 2 + 2))),
        ("\0a\0b".to_owned(), Some(("@a\0b", 2 + 4))),
        ("\0".to_owned(), Some(("@", 2 + 1))),
        (long(107), Some((&*long(107), 110))),
        (long(108), None),
        (
            abstract_long(108),
            Some((&*abstract_long(108).replace('\0', "@"), 110)),
        ),
        (abstract_long(109), None),
        (String::new(), None),
        ("/a\0b".to_owned(), None),
    ] {
        let made = UnixDomainSocketEndPoint::new(&path);
        let Some((text, size)) = expected else {
            assert_eq!(made.unwrap_err().param_name(), Some("path"), "{path:?}");
            continue;
        };
        let made = made.unwrap();
        assert_eq!(made.to_string(), text, "{path:?}");
        let bytes = made.serialize();
        assert_eq!(
            (bytes.family(), bytes.size()),
            (AddressFamily::Unix, size),
            "{path:?}"
        );
        assert_eq!(&bytes.as_bytes()[2..2 + path.len()], path.as_bytes());
        assert_eq!(
            UnixDomainSocketEndPoint::create(&bytes),
            Ok(made.clone()),
            "{path:?}"
        );

        let any = EndPoint::from(made);
        assert_eq!((any.port(), any.address_family()), (0, AddressFamily::Unix));
        assert_eq!(any.to_string(), text);
        assert_eq!(any.serialize(), Ok(bytes.clone()));
        assert_eq!(EndPoint::create(&bytes), Ok(any));
    }
}

#[test]
fn unix_addresses_of_the_kernel_are_read() {
    // The kernel gives back the whole structure, a path closed by zeros.
    let mut whole = SocketAddress::new(AddressFamily::Unix);
    assert!(
        UnixDomainSocketEndPoint::create(&whole)
            .unwrap()
            .is_unnamed()
    );
    for (offset, byte) in (2..).zip(*b"/a") {
        whole.set_item(offset, byte).unwrap();
    }
    let read = UnixDomainSocketEndPoint::create(&whole).unwrap();
    assert_eq!(read, UnixDomainSocketEndPoint::new("/a").unwrap());
    // Of a socket that was not bound it gives the family alone.
    let bare = SocketAddress::with_size(AddressFamily::Unix, 2).unwrap();
    let unnamed = UnixDomainSocketEndPoint::create(&bare).unwrap();
    assert_eq!(unnamed, UnixDomainSocketEndPoint::unnamed());
    assert_eq!(
        (unnamed.to_string().as_str(), unnamed.abstract_name()),
        ("", None)
    );
    assert_eq!(unnamed.serialize(), bare);

    let ip: IpEndPoint = "1.2.3.4:5".parse().unwrap();
    let foreign = UnixDomainSocketEndPoint::create(&ip.serialize());
    assert_eq!(foreign.unwrap_err().param_name(), Some("socketAddress"));
    let large = SocketAddress::with_size(AddressFamily::Unix, 111).unwrap();
    assert!(matches!(
        EndPoint::create(&large),
        Err(Misuse::OutOfRange { .. })
    ));
    assert_eq!(EndPoint::create(&ip.serialize()), Ok(ip.into()));
    let nothing = SocketAddress::new(AddressFamily::Unspecified);
    assert!(EndPoint::create(&nothing).is_err());
    let dns = system_net_primitives::DnsEndPoint::new("h", 1).unwrap();
    assert!(matches!(
        EndPoint::from(dns).serialize(),
        Err(Misuse::NotImplemented(_))
    ));
}

#[test]
fn abstract_names_are_bytes() {
    let name = UnixDomainSocketEndPoint::from_abstract_name(b"\xff\0x").unwrap();
    assert_eq!(name.abstract_name(), Some(&b"\xff\0x"[..]));
    assert_eq!(
        UnixDomainSocketEndPoint::create(&name.serialize()),
        Ok(name)
    );
    assert!(UnixDomainSocketEndPoint::from_abstract_name(&[1; 107]).is_ok());
    assert!(UnixDomainSocketEndPoint::from_abstract_name(&[1; 108]).is_err());
}

#[cfg(target_os = "linux")]
#[test]
fn unix_end_points_are_stds() {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::{SocketAddr, UnixDatagram};
    use std::path::Path;

    let path = UnixDomainSocketEndPoint::new("/run/\u{e9}").unwrap();
    let std = SocketAddr::try_from(&path).unwrap();
    assert_eq!(std.as_pathname(), Some(Path::new("/run/\u{e9}")));
    assert_eq!(path.path(), std.as_pathname());
    assert_eq!(UnixDomainSocketEndPoint::from(&std), path);

    let name = UnixDomainSocketEndPoint::new("\0n").unwrap();
    let std = SocketAddr::try_from(&name).unwrap();
    assert_eq!(std.as_abstract_name(), Some(&b"n"[..]));
    assert_eq!(
        (name.path(), UnixDomainSocketEndPoint::from(&std)),
        (None, name.clone())
    );

    let (unbound, _) = UnixDatagram::pair().unwrap();
    let unnamed = UnixDomainSocketEndPoint::from(&unbound.local_addr().unwrap());
    assert!(unnamed.is_unnamed());
    assert!(SocketAddr::try_from(&unnamed).is_err());
}
