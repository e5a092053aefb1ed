//! What is known of a host: its name, its other names, its addresses.

use system_net_primitives::IpAddress;

/// A host's name, its aliases and its addresses.
///
/// .NET: `System.Net.IPHostEntry`
///
/// # Examples
/// ```
/// use system_net_sockets::IpHostEntry;
///
/// let mut entry = IpHostEntry::new();
/// entry.set_host_name("www.contoso.com");
/// entry.set_address_list(vec!["10.0.0.1".parse()?]);
/// assert_eq!(entry.address_list()[0].to_string(), "10.0.0.1");
/// assert!(entry.aliases().is_empty());
/// # Ok::<(), system_net_primitives::IpAddressParseError>(())
/// ```
#[doc(alias = "IPHostEntry")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct IpHostEntry {
    host_name: String,
    aliases: Vec<String>,
    address_list: Vec<IpAddress>,
}

impl IpHostEntry {
    /// An entry without name and addresses.
    ///
    /// .NET: `System.Net.IPHostEntry.IPHostEntry`
    #[must_use]
    pub const fn new() -> Self {
        Self {
            host_name: String::new(),
            aliases: Vec::new(),
            address_list: Vec::new(),
        }
    }

    /// The host's canonical name: the one at the end of all aliases.
    ///
    /// .NET: `System.Net.IPHostEntry.HostName`
    #[doc(alias = "IPHostEntry.HostName")]
    #[must_use]
    pub fn host_name(&self) -> &str {
        &self.host_name
    }

    /// Sets the name.
    ///
    /// .NET: `System.Net.IPHostEntry.HostName`
    #[doc(alias = "IPHostEntry.HostName")]
    pub fn set_host_name(&mut self, name: impl Into<String>) {
        self.host_name = name.into();
    }

    /// The other names of the host that the name service told of.
    ///
    /// .NET: `System.Net.IPHostEntry.Aliases`
    #[doc(alias = "IPHostEntry.Aliases")]
    #[must_use]
    pub fn aliases(&self) -> &[String] {
        &self.aliases
    }

    /// Sets the other names.
    ///
    /// .NET: `System.Net.IPHostEntry.Aliases`
    #[doc(alias = "IPHostEntry.Aliases")]
    pub fn set_aliases(&mut self, aliases: Vec<String>) {
        self.aliases = aliases;
    }

    /// The addresses of the host, in the order in which they should be tried.
    ///
    /// .NET: `System.Net.IPHostEntry.AddressList`
    #[doc(alias = "IPHostEntry.AddressList")]
    #[must_use]
    pub fn address_list(&self) -> &[IpAddress] {
        &self.address_list
    }

    /// Sets the addresses.
    ///
    /// .NET: `System.Net.IPHostEntry.AddressList`
    #[doc(alias = "IPHostEntry.AddressList")]
    pub fn set_address_list(&mut self, addresses: Vec<IpAddress>) {
        self.address_list = addresses;
    }

    /// An entry that has a name and addresses, and no aliases.
    pub(crate) fn of(name: impl Into<String>, addresses: Vec<IpAddress>) -> Self {
        Self {
            host_name: name.into(),
            aliases: Vec::new(),
            address_list: addresses,
        }
    }

    pub(crate) fn into_address_list(self) -> Vec<IpAddress> {
        self.address_list
    }
}
