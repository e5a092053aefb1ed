//! What the kernel itself holds a program to: the part of permissions, manifests and address filters
//! that Landlock of Linux can enforce, whatever code of the program asks.
//!
//! - `enforce`: how it is told to the kernel
//!
//! To read: <https://docs.kernel.org/userspace-api/landlock.html>

#[cfg(all(feature = "landlock", target_os = "linux"))]
mod enforce;
#[cfg(not(all(feature = "landlock", target_os = "linux")))]
#[path = "absent.rs"]
mod enforce;
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests;

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;
use std::path::PathBuf;

use crate::isolation::{NetworkCapability, NetworkIsolation};
use crate::permissions::{AddressFilter, NetworkAccess, PermissionSet};

/// Rules that the kernel enforces on the whole process, once and for all.
///
/// The policies of a context and of a scope judge what this library does. The kernel judges what the
/// process does, by whatever library, and goes by less: TCP ports, and files. So this stands behind a
/// policy and does not replace it.
///
/// - It holds for the whole process and for the programs that it starts, and cannot be taken back:
///   another call only takes away more. Those programs gain no rights by their files either
///   (`no_new_privs`).
/// - The kernel knows ports, not addresses: who may connect to port 443 may do so anywhere. UDP, Unix
///   and raw sockets are not held back, nor are connections and listeners that are open.
/// - What it refuses fails as a port fails that needs a right: the code of the socket error is
///   [`AccessDenied`], and no packet is sent.
///
/// [`AccessDenied`]: https://docs.rs/system-net-sockets/latest/system_net_sockets/enum.SocketErrorCode.html
///
/// # Differences from .NET
/// There is nothing like it.
///
/// # Examples
/// ```no_run
/// use system_net_security::kernel_policy::KernelPolicy;
///
/// // First of all in `main`, before there is another thread.
/// let report = KernelPolicy::new()
///     .only_connect([53, 443])
///     .only_bind([])
///     .enforce()?;
/// println!("{report}");
/// # Ok::<(), system_net_security::kernel_policy::KernelPolicyError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KernelPolicy {
    /// `None`: all.
    connect: Option<BTreeSet<u16>>,
    bind: Option<BTreeSet<u16>>,
    files: Option<Files>,
    /// What of the rules that it was made of it does not hold.
    left_out: Vec<&'static str>,
}

/// Files, and folders with all below them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Files {
    read: BTreeSet<PathBuf>,
    write: BTreeSet<PathBuf>,
}

impl KernelPolicy {
    /// Nothing is forbidden.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The ports that permissions name, for a program that is permitted nothing else: those of the
    /// [`SocketPermission`](crate::permissions::SocketPermission), or, in a set without one, those of
    /// the addresses of the [`WebPermission`](crate::permissions::WebPermission); and 53 where names
    /// may be looked up. Ports to listen at are those of the `SocketPermission`. An expression names
    /// no port, and allows all.
    #[must_use]
    pub fn of_permissions(set: &PermissionSet) -> Self {
        let mut this = Self::new();
        let mut connect = set.socket.tcp_ports(NetworkAccess::Connect);
        if set.socket.is_empty() {
            connect = set.web.ports();
            if connect.is_none() && !set.web.is_unrestricted() {
                this.left_out
                    .push("expressions of the WebPermission, which name no port");
            }
        }
        if let Some(ports) = &mut connect
            && (!ports.is_empty() || set.dns.is_unrestricted())
        {
            // Answers that are too long for UDP.
            ports.insert(53);
        }
        this.connect = connect;
        this.bind = set.socket.tcp_ports(NetworkAccess::Accept);
        this
    }

    /// What a manifest allows: without a capability nothing is connected to, without one for servers
    /// nothing is listened at. Which network an address is of the kernel does not know.
    #[must_use]
    pub fn of_isolation(isolation: &NetworkIsolation) -> Self {
        use NetworkCapability::{InternetClientServer, PrivateNetworkClientServer};
        let none = |allowed: bool| (!allowed).then(BTreeSet::new);
        let capabilities = isolation.capabilities();
        let serves = [InternetClientServer, PrivateNetworkClientServer]
            .iter()
            .any(|one| capabilities.contains(one));
        let loopback = isolation.is_loopback_exempt();
        let mut this = Self::new();
        this.connect = none(!capabilities.is_empty() || loopback);
        this.bind = none(serves || loopback);
        if !capabilities.is_empty() {
            this.left_out
                .push("which networks the capabilities are for");
        }
        this
    }

    /// The ports of an address filter.
    #[must_use]
    pub fn of_filter(filter: &AddressFilter) -> Self {
        let mut this = Self::new();
        this.connect = filter.ports().map(|ports| ports.iter().copied().collect());
        this.left_out.push("the addresses of the filter");
        this
    }

    /// Of the ports that may be connected to over TCP, these alone.
    #[must_use]
    pub fn only_connect(mut self, ports: impl IntoIterator<Item = u16>) -> Self {
        self.connect = both(self.connect, Some(ports.into_iter().collect()));
        self
    }

    /// Of the own ports that may be bound to for TCP, these alone; 0 is one of the system's choice.
    #[must_use]
    pub fn only_bind(mut self, ports: impl IntoIterator<Item = u16>) -> Self {
        self.bind = both(self.bind, Some(ports.into_iter().collect()));
        self
    }

