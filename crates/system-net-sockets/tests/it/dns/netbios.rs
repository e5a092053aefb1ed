//! NetBIOS as the last source of names, asked of a peer that was written by hand.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use system_net_config::NetContext;
use system_net_primitives::{AddressFamily, IpEndPoint};
use system_net_sockets::{Dns, HostsFile, NetbiosResolver, OverrideResolver, Resolver};

/// A machine, or a name server, that answers as it is told.
struct Peer {
    socket: UdpSocket,
    /// The names that it was asked for, with the number behind, and whether of all machines.
    asked: Receiver<(String, u8, bool)>,
    thread: Option<JoinHandle<()>>,
}

/// Far more than anything here takes.
const HANG: Duration = Duration::from_secs(30);

/// The record that a peer gives for a name and its purpose: flags and data; `None`: silence.
type Say = fn(&str, u8) -> Option<(u16, Vec<u8>)>;

impl Peer {
    fn new(say: Say) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
        let (tell, asked) = channel();
        let own = socket.try_clone().unwrap();
        let thread = std::thread::spawn(move || {
            loop {
                let mut buffer = [0; 600];
                let (length, from) = own.recv_from(&mut buffer).unwrap();
                let Some((name, purpose)) = name_in(&buffer[..length]) else {
                    return;
                };
                let broadcast = buffer[3] & 0x10 != 0;
                let _nobody_counts = tell.send((name.clone(), purpose, broadcast));
                let Some((flags, data)) = say(&name, purpose) else {
                    continue;
                };
                let mut answer = buffer[..2].to_vec();
                answer.extend(flags.to_be_bytes());
                answer.extend([0, 0, 0, 1, 0, 0, 0, 0]);
                answer.extend(&buffer[12..50]);
                answer.extend([0, 0, 0, 0]);
                answer.extend((data.len() as u16).to_be_bytes());
                answer.extend(data);
                own.send_to(&answer, from).unwrap();
            }
        });
        Self {
            socket,
            asked,
            thread: Some(thread),
        }
    }

    fn at(&self, host: Ipv4Addr) -> IpEndPoint {
        let port = self.socket.local_addr().unwrap().port();
        SocketAddr::from((host, port)).into()
    }

    fn here(&self) -> IpEndPoint {
        self.at(Ipv4Addr::LOCALHOST)
    }

    fn take(&self) -> Vec<(String, u8, bool)> {
        self.asked.try_iter().collect()
    }

    /// The next so many questions for a name; those for others do not count.
    fn wait_for(&self, name: &str, count: usize) {
        let mut left = count;
        while left > 0 {
            let (asked, _, _) = self.asked.recv_timeout(HANG).unwrap();
            left -= usize::from(asked == name);
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // What is no question ends it.
        let to = SocketAddr::from(self.here());
        self.socket.send_to(b"end", to).unwrap();
        let ended = self.thread.take().unwrap().join();
        assert!(ended.is_ok() || std::thread::panicking());
    }
}

/// The name in a question: two letters for each byte, the last of which is the purpose.
fn name_in(message: &[u8]) -> Option<(String, u8)> {
    let letters = message.get(13..45)?;
    let bytes: Vec<u8> = letters
        .chunks(2)
        .map(|pair| (pair[0] - b'A') << 4 | (pair[1] - b'A'))
        .collect();
    let name = String::from_utf8_lossy(&bytes[..15]).into_owned();
    Some((name.trim_end_matches([' ', '\0']).to_owned(), bytes[15]))
}

/// Knows `PRINTER` as a workstation and `FILES` as a server, denies all else.
fn knows(name: &str, purpose: u8) -> Option<(u16, Vec<u8>)> {
    match (name, purpose) {
        ("PRINTER", 0) => Some((0x8580, vec![0x60, 0, 10, 0, 0, 7])),
        ("FILES", 0x20) => Some((0x8580, vec![0, 0, 10, 0, 0, 8, 0, 0, 10, 0, 0, 9])),
        _ => Some((0x8583, vec![])),
    }
}

fn nothing() -> Arc<dyn Resolver> {
    Arc::new(OverrideResolver::closed())
}

fn context(resolver: impl Resolver + 'static) -> NetContext {
    let context = NetContext::new();
    Dns::set_resolver_in(&context, Some(Arc::new(resolver)));
    context
}

fn shown(context: &NetContext, host: &str) -> String {
    match Dns::get_host_addresses_in(context, host) {
        Ok(found) => {
            let texts: Vec<String> = found.iter().map(ToString::to_string).collect();
            texts.join(" ")
        }
        Err(error) => format!("{:?}", error.code()),
    }
}

