//! Network namespaces of Linux: a test's own machines, with cables between them. Needs root and
//! the program `ip`.

#![allow(
    clippy::disallowed_methods,
    reason = "tests have threads and limits of real time; nothing announces a usable address"
)]

use std::fs::File;
use std::net::Ipv6Addr;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// A network of its own: interfaces, addresses, routes, ports, multicast groups.
///
/// It begins with nothing but a loopback interface, which is up. Addresses come without the wait
/// for duplicates where the system lets us switch that off; [`settle`](Self::settle) waits for the
/// rest. Its name holds the number of this process, so that no two tests meet; dropping it removes
/// it with all that it has.
#[derive(Debug)]
pub struct Namespace {
    name: String,
}

impl Namespace {
    /// A new namespace; `None`, after a line `skipped: TEST: reason` on standard output, where
    /// there can be none: without root, without `ip`, in a container that forbids it.
    #[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
    pub fn new(test: &str) -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("sysnet-{}-{count}", std::process::id());
        if let Err(reason) = ip(&["netns", "add", &name]) {
            println!("skipped: {test}: no network namespace: {reason}");
            return None;
        }
        let this = Self { name };
        this.run(|| {
            for file in ["all", "default", "lo"] {
                let setting = format!("/proc/sys/net/ipv6/conf/{file}/accept_dad");
                // Read-only in some containers; then `settle` waits longer.
                let _waits_longer = std::fs::write(setting, "0");
            }
        });
        this.ip("link set lo up");
        Some(this)
    }

    /// Two namespaces and a cable between them: `veth0` in both, up, with `10.9.8.1/24` and
    /// `fd09::1/64` in the first and `10.9.8.2/24` and `fd09::2/64` in the second, beside the
    /// link-local addresses. `None` as for [`new`](Self::new).
    pub fn pair(test: &str) -> Option<(Self, Self)> {
        let (one, two) = (Self::new(test)?, Self::new(test)?);
        Self::connect((&one, "veth0"), (&two, "veth0"));
        for (namespace, number) in [(&one, 1), (&two, 2)] {
            namespace.add_address("veth0", &format!("10.9.8.{number}/24"));
            namespace.add_address("veth0", &format!("fd09::{number}/64"));
            namespace.settle();
        }
        Some((one, two))
    }

    /// Lays a cable between an interface of one namespace and one of another, both new and up.
    ///
    /// # Panics
    ///
    /// When a name is taken in its namespace.
    pub fn connect(one: (&Self, &str), other: (&Self, &str)) {
        one.0.ip(&format!(
            "link add {} type veth peer name {} netns {}",
            one.1, other.1, other.0.name
        ));
        for (namespace, interface) in [one, other] {
            namespace.ip(&format!("link set {interface} up"));
        }
    }

    /// The name under which `ip netns` knows the namespace.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Gives an interface an address with its prefix, such as `10.0.0.1/24`; with the broadcast
    /// address that belongs to it.
    ///
    /// # Panics
    ///
    /// When `ip` refuses.
    pub fn add_address(&self, interface: &str, address: &str) {
        let rest = if address.contains(':') {
            "nodad"
        } else {
            "broadcast +"
        };
        self.ip(&format!("address add {address} dev {interface} {rest}"));
    }

    /// Runs `ip` in the namespace with arguments separated by blanks; what it printed.
    ///
    /// # Panics
    ///
    /// When `ip` fails, with what it said.
    #[track_caller]
    pub fn ip(&self, arguments: &str) -> String {
        let mut all = vec!["-n", &self.name];
        all.extend(arguments.split_whitespace());
        match ip(&all) {
            Ok(output) => output,
            Err(reason) => panic!("ip {arguments}: {reason}"),
        }
    }

    /// A command that runs a program in the namespace.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name, program]);
        command
    }

    /// Runs a closure in the namespace, on a thread of its own that the caller waits for. Threads
    /// that the closure starts are in the namespace too; those that were there before are not.
    ///
    /// # Panics
    ///
    /// When the closure does, with its message.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let done = thread::scope(|scope| {
            let inside = scope.spawn(|| {
                self.enter();
                work()
            });
            inside.join()
        });
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    /// Starts a thread in the namespace.
    pub fn spawn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> thread::JoinHandle<T> {
        // Entered before the namespace can be dropped: the thread then keeps it alive.
        let file = self.open();
        thread::spawn(move || {
            enter(&file);
            work()
        })
    }

    /// Waits until every address of the namespace can be used: a new IPv6 address is on trial for
    /// a second where that could not be switched off.
    ///
    /// # Panics
    ///
    /// When that takes more than ten seconds.
    pub fn settle(&self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        self.run(|| {
            while addresses().iter().any(|address| address.tentative) {
                assert!(Instant::now() < deadline, "addresses stay tentative");
                thread::sleep(Duration::from_millis(20));
            }
        });
    }

    /// The number of an interface.
    ///
    /// # Panics
    ///
    /// When the namespace has no such interface.
    pub fn index(&self, interface: &str) -> u32 {
        // `7: veth0@if2: <BROADCAST,…`
        let line = self.ip(&format!("-o link show dev {interface}"));
        let number = line.split(':').next().and_then(|n| n.trim().parse().ok());
        number.unwrap_or_else(|| panic!("no number in {line:?}"))
    }

    /// The link-local IPv6 address that an interface gave itself.
    ///
    /// # Panics
    ///
    /// When it has none.
    pub fn link_local(&self, interface: &str) -> Ipv6Addr {
        let found = self.run(|| {
            addresses()
                .into_iter()
                .find(|a| a.interface == interface && a.address.segments()[0] == 0xfe80)
        });
        found
            .unwrap_or_else(|| panic!("{interface} has no link-local address"))
            .address
    }

    fn open(&self) -> File {
        File::open(format!("/run/netns/{}", self.name)).expect("a namespace that `ip` made")
    }

    fn enter(&self) {
        enter(&self.open());
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _nothing_more_to_be_done = ip(&["netns", "delete", &self.name]);
    }
}

/// Moves this thread.
fn enter(namespace: &File) {
    use std::os::fd::AsFd as _;
    move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))
        .expect("who may make a namespace may enter it");
}

/// Runs `ip`; what it printed, or why it failed.
fn ip(arguments: &[&str]) -> Result<String, String> {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new("ip")
        .args(arguments)
        .output()
        .map_err(|error| format!("cannot start ip: {error}"))?;
    if status.success() {
        Ok(String::from_utf8_lossy(&stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&stderr).trim().replace('\n', "; "))
    }
}

struct Address {
    address: Ipv6Addr,
    interface: String,
    tentative: bool,
}

/// The IPv6 addresses of the namespace this thread is in.
fn addresses() -> Vec<Address> {
    /// `IFA_F_TENTATIVE` of the kernel.
    const TENTATIVE: u8 = 0x40;
    let text = std::fs::read_to_string("/proc/thread-self/net/if_inet6").unwrap_or_default();
    let read = |line: &str| {
        // Address, number of the interface, length of the prefix, scope, flags, name.
        let mut fields = line.split_whitespace();
        let address = u128::from_str_radix(fields.next()?, 16).ok()?;
        let flags = u8::from_str_radix(fields.nth(3)?, 16).ok()?;
        Some(Address {
            address: address.into(),
            interface: fields.next()?.to_owned(),
            tentative: flags & TENTATIVE != 0,
        })
    };
    text.lines().filter_map(read).collect()
}