    /// These ports may be connected to over TCP as well, which no permission names: of a proxy, of a
    /// key distribution center. Where all may be, nothing changes.
    #[must_use]
    pub fn also_connect(mut self, ports: impl IntoIterator<Item = u16>) -> Self {
        if let Some(allowed) = &mut self.connect {
            allowed.extend(ports);
        }
        self
    }

    /// These files and folders may be read, and those written to, read, made and removed in; all
    /// others are not opened any more. Called again, it adds to both.
    ///
    /// Name what the program and its libraries need: programs it starts, `/etc/resolv.conf`,
    /// `/etc/hosts`, certificates, libraries that are loaded late.
    #[must_use]
    pub fn only_files(
        mut self,
        read: impl IntoIterator<Item = impl Into<PathBuf>>,
        write: impl IntoIterator<Item = impl Into<PathBuf>>,
    ) -> Self {
        let files = self.files.get_or_insert_default();
        files.read.extend(read.into_iter().map(Into::into));
        files.write.extend(write.into_iter().map(Into::into));
        self
    }

    /// What both allow. Of files, which are held in one list, those that either names where only one
    /// has a list, and the common entries where both have.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.connect = both(self.connect, other.connect);
        self.bind = both(self.bind, other.bind);
        self.files = match (self.files, other.files) {
            (Some(one), Some(two)) => Some(Files {
                read: one.read.intersection(&two.read).cloned().collect(),
                write: one.write.intersection(&two.write).cloned().collect(),
            }),
            (one, two) => one.or(two),
        };
        self.left_out.extend(other.left_out);
        self.left_out.sort_unstable();
        self.left_out.dedup();
        self
    }

    /// The ports that may be connected to over TCP; `None` is all.
    #[must_use]
    pub fn connect_ports(&self) -> Option<&BTreeSet<u16>> {
        self.connect.as_ref()
    }

    /// The own ports that may be bound to for TCP; `None` is all.
    #[must_use]
    pub fn bind_ports(&self) -> Option<&BTreeSet<u16>> {
        self.bind.as_ref()
    }

    /// Tells the kernel, for all threads of the process.
    ///
    /// Before Linux 7.0 the kernel takes rules for one thread and those that it starts later, so this
    /// is called first of all, when there is no other thread.
    ///
    /// # Errors
    /// [`KernelPolicyErrorKind::Unsupported`] where the kernel cannot do all of it, and nothing was
    /// done; [`KernelPolicyErrorKind::Threads`] if there are other threads and the kernel cannot reach
    /// them; [`KernelPolicyErrorKind::Path`] for a file that is not to be had;
    /// [`KernelPolicyErrorKind::System`] for what else the system refuses.
    pub fn enforce(&self) -> Result<KernelPolicyReport, KernelPolicyError> {
        enforce::enforce(self, true)
    }

    /// Tells the kernel, for this thread and those that it starts from now on.
    ///
    /// # Errors
    /// As [`enforce`](Self::enforce), but not for other threads: they are as free as before.
    pub fn enforce_on_thread(&self) -> Result<KernelPolicyReport, KernelPolicyError> {
        enforce::enforce(self, false)
    }
}

/// What is in both; `None` is all.
fn both(one: Option<BTreeSet<u16>>, two: Option<BTreeSet<u16>>) -> Option<BTreeSet<u16>> {
    match (one, two) {
        (Some(one), Some(two)) => Some(&one & &two),
        (one, two) => one.or(two),
    }
}

/// What the kernel enforces now, and what of the policy it does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelPolicyReport {
    version: i32,
    enforced: Vec<String>,
    not_enforced: Vec<String>,
}

impl KernelPolicyReport {
    /// The version of Landlock that the kernel has.
    #[must_use]
    pub const fn landlock_version(&self) -> i32 {
        self.version
    }

    /// What is enforced.
    #[must_use]
    pub fn enforced(&self) -> &[String] {
        &self.enforced
    }

    /// What is left to the policies of contexts and scopes.
    #[must_use]
    pub fn not_enforced(&self) -> &[String] {
        &self.not_enforced
    }
}

impl fmt::Display for KernelPolicyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |list: &[String]| match list {
            [] => "nothing".to_owned(),
            list => list.join("; "),
        };
        write!(
            f,
            "Landlock {} enforces: {}. It does not enforce: {}.",
            self.version,
            list(&self.enforced),
            list(&self.not_enforced)
        )
    }
}

/// What kind of failure it is. In each case the process is as free as before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KernelPolicyErrorKind {
    /// The kernel cannot do all of it, or this build leaves it out.
    Unsupported,
    /// There are other threads, which this kernel cannot reach.
    Threads,
    /// A file or folder is not to be had.
    Path,
    /// The system refuses.
    System,
}

/// The kernel does not enforce a policy.
#[derive(Debug)]
pub struct KernelPolicyError {
    kind: KernelPolicyErrorKind,
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl KernelPolicyError {
    fn new(kind: KernelPolicyErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
        }
    }

    /// What kind of failure it is.
    #[must_use]
    pub const fn kind(&self) -> KernelPolicyErrorKind {
        self.kind
    }
}

impl fmt::Display for KernelPolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for KernelPolicyError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
