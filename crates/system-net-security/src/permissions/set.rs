//! `PermissionSet`: permissions of all kinds together, and what holding, lacking or asserting them
//! means for an access.

use std::any::Any;
use std::sync::Arc;

use system_net_primitives::{
    Access, AccessDenied, AccessPolicy, AccessStack, AccessVerdict, IpAddress, TransportType,
    access_scope, access_scope_blocking,
};

use super::network_kind::embedded_ipv4;
use super::socket::Target;
use super::{
    DnsPermission, NetworkAccess, NetworkInformationAccess, NetworkInformationPermission,
    PeerCollaborationPermission, PermissionState, PnrpPermission, SmtpPermission, SocketPermission,
    WebPermission,
};

/// Permissions of all kinds; those that are not named are not held.
///
/// [`demand`](Self::demand), [`assert`](Self::assert), [`deny`](Self::deny) and
/// [`permit_only`](Self::permit_only) mean what they mean in .NET, for a context
/// (`NetContext::with_policy`, `NetContextBuilder::policy`) or for a future or a function
/// ([`PermissionAction::scope`], [`PermissionAction::scope_blocking`]) instead of a stack frame.
///
/// A request needs the [`WebPermission`] to each address that it turns to. Its look-ups and
/// connections need a [`DnsPermission`] or [`SocketPermission`] only from a set that names one: then
/// the address found is judged as well.
///
/// .NET: `System.Security.PermissionSet`
///
/// # Examples
/// ```
/// use system_net_config::NetContext;
/// use system_net_security::permissions::{NetworkAccess, PermissionSet, WebPermission};
///
/// let contoso = WebPermission::of_regex(NetworkAccess::Connect, r"https://([^/]+\.)?contoso\.com/.*")?;
/// let set = PermissionSet { web: contoso, ..PermissionSet::none() };
/// let context = NetContext::new().with_policy(set.permit_only().into_policy());
/// # assert!(!context.access().is_empty());
/// # Ok::<(), system_net_primitives::Misuse>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PermissionSet {
    /// Requests, and what is served.
    pub web: WebPermission,
    /// Connections and datagrams.
    pub socket: SocketPermission,
    /// Look-ups.
    pub dns: DnsPermission,
    /// Mail.
    pub smtp: SmtpPermission,
    /// Facts about the network, and pings.
    pub network_information: NetworkInformationPermission,
    /// Names of peers. Nothing registers or resolves them yet: a demand alone judges it.
    pub pnrp: PnrpPermission,
    /// Presence and invitations of peers. Nothing has them yet: a demand alone judges it.
    pub peer_collaboration: PeerCollaborationPermission,
}

/// What of an access a set holds.
struct Held {
    /// .NET's name of the permission that the access needs.
    permission: &'static str,
    /// All that it needs.
    all: bool,
    /// Anything of it.
    any: bool,
    /// Whether the set speaks about it at all.
    speaks: bool,
}

impl PermissionSet {
    /// No permission.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Every permission.
    #[must_use]
    pub fn unrestricted() -> Self {
        let all = PermissionState::Unrestricted;
        Self {
            web: WebPermission::new(all),
            socket: SocketPermission::new(all),
            dns: DnsPermission::new(all),
            smtp: SmtpPermission::new(all),
            network_information: NetworkInformationPermission::new(all),
            pnrp: PnrpPermission::new(all),
            peer_collaboration: PeerCollaborationPermission::new(all),
        }
    }