/// Hosts and LMHOSTS files come first, then another resolver, then NetBIOS.
#[test]
fn netbios_is_asked_last() {
    let server = Peer::new(knows);
    let mut dns = OverrideResolver::closed();
    dns.insert("of-dns", vec!["10.0.0.1".parse().unwrap()]);
    let netbios = NetbiosResolver::with_name_servers(Arc::new(dns), &[server.here()]).unwrap();
    let netbios = netbios.with_wait(HANG);
    let mut files = OverrideResolver::new(Arc::new(netbios));
    files.insert_file(&HostsFile::parse("10.0.0.2 of-hosts"));
    files.insert_file(&HostsFile::parse_lmhosts("10.0.0.3 OF-LMHOSTS", |_| None));
    let context = context(files);
    for (host, addresses) in [
        ("of-hosts", "10.0.0.2"),
        ("of-lmhosts", "10.0.0.3"),
        ("of-dns", "10.0.0.1"),
        // What NetBIOS cannot have is not asked of it.
        ("printer.test", "HostNotFound"),
        ("sixteen-letters-", "HostNotFound"),
        ("a*b", "HostNotFound"),
    ] {
        assert_eq!(shown(&context, host), addresses, "{host}");
        assert_eq!(server.take(), [], "{host}");
    }
    assert_eq!(shown(&context, "printer"), "10.0.0.7");
    assert_eq!(shown(&context, "Files"), "10.0.0.8 10.0.0.9");
    server.take();
    assert_eq!(shown(&context, "nobody"), "HostNotFound");
    let asked = server.take();
    for purpose in [0, 0x20] {
        assert!(
            asked.contains(&("NOBODY".to_owned(), purpose, false)),
            "{asked:?}"
        );
    }
    // There is no IPv6 in it.
    let v6 =
        Dns::get_host_addresses_of_family_in(&context, "printer", AddressFamily::InterNetworkV6);
    v6.unwrap_err();
    assert_eq!(server.take(), []);
}

/// The first server that says anything counts; nobody's word counts for another's.
#[test]
fn netbios_servers_take_turns_only_when_silent() {
    let silent = Peer::new(|_, _| None);
    let (denies, knows_it) = (Peer::new(|_, _| Some((0x8583, vec![]))), Peer::new(knows));
    let all = [silent.here(), knows_it.here()];
    let context_of = |servers: &[IpEndPoint]| {
        let netbios = NetbiosResolver::with_name_servers(nothing(), servers).unwrap();
        context(netbios.with_wait(Duration::from_secs(1)))
    };
    assert_eq!(shown(&context_of(&all), "printer"), "10.0.0.7");
    // Three times, for both purposes.
    silent.wait_for("PRINTER", 6);
    let first_denies = [denies.here(), knows_it.here()];
    knows_it.take();
    assert_eq!(shown(&context_of(&first_denies), "printer"), "HostNotFound");
    assert_eq!(knows_it.take(), []);
    NetbiosResolver::with_name_servers(nothing(), &[]).unwrap_err();
    let v6: IpEndPoint = "[::1]:137".parse().unwrap();
    NetbiosResolver::with_name_servers(nothing(), &[v6]).unwrap_err();
    NetbiosResolver::broadcasting(nothing(), v6).unwrap_err();
}

/// The owner of a name answers for itself, and those who have another are silent.
#[cfg(target_os = "linux")]
#[test]
fn netbios_asks_a_network_and_its_machines() {
    let owner = Peer::new(|name, purpose| match (name, purpose) {
        ("PRINTER", 0) => Some((0x8500, vec![0, 0, 127, 0, 0, 1])),
        // The status of a machine: two names of groups and users, and its own.
        ("*", _) => {
            let mut data = vec![3];
            for (name, purpose, flags) in [
                ("OFFICE", 0, 0x8400_u16),
                ("JOE", 3, 0x0400),
                ("PRINTER", 0, 0x0400),
            ] {
                data.extend(format!("{name:15}").bytes());
                data.push(purpose);
                data.extend(flags.to_be_bytes());
            }
            data.extend([0; 46]);
            Some((0x8400, data))
        }
        _ => None,
    });
    let network = owner.at(Ipv4Addr::new(127, 255, 255, 255));
    let waiting = |wait| {
        let netbios = NetbiosResolver::broadcasting(nothing(), network).unwrap();
        context(netbios.with_wait(wait))
    };
    let context = waiting(HANG);
    assert_eq!(shown(&context, "printer"), "127.0.0.1");
    assert!(owner.take().iter().all(|(_, _, broadcast)| *broadcast));
    let hasty = waiting(Duration::from_millis(20));
    assert_eq!(shown(&hasty, "nobody"), "HostNotFound");
    owner.wait_for("NOBODY", 6);
    let name = Dns::get_host_entry_in(&context, "127.0.0.1").unwrap();
    assert_eq!(name.host_name(), "PRINTER");
}
