//! The kinds of addresses that sockets know.

use std::fmt;

/// The kind of an address, with .NET's numbers, which are not the system's.
///
/// .NET: `System.Net.Sockets.AddressFamily`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
#[non_exhaustive]
pub enum AddressFamily {
    /// Not known.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.Unknown`
    #[doc(alias = "AddressFamily.Unknown")]
    Unknown = -1,
    /// Any, or of no matter.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.Unspecified`
    #[doc(alias = "AddressFamily.Unspecified")]
    Unspecified = 0,
    /// A local socket.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.Unix`
    #[doc(alias = "AddressFamily.Unix")]
    Unix = 1,
    /// IPv4.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.InterNetwork`
    #[doc(alias = "AddressFamily.InterNetwork")]
    InterNetwork = 2,
    /// ARPANET IMP.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.ImpLink`
    #[doc(alias = "AddressFamily.ImpLink")]
    ImpLink = 3,
    /// Xerox PUP.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.Pup`
    #[doc(alias = "AddressFamily.Pup")]
    Pup = 4,
    /// MIT CHAOS.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.Chaos`
    #[doc(alias = "AddressFamily.Chaos")]
    Chaos = 5,
    /// IPX or SPX; .NET has `NS` (Xerox NS) at the same number.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.Ipx`
    #[doc(alias = "AddressFamily.Ipx")]
    #[doc(alias = "AddressFamily.NS")]
    Ipx = 6,
    /// ISO; .NET has `Osi` at the same number.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.Iso`
    #[doc(alias = "AddressFamily.Iso")]
    #[doc(alias = "AddressFamily.Osi")]
    Iso = 7,
    /// European Computer Manufacturers Association.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.Ecma`
    #[doc(alias = "AddressFamily.Ecma")]
    Ecma = 8,
    /// Datakit.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.DataKit`
    #[doc(alias = "AddressFamily.DataKit")]
    DataKit = 9,
    /// CCITT, such as X.25.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.Ccitt`
    #[doc(alias = "AddressFamily.Ccitt")]
    Ccitt = 10,
    /// IBM SNA.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.Sna`
    #[doc(alias = "AddressFamily.Sna")]
    Sna = 11,
    /// DECnet.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.DecNet`
    #[doc(alias = "AddressFamily.DecNet")]
    DecNet = 12,
    /// The direct data-link interface.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.DataLink`
    #[doc(alias = "AddressFamily.DataLink")]
    DataLink = 13,
    /// LAT.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.Lat`
    #[doc(alias = "AddressFamily.Lat")]
    Lat = 14,
    /// NSC Hyperchannel.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.HyperChannel`
    #[doc(alias = "AddressFamily.HyperChannel")]
    HyperChannel = 15,
    /// AppleTalk.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.AppleTalk`
    #[doc(alias = "AddressFamily.AppleTalk")]
    AppleTalk = 16,
    /// NetBIOS.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.NetBios`
    #[doc(alias = "AddressFamily.NetBios")]
    NetBios = 17,
    /// VoiceView.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.VoiceView`
    #[doc(alias = "AddressFamily.VoiceView")]
    VoiceView = 18,
    /// FireFox.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.FireFox`
    #[doc(alias = "AddressFamily.FireFox")]
    FireFox = 19,
    /// Banyan.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.Banyan`
    #[doc(alias = "AddressFamily.Banyan")]
    Banyan = 21,
    /// Native ATM services.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.Atm`
    #[doc(alias = "AddressFamily.Atm")]
    Atm = 22,
    /// IPv6.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.InterNetworkV6`
    #[doc(alias = "AddressFamily.InterNetworkV6")]
    InterNetworkV6 = 23,
    /// Microsoft's cluster products.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.Cluster`
    #[doc(alias = "AddressFamily.Cluster")]
    Cluster = 24,
    /// IEEE 1284.4.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.Ieee12844`
    #[doc(alias = "AddressFamily.Ieee12844")]
    Ieee12844 = 25,
    /// IrDA.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.Irda`
    #[doc(alias = "AddressFamily.Irda")]
    Irda = 26,
    /// Network Designers OSI gateway.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.NetworkDesigners`
    #[doc(alias = "AddressFamily.NetworkDesigners")]
    NetworkDesigners = 28,
    /// One more than the highest number of the Framework.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.Max`
    #[doc(alias = "AddressFamily.Max")]
    Max = 29,
    /// Linux: frames of an interface.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.Packet`
    #[doc(alias = "AddressFamily.Packet")]
    Packet = 65536,
    /// Linux: CAN bus.
    ///
    /// .NET: `System.Net.Sockets.AddressFamily.ControllerAreaNetwork`
    #[doc(alias = "AddressFamily.ControllerAreaNetwork")]
    ControllerAreaNetwork = 65537,
}

/// Every family with its name in .NET.
const NAMES: &[(AddressFamily, &str)] = &[
    (AddressFamily::Unknown, "Unknown"),
    (AddressFamily::Unspecified, "Unspecified"),
    (AddressFamily::Unix, "Unix"),
    (AddressFamily::InterNetwork, "InterNetwork"),
    (AddressFamily::ImpLink, "ImpLink"),
    (AddressFamily::Pup, "Pup"),
    (AddressFamily::Chaos, "Chaos"),
    (AddressFamily::Ipx, "Ipx"),
    (AddressFamily::Iso, "Iso"),
    (AddressFamily::Ecma, "Ecma"),
    (AddressFamily::DataKit, "DataKit"),
    (AddressFamily::Ccitt, "Ccitt"),
    (AddressFamily::Sna, "Sna"),
    (AddressFamily::DecNet, "DecNet"),
    (AddressFamily::DataLink, "DataLink"),
    (AddressFamily::Lat, "Lat"),
    (AddressFamily::HyperChannel, "HyperChannel"),
    (AddressFamily::AppleTalk, "AppleTalk"),
    (AddressFamily::NetBios, "NetBios"),
    (AddressFamily::VoiceView, "VoiceView"),
    (AddressFamily::FireFox, "FireFox"),
    (AddressFamily::Banyan, "Banyan"),
    (AddressFamily::Atm, "Atm"),
    (AddressFamily::InterNetworkV6, "InterNetworkV6"),
    (AddressFamily::Cluster, "Cluster"),
    (AddressFamily::Ieee12844, "Ieee12844"),
    (AddressFamily::Irda, "Irda"),
    (AddressFamily::NetworkDesigners, "NetworkDesigners"),
    (AddressFamily::Max, "Max"),
    (AddressFamily::Packet, "Packet"),
    (
        AddressFamily::ControllerAreaNetwork,
        "ControllerAreaNetwork",
    ),
];

impl AddressFamily {
    /// Every family, by number.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(family, _)| *family)
    }

    /// .NET's number.
    #[must_use]
    pub const fn value(self) -> i32 {
        self as i32
    }

    /// The family with one of .NET's numbers.
    #[must_use]
    pub fn from_value(value: i32) -> Option<Self> {
        Self::all().find(|family| family.value() == value)
    }

    /// .NET's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        let row = NAMES.iter().find(|(family, _)| *family == self);
        row.map_or("", |(_, name)| *name)
    }
}

impl fmt::Display for AddressFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