    /// All rights of both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self {
            web: self.web.union(&other.web),
            socket: self.socket.union(&other.socket),
            dns: self.dns.union(other.dns),
            smtp: self.smtp.union(other.smtp),
            network_information: self.network_information.union(other.network_information),
            pnrp: self.pnrp.union(other.pnrp),
            peer_collaboration: self.peer_collaboration.union(other.peer_collaboration),
        }
    }

    /// The rights that are in both.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        let information = other.network_information;
        Self {
            web: self.web.intersect(&other.web),
            socket: self.socket.intersect(&other.socket),
            dns: self.dns.intersect(other.dns),
            smtp: self.smtp.intersect(other.smtp),
            network_information: self.network_information.intersect(information),
            pnrp: self.pnrp.intersect(other.pnrp),
            peer_collaboration: self.peer_collaboration.intersect(other.peer_collaboration),
        }
    }

    /// Whether `other` holds all rights of this.
    #[must_use]
    pub fn is_subset_of(&self, other: &Self) -> bool {
        self.missing_in(other).is_none()
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::none()
    }

    /// The first permission of which `other` does not hold all rights.
    fn missing_in(&self, other: &Self) -> Option<&'static str> {
        let information = other.network_information;
        [
            ("WebPermission", self.web.is_subset_of(&other.web)),
            ("SocketPermission", self.socket.is_subset_of(&other.socket)),
            ("DnsPermission", self.dns.is_subset_of(other.dns)),
            ("SmtpPermission", self.smtp.is_subset_of(other.smtp)),
            (
                "NetworkInformationPermission",
                self.network_information.is_subset_of(information),
            ),
            ("PnrpPermission", self.pnrp.is_subset_of(other.pnrp)),
            (
                "PeerCollaborationPermission",
                self.peer_collaboration
                    .is_subset_of(other.peer_collaboration),
            ),
        ]
        .into_iter()
        .find_map(|(name, held)| (!held).then_some(name))
    }

    /// Demands these permissions of a context's policies and of the scope that this runs in.
    ///
    /// .NET: `System.Security.CodeAccessPermission.Demand`
    ///
    /// # Errors
    /// The first policy that does not give all of them; it names the permission.
    #[doc(alias = "CodeAccessPermission.Demand")]
    pub fn demand(&self, access: &AccessStack) -> Result<(), AccessDenied> {
        access.check_demand(self)
    }

    /// What these allow, is allowed, whatever outer contexts or scopes say.
    ///
    /// .NET: `System.Security.CodeAccessPermission.Assert`
    #[doc(alias = "CodeAccessPermission.Assert")]
    #[must_use]
    pub fn assert(self) -> PermissionAction {
        PermissionAction::new(Kind::Assert, self)
    }

    /// What any of these is needed for, is forbidden.
    ///
    /// .NET: `System.Security.CodeAccessPermission.Deny`
    #[doc(alias = "CodeAccessPermission.Deny")]
    #[must_use]
    pub fn deny(self) -> PermissionAction {
        PermissionAction::new(Kind::Deny, self)
    }

    /// What these do not allow, is forbidden.
    ///
    /// .NET: `System.Security.CodeAccessPermission.PermitOnly`
    #[doc(alias = "CodeAccessPermission.PermitOnly")]
    #[must_use]
    pub fn permit_only(self) -> PermissionAction {
        PermissionAction::new(Kind::PermitOnly, self)
    }

    fn held(&self, access: &Access<'_>) -> Held {
        let of = |permission, all, any| Held {
            permission,
            all,
            any,
            speaks: true,
        };
        let both = |permission, held| of(permission, held, held);
        let web = |access, uri| both("WebPermission", self.web.allows(access, uri));
        match *access {
            Access::Request { uri } => web(NetworkAccess::Connect, uri),
            Access::Serve { prefix } => web(NetworkAccess::Accept, prefix),
            Access::Resolve { requested, .. } => Held {
                speaks: !requested || self.dns.is_unrestricted(),
                ..both("DnsPermission", self.dns.is_unrestricted())
            },
            Access::Connect {
                host,
                address,
                port,
                transport,
                requested,
            } => Held {
                speaks: !requested || !self.socket.is_empty(),
                ..self.socket(NetworkAccess::Connect, host, address, port, transport)
            },
            Access::Accept {
                address,
                port,
                transport,
                served,
            } => Held {
                speaks: !served || !self.socket.is_empty(),
                ..self.socket(NetworkAccess::Accept, None, address, port, transport)
            },
            // No list names a path.
            Access::ConnectLocal { .. } | Access::AcceptLocal { .. } => {
                both("SocketPermission", self.socket.is_unrestricted())
            }
            Access::SendMail { port } => both("SmtpPermission", self.smtp.allows(port)),
            Access::ReadNetworkInformation => self.information(NetworkInformationAccess::READ),
            Access::Ping { .. } => self.information(NetworkInformationAccess::PING),
            // The request itself was judged; what a proxy connects to is not known.
            Access::ThroughProxy { .. } => Held {
                speaks: false,
                ..both("WebPermission", false)
            },
            // What there will be later is not held.
            _ => both("a permission of this kind", *self == Self::unrestricted()),
        }
    }

    fn information(&self, access: NetworkInformationAccess) -> Held {
        let held = self.network_information.access().contains(access);
        Held {
            permission: "NetworkInformationPermission",
            all: held,
            any: held,
            speaks: true,
        }
    }

    fn socket(
        &self,
        access: NetworkAccess,
        host: Option<&str>,
        address: IpAddress,
        port: u16,
        transport: TransportType,
    ) -> Held {
        let target = Target {
            host,
            address,
            embedded: embedded_ipv4(address),
            port,
            transport,
        };
        Held {
            permission: "SocketPermission",
            all: self.socket.allows(access, &target),
            any: self.socket.touches(access, &target),
            speaks: true,
        }
    }
}

