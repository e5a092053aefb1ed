//! The codes of Winsock's control calls.

use super::listed::numbers;

/// What [`Socket::io_control`](crate::Socket::io_control) does. Its documentation lists the codes that have a meaning on
/// Linux; the others are refused.
///
/// .NET: `System.Net.Sockets.IOControlCode`
#[doc(alias = "IOControlCode")]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct IoControlCode(i64);

impl IoControlCode {
    /// Replace the oldest message of a full queue.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.EnableCircularQueuing`
    #[doc(alias = "IOControlCode.EnableCircularQueuing")]
    pub const ENABLE_CIRCULAR_QUEUING: Self = Self(671088642);
    /// Discard the send queue.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.Flush`
    #[doc(alias = "IOControlCode.Flush")]
    pub const FLUSH: Self = Self(671088644);
    /// Tell when local addresses change.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.AddressListChange`
    #[doc(alias = "IOControlCode.AddressListChange")]
    pub const ADDRESS_LIST_CHANGE: Self = Self(671088663);
    /// How many bytes can be received at once.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.DataToRead`
    #[doc(alias = "IOControlCode.DataToRead")]
    pub const DATA_TO_READ: Self = Self(1074030207);
    /// Whether all urgent data were received.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.OobDataRead`
    #[doc(alias = "IOControlCode.OobDataRead")]
    pub const OOB_DATA_READ: Self = Self(1074033415);
    /// The address for broadcasts.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.GetBroadcastAddress`
    #[doc(alias = "IOControlCode.GetBroadcastAddress")]
    pub const GET_BROADCAST_ADDRESS: Self = Self(1207959557);
    /// The local addresses.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.AddressListQuery`
    #[doc(alias = "IOControlCode.AddressListQuery")]
    pub const ADDRESS_LIST_QUERY: Self = Self(1207959574);
    /// The device below.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.QueryTargetPnpHandle`
    #[doc(alias = "IOControlCode.QueryTargetPnpHandle")]
    pub const QUERY_TARGET_PNP_HANDLE: Self = Self(1207959576);
    /// Signals when data arrive.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.AsyncIO`
    #[doc(alias = "IOControlCode.AsyncIO")]
    pub const ASYNC_IO: Self = Self(2147772029);
    /// Calls do not wait. [`Socket::set_blocking`](crate::Socket::set_blocking) is for that.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.NonBlockingIO`
    #[doc(alias = "IOControlCode.NonBlockingIO")]
    pub const NON_BLOCKING_IO: Self = Self(2147772030);
    /// Bind to another provider's handle.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.AssociateHandle`
    #[doc(alias = "IOControlCode.AssociateHandle")]
    pub const ASSOCIATE_HANDLE: Self = Self(2281701377);
    /// Multicasts come back.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.MultipointLoopback`
    #[doc(alias = "IOControlCode.MultipointLoopback")]
    pub const MULTIPOINT_LOOPBACK: Self = Self(2281701385);
    /// Hops that a multicast may make.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.MulticastScope`
    #[doc(alias = "IOControlCode.MulticastScope")]
    pub const MULTICAST_SCOPE: Self = Self(2281701386);
    /// Quality of service.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.SetQos`
    #[doc(alias = "IOControlCode.SetQos")]
    pub const SET_QOS: Self = Self(2281701387);
    /// Quality of service of a group.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.SetGroupQos`
    #[doc(alias = "IOControlCode.SetGroupQos")]
    pub const SET_GROUP_QOS: Self = Self(2281701388);
    /// Tell when the way to a host changes.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.RoutingInterfaceChange`
    #[doc(alias = "IOControlCode.RoutingInterfaceChange")]
    pub const ROUTING_INTERFACE_CHANGE: Self = Self(2281701397);
    /// Tell when a name space changes.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.NamespaceChange`
    #[doc(alias = "IOControlCode.NamespaceChange")]
    pub const NAMESPACE_CHANGE: Self = Self(2281701401);
    /// Receive all packets of the network.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.ReceiveAll`
    #[doc(alias = "IOControlCode.ReceiveAll")]
    pub const RECEIVE_ALL: Self = Self(2550136833);
    /// Receive all multicasts.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.ReceiveAllMulticast`
    #[doc(alias = "IOControlCode.ReceiveAllMulticast")]
    pub const RECEIVE_ALL_MULTICAST: Self = Self(2550136834);
    /// Receive all multicasts of IGMP.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.ReceiveAllIgmpMulticast`
    #[doc(alias = "IOControlCode.ReceiveAllIgmpMulticast")]
    pub const RECEIVE_ALL_IGMP_MULTICAST: Self = Self(2550136835);
    /// When and how often to ask an idle peer.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.KeepAliveValues`
    #[doc(alias = "IOControlCode.KeepAliveValues")]
    pub const KEEP_ALIVE_VALUES: Self = Self(2550136836);
    /// Receive packets with the router alert option.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.AbsorbRouterAlert`
    #[doc(alias = "IOControlCode.AbsorbRouterAlert")]
    pub const ABSORB_ROUTER_ALERT: Self = Self(2550136837);
    /// The interface to send from.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.UnicastInterface`
    #[doc(alias = "IOControlCode.UnicastInterface")]
    pub const UNICAST_INTERFACE: Self = Self(2550136838);
    /// Broadcasts leave by one interface.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.LimitBroadcasts`
    #[doc(alias = "IOControlCode.LimitBroadcasts")]
    pub const LIMIT_BROADCASTS: Self = Self(2550136839);
    /// Use one interface only.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.BindToInterface`
    #[doc(alias = "IOControlCode.BindToInterface")]
    pub const BIND_TO_INTERFACE: Self = Self(2550136840);
    /// The interface to send multicasts from.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.MulticastInterface`
    #[doc(alias = "IOControlCode.MulticastInterface")]
    pub const MULTICAST_INTERFACE: Self = Self(2550136841);
    /// Join a group at an interface.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.AddMulticastGroupOnInterface`
    #[doc(alias = "IOControlCode.AddMulticastGroupOnInterface")]
    pub const ADD_MULTICAST_GROUP_ON_INTERFACE: Self = Self(2550136842);
    /// Leave a group at an interface.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.DeleteMulticastGroupFromInterface`
    #[doc(alias = "IOControlCode.DeleteMulticastGroupFromInterface")]
    pub const DELETE_MULTICAST_GROUP_FROM_INTERFACE: Self = Self(2550136843);
    /// A function of Winsock's extensions.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.GetExtensionFunctionPointer`
    #[doc(alias = "IOControlCode.GetExtensionFunctionPointer")]
    pub const GET_EXTENSION_FUNCTION_POINTER: Self = Self(3355443206);
    /// Quality of service.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.GetQos`
    #[doc(alias = "IOControlCode.GetQos")]
    pub const GET_QOS: Self = Self(3355443207);
    /// Quality of service of a group.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.GetGroupQos`
    #[doc(alias = "IOControlCode.GetGroupQos")]
    pub const GET_GROUP_QOS: Self = Self(3355443208);
    /// The handle in another provider.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.TranslateHandle`
    #[doc(alias = "IOControlCode.TranslateHandle")]
    pub const TRANSLATE_HANDLE: Self = Self(3355443213);
    /// The local address for a remote one.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.RoutingInterfaceQuery`
    #[doc(alias = "IOControlCode.RoutingInterfaceQuery")]
    pub const ROUTING_INTERFACE_QUERY: Self = Self(3355443220);
    /// Put addresses into the order of preference.
    ///
    /// .NET: `System.Net.Sockets.IOControlCode.AddressListSort`
    #[doc(alias = "IOControlCode.AddressListSort")]
    pub const ADDRESS_LIST_SORT: Self = Self(3355443225);

