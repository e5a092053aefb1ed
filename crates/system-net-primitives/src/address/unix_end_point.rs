//! The address of a local socket: a path, or a name that only the kernel keeps.

use std::ffi::OsStr;
use std::fmt;

use super::{AddressFamily, SocketAddress};
use crate::Misuse;

/// `sizeof(sun_path)` on Linux; others have no more.
const MAX_BYTES: usize = 108;

/// The address of a local socket.
///
/// A path in the file system; a name of Linux's abstract namespace, which begins with a zero byte
/// and goes away with its socket; or nothing, which is the address of a socket that was not bound.
///
/// .NET: `System.Net.Sockets.UnixDomainSocketEndPoint`
///
/// # Limits
/// The kernel's structure has 108 bytes: a path has at most 107, behind which a zero stands, an
/// abstract name at most 108 with the zero it begins with.
///
/// # Differences from .NET
/// A path is bytes and need not be UTF-8. One with a zero byte within is refused; .NET passes it
/// on and the kernel stops at the zero. Paths are not made absolute.
///
/// # Examples
/// ```
/// use system_net_primitives::UnixDomainSocketEndPoint;
///
/// let path = UnixDomainSocketEndPoint::new("/run/service.sock")?;
/// assert_eq!(path.to_string(), "/run/service.sock");
/// let name = UnixDomainSocketEndPoint::new("\0service")?;
/// assert_eq!(name.abstract_name(), Some(&b"service"[..]));
/// assert_eq!(name.to_string(), "@service");
/// # Ok::<(), system_net_primitives::Misuse>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UnixDomainSocketEndPoint {
    /// As in `sun_path`, without the zero that closes a path.
    name: Box<[u8]>,
}

impl UnixDomainSocketEndPoint {
    /// The address at a path; with a zero byte at its beginning, the abstract name behind it.
    ///
    /// .NET: `System.Net.Sockets.UnixDomainSocketEndPoint.UnixDomainSocketEndPoint(String)`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for an empty path and for one that is too long,
    /// [`Misuse::InvalidArgument`] for a zero byte within a path.
    pub fn new(path: impl AsRef<OsStr>) -> Result<Self, Misuse> {
        let name = path.as_ref().as_encoded_bytes();
        if name.is_empty() || name.len() + usize::from(name[0] != 0) > MAX_BYTES {
            return Err(Misuse::out_of_range(
                "path",
                "expected 1 to 107 bytes, or an abstract name of up to 108 with its zero",
            ));
        }
        if name[0] != 0 && name.contains(&0) {
            return Err(Misuse::invalid_argument(
                "path",
                "a path has no zero byte within",
            ));
        }
        Ok(Self { name: name.into() })
    }

    /// The address with a name of the abstract namespace, given without the zero byte that begins
    /// it; any bytes will do.
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for more than 107 bytes.
    pub fn from_abstract_name(name: &[u8]) -> Result<Self, Misuse> {
        if name.len() >= MAX_BYTES {
            return Err(Misuse::out_of_range("name", "expected at most 107 bytes"));
        }
        Ok(Self {
            name: [&[0], name].concat().into(),
        })
    }

    /// The address of a socket that was not bound, as the sender of a datagram has it.
    #[must_use]
    pub fn unnamed() -> Self {
        Self {
            name: Box::default(),
        }
    }

    /// The path, if the address has one.
    #[cfg(unix)]
    #[must_use]
    pub fn path(&self) -> Option<&std::path::Path> {
        use std::os::unix::ffi::OsStrExt as _;
        match self.name.first() {
            None | Some(0) => None,
            Some(_) => Some(std::path::Path::new(OsStr::from_bytes(&self.name))),
        }
    }

    /// The abstract name without the zero that begins it, if the address has one.
    #[must_use]
    pub fn abstract_name(&self) -> Option<&[u8]> {
        match &*self.name {
            [0, name @ ..] => Some(name),
            _ => None,
        }
    }

