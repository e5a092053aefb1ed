//! Permissions that the kernel enforces, whatever code of the program asks: Landlock of Linux.
//!
//! ```text
//! cargo run --example kernel_policy -- ALLOWED_PORT OTHER_PORT FILE
//! ```
//!
//! The program may connect to the first port of this machine, and read this file's folder. It then
//! tries more than that, by the library and without it.

#![allow(clippy::print_stdout, reason = "the program prints what it gets")]
#![allow(
    clippy::disallowed_methods,
    reason = "it shows what becomes of code that does not use the library"
)]

use std::error::Error;
use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::path::Path;

use system_net::kernel_policy::{KernelPolicy, KernelPolicyErrorKind};
use system_net::permissions::{NetworkAccess, PermissionSet, SocketPermission};
use system_net::{
    AddressFamily, IpAddress, IpEndPoint, ProtocolType, Socket, SocketType, TransportType,
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [allowed, other, file] = &arguments[..] else {
        return Err("expected: ALLOWED_PORT OTHER_PORT FILE".into());
    };
    let (allowed, other): (u16, u16) = (allowed.parse()?, other.parse()?);
    let file = Path::new(file);
    let folder = file.parent().ok_or("the file has no folder")?;

    // What .NET would write as a SocketPermission.
    let connect = NetworkAccess::Connect;
    let local = SocketPermission::of(connect, TransportType::Tcp, "127.0.0.1", allowed.into())?;
    let set = PermissionSet {
        socket: local,
        ..PermissionSet::none()
    };
    let nothing: [&Path; 0] = [];
    let policy = KernelPolicy::of_permissions(&set).only_files([folder], nothing);

    // First of all, before there is another thread.
    match policy.enforce() {
        Ok(report) => println!("{report}"),
        Err(error) if error.kind() == KernelPolicyErrorKind::Unsupported => {
            println!("This kernel does not enforce it: {error}.");
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    }

    // Sockets that know nothing of permissions.
    tell(
        "std, allowed port",
        TcpStream::connect(("127.0.0.1", allowed)),
    );
    tell("std, other port", TcpStream::connect(("127.0.0.1", other)));
    tell("std, listening", TcpListener::bind("127.0.0.1:0"));
    tell("reading", fs::read(file));
    tell("writing", File::create(file));
    tell("reading elsewhere", fs::read("/etc/passwd"));

    // Those of the library fail as for a right that is missing.
    for port in [allowed, other] {
        let socket = Socket::new(
            AddressFamily::InterNetwork,
            SocketType::Stream,
            ProtocolType::TCP,
        )?;
        match socket.connect(IpEndPoint::new(IpAddress::LOOPBACK, port)) {
            Ok(()) => println!("Socket, {} port: done", named(port, allowed)),
            Err(error) => println!(
                "Socket, {} port: {}",
                named(port, allowed),
                error.code().name()
            ),
        }
    }
    Ok(())
}

fn named(port: u16, allowed: u16) -> &'static str {
    match port == allowed {
        true => "allowed",
        false => "other",
    }
}

fn tell<T>(what: &str, result: std::io::Result<T>) {
    match result {
        Ok(_) => println!("{what}: done"),
        Err(error) => println!("{what}: {:?}", error.kind()),
    }
}