/// What a [`PermissionSet`] is for: to assert, to deny, or to permit nothing else.
#[derive(Clone, Debug)]
pub struct PermissionAction {
    kind: Kind,
    set: PermissionSet,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Assert,
    Deny,
    PermitOnly,
}

impl PermissionAction {
    fn new(kind: Kind, set: PermissionSet) -> Self {
        Self { kind, set }
    }

    /// The policy, for a context.
    #[must_use]
    pub fn into_policy(self) -> Arc<dyn AccessPolicy> {
        Arc::new(self)
    }

    /// Runs a future under it.
    pub fn scope<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
        access_scope(self.into_policy(), future)
    }

    /// Runs a function under it.
    pub fn scope_blocking<T>(self, f: impl FnOnce() -> T) -> T {
        access_scope_blocking(self.into_policy(), f)
    }
}

impl AccessPolicy for PermissionAction {
    fn judge(&self, access: &Access<'_>) -> AccessVerdict {
        let held = self.set.held(access);
        let name = held.permission;
        match self.kind {
            Kind::Assert if held.speaks && held.all => AccessVerdict::Assert,
            Kind::Deny if held.speaks && held.any => {
                AccessVerdict::Deny(format!("the {name} for it was denied"))
            }
            Kind::PermitOnly if held.speaks && !held.all => AccessVerdict::Deny(format!(
                "the {name} for it is not among those that are permitted"
            )),
            _ => AccessVerdict::Pass,
        }
    }

    fn judge_demand(&self, demanded: &dyn Any) -> AccessVerdict {
        let Some(demanded) = demanded.downcast_ref::<PermissionSet>() else {
            return AccessVerdict::Pass;
        };
        match self.kind {
            Kind::Assert if demanded.is_subset_of(&self.set) => AccessVerdict::Assert,
            Kind::Deny => {
                let common = demanded.intersect(&self.set);
                match common.missing_in(&PermissionSet::none()) {
                    None if demanded.web.may_overlap(&self.set.web) => {
                        AccessVerdict::Deny("WebPermission may be denied in part".to_owned())
                    }
                    Some(name) => AccessVerdict::Deny(format!("{name} was denied")),
                    None => AccessVerdict::Pass,
                }
            }
            Kind::PermitOnly => match demanded.missing_in(&self.set) {
                Some(name) => {
                    AccessVerdict::Deny(format!("{name} is not among those that are permitted"))
                }
                None => AccessVerdict::Pass,
            },
            Kind::Assert => AccessVerdict::Pass,
        }
    }
}