    /// Every name of .NET's list with its value; some values have several.
    pub const NAMES: &[(&str, Self)] = &[
        ("EnableCircularQueuing", Self::ENABLE_CIRCULAR_QUEUING),
        ("Flush", Self::FLUSH),
        ("AddressListChange", Self::ADDRESS_LIST_CHANGE),
        ("DataToRead", Self::DATA_TO_READ),
        ("OobDataRead", Self::OOB_DATA_READ),
        ("GetBroadcastAddress", Self::GET_BROADCAST_ADDRESS),
        ("AddressListQuery", Self::ADDRESS_LIST_QUERY),
        ("QueryTargetPnpHandle", Self::QUERY_TARGET_PNP_HANDLE),
        ("AsyncIO", Self::ASYNC_IO),
        ("NonBlockingIO", Self::NON_BLOCKING_IO),
        ("AssociateHandle", Self::ASSOCIATE_HANDLE),
        ("MultipointLoopback", Self::MULTIPOINT_LOOPBACK),
        ("MulticastScope", Self::MULTICAST_SCOPE),
        ("SetQos", Self::SET_QOS),
        ("SetGroupQos", Self::SET_GROUP_QOS),
        ("RoutingInterfaceChange", Self::ROUTING_INTERFACE_CHANGE),
        ("NamespaceChange", Self::NAMESPACE_CHANGE),
        ("ReceiveAll", Self::RECEIVE_ALL),
        ("ReceiveAllMulticast", Self::RECEIVE_ALL_MULTICAST),
        ("ReceiveAllIgmpMulticast", Self::RECEIVE_ALL_IGMP_MULTICAST),
        ("KeepAliveValues", Self::KEEP_ALIVE_VALUES),
        ("AbsorbRouterAlert", Self::ABSORB_ROUTER_ALERT),
        ("UnicastInterface", Self::UNICAST_INTERFACE),
        ("LimitBroadcasts", Self::LIMIT_BROADCASTS),
        ("BindToInterface", Self::BIND_TO_INTERFACE),
        ("MulticastInterface", Self::MULTICAST_INTERFACE),
        (
            "AddMulticastGroupOnInterface",
            Self::ADD_MULTICAST_GROUP_ON_INTERFACE,
        ),
        (
            "DeleteMulticastGroupFromInterface",
            Self::DELETE_MULTICAST_GROUP_FROM_INTERFACE,
        ),
        (
            "GetExtensionFunctionPointer",
            Self::GET_EXTENSION_FUNCTION_POINTER,
        ),
        ("GetQos", Self::GET_QOS),
        ("GetGroupQos", Self::GET_GROUP_QOS),
        ("TranslateHandle", Self::TRANSLATE_HANDLE),
        ("RoutingInterfaceQuery", Self::ROUTING_INTERFACE_QUERY),
        ("AddressListSort", Self::ADDRESS_LIST_SORT),
    ];
}

numbers!(IoControlCode, i64);