    /// Whether the address is that of a socket that was not bound.
    #[must_use]
    pub const fn is_unnamed(&self) -> bool {
        self.name.is_empty()
    }

    /// Always [`AddressFamily::Unix`].
    ///
    /// .NET: `System.Net.Sockets.UnixDomainSocketEndPoint.AddressFamily`
    #[doc(alias = "UnixDomainSocketEndPoint.AddressFamily")]
    #[must_use]
    pub const fn address_family(&self) -> AddressFamily {
        AddressFamily::Unix
    }

    /// The address in the form system calls take: as long as the name, with a zero behind a path.
    ///
    /// .NET: `System.Net.Sockets.UnixDomainSocketEndPoint.Serialize`
    #[doc(alias = "UnixDomainSocketEndPoint.Serialize")]
    #[must_use]
    pub fn serialize(&self) -> SocketAddress {
        let is_path = self.name.first().is_some_and(|first| *first != 0);
        SocketAddress::from_unix_name(&self.name, is_path)
    }

    /// The address that such a form holds. What stands behind the first zero of a path is dropped.
    ///
    /// .NET: `System.Net.Sockets.UnixDomainSocketEndPoint.Create`
    ///
    /// # Errors
    /// [`Misuse::OutOfRange`] for another family or too many bytes, as .NET has it.
    #[doc(alias = "UnixDomainSocketEndPoint.Create")]
    pub fn create(socket_address: &SocketAddress) -> Result<Self, Misuse> {
        let name = socket_address
            .unix_name()
            .filter(|name| name.len() <= MAX_BYTES)
            .ok_or_else(|| {
                Misuse::out_of_range("socketAddress", "expected the address of a local socket")
            })?;
        let length = match name {
            [0, ..] => name.len(),
            path => path.iter().position(|b| *b == 0).unwrap_or(path.len()),
        };
        // The empty structure of the usual size is an address without a name too.
        let is_blank = name.len() == MAX_BYTES && name.iter().all(|b| *b == 0);
        Ok(Self {
            name: if is_blank {
                Box::default()
            } else {
                name[..length].into()
            },
        })
    }
}

impl fmt::Display for UnixDomainSocketEndPoint {
    /// The path; an abstract name behind `@`, as `ss` and /proc write it; nothing without a name.
    ///
    /// .NET: `System.Net.Sockets.UnixDomainSocketEndPoint.ToString`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match &*self.name {
            [0, name @ ..] => {
                f.write_str("@")?;
                name
            }
            path => path,
        };
        f.write_str(&String::from_utf8_lossy(name))
    }
}

impl fmt::Debug for UnixDomainSocketEndPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_string(), f)
    }
}

#[cfg(unix)]
impl From<&std::os::unix::net::SocketAddr> for UnixDomainSocketEndPoint {
    /// Loses nothing.
    fn from(address: &std::os::unix::net::SocketAddr) -> Self {
        #[cfg(target_os = "linux")]
        if let Some(name) = std::os::linux::net::SocketAddrExt::as_abstract_name(address) {
            return Self {
                name: [&[0], name].concat().into(),
            };
        }
        let path = address.as_pathname().map(std::path::Path::as_os_str);
        Self {
            name: path.unwrap_or_default().as_encoded_bytes().into(),
        }
    }
}

#[cfg(unix)]
impl TryFrom<&UnixDomainSocketEndPoint> for std::os::unix::net::SocketAddr {
    type Error = std::io::Error;

    /// Refuses an address without a name, and abstract names where the system has none.
    fn try_from(end_point: &UnixDomainSocketEndPoint) -> Result<Self, Self::Error> {
        #[cfg(target_os = "linux")]
        if let Some(name) = end_point.abstract_name() {
            return <Self as std::os::linux::net::SocketAddrExt>::from_abstract_name(name);
        }
        match end_point.path() {
            Some(path) => Self::from_pathname(path),
            None => Err(std::io::Error::new(
                std::io::ErrorKind::InvalidInput,
                "the address has no path",
            )),
        }
    }
}
