//! The way to where a request turns: directly or by a proxy, chosen anew for each place.

use std::sync::Arc;

use system_net_http_proto::ResponseHead;
use system_net_primitives::{Access, Credentials, HttpVersion};
use system_net_uri::Uri;

use super::authentication::{Challenged, Login};
use super::carrier::Carrier;
use super::exchange::Exchange;
use super::head::{PROXY_AUTHORIZATION, Way, absolute_form, authority_form};
use super::over_http2::not_through_proxy;
use crate::certificate_judge::CertificateJudge;
use crate::error::WebError;
use crate::http2::Protocol;
use crate::service_point::{GroupKey, InUse, Owner, proxy_for};

/// By which connections a request goes.
pub(super) struct Route {
    pub(super) point: InUse,
    pub(super) group: GroupKey,
    /// `None`: directly.
    pub(super) via: Option<Box<Via>>,
}

/// The proxy on the way.
pub(super) struct Via {
    pub(super) address: Uri,
    /// Whether it is asked for a tunnel; else it passes requests on.
    pub(super) tunnel: bool,
    /// What stands as the target in the request line that the proxy reads.
    pub(super) target: String,
    pub(super) credentials: Option<Arc<dyn Credentials>>,
    /// The login at a proxy that passes requests on: it goes with each of them.
    pub(super) login: Login,
}

impl Via {
    /// What the login may know of a request that the proxy reads.
    pub(super) fn challenged<'a>(
        &'a self,
        method: &'a str,
        credentials: &'a Arc<dyn Credentials>,
    ) -> Challenged<'a> {
        Challenged {
            uri: &self.address,
            method,
            group: None,
            credentials,
            proxied: Some(&self.target),
            shared: false,
            body: Some(b""),
            delegate: false,
        }
    }
}

impl Exchange {
    /// Chooses the way to where the request turns now, unless that was done.
    pub(super) fn choose_route(&mut self) -> Result<&Route, WebError> {
        if self.route.is_none() {
            let route = self.new_route()?;
            let own = route.point.wants_connection_logins();
            self.route = Some(route);
            if own && !self.properties.unsafe_authenticated_connection_sharing {
                let owner = self.connection_owner();
                if let (Some(route), Some(owner)) = (&mut self.route, owner) {
                    route.group.owner = Owner::User(owner);
                }
            }
        }
        Ok(self.route.as_ref().expect("a route was chosen above"))
    }

    fn new_route(&self) -> Result<Route, WebError> {
        let uri = self.uri();
        self.check_request(uri)?;
        let properties = &*self.properties;
        let secure = uri.scheme() == "https";
        let mut group = GroupKey {
            name: properties.connection_group_name.clone(),
            tunnel: None,
            judge: match secure {
                true => self.certificate_judge(),
                false => CertificateJudge::default(),
            },
            protocol: self.protocol(secure),
            owner: match properties.unsafe_authenticated_connection_sharing {
                // What one request logs in, no other uses that has not asked for it.
                true => Owner::Anybody,
                false => Owner::Nobody,
            },
        };
        let extras = properties.extras.as_deref();
        let unix_socket = extras.and_then(|extras| extras.unix_socket.as_deref());
        if let Some(path) = unix_socket {
            self.check_access(&Access::ConnectLocal { path })?;
            // Not for requests that go elsewhere.
            group.tunnel = Some(format!("unix {path:?}").into());
        }
        let proxy = properties
            .proxy
            .as_deref()
            .filter(|_| unix_socket.is_none());
        let Some((proxy, address)) = proxy.zip(proxy_for(uri, proxy)?) else {
            let point = self.manager.point_in_use(uri, false)?;
            let via = None;
            return Ok(Route { point, group, via });
        };
        self.check_through_proxy(uri)?;
        let point = self.manager.point_in_use(&address, true)?;
        let mut via = Via {
            address,
            tunnel: secure,
            target: match secure {
                true => authority_form(uri),
                false => absolute_form(uri),
            },
            credentials: proxy.credentials(),
            login: self.login.at_proxy(),
        };
        if secure {
            // A tunnel is for who opened it, and to where it leads.
            let by_hand = properties.headers.get(PROXY_AUTHORIZATION);
            let owner = via
                .login
                .owner(&via.address, via.credentials.as_deref(), by_hand)?;
            group.tunnel = Some(format!("{} {owner:x}", via.target).into());
        } else {
            if group.protocol == Protocol::Http2 {
                return Err(not_through_proxy().into());
            }
            group.protocol = Protocol::Http1;
            via.with_login(self.method(), self.body.known(), |login, challenged| {
                // Nothing may be waited for here: who has to is asked once the proxy asks.
                login.pre_authenticate_at_once(challenged, false)
            })?;
        }
        let via = Some(Box::new(via));
        Ok(Route { point, group, via })
    }

    /// What the request may go out in.
    fn protocol(&self, secure: bool) -> Protocol {
        let properties = &*self.properties;
        let extras = properties.extras.as_deref();
        let policy = extras.map_or_else(Default::default, |extras| extras.version_policy);
        match Protocol::of(properties.protocol_version, policy, secure) {
            Protocol::Http2OrLower if self.http1_only || self.login.is_of_connection() => {
                Protocol::Http1
            }
            protocol => protocol,
        }
    }

    /// Who judges the server's certificate, and what is shown to it.
    fn certificate_judge(&self) -> CertificateJudge {
        let extras = self.properties.extras.as_deref();
        let own = extras.and_then(|extras| extras.certificate_validation.clone());
        let callback = own.or_else(|| self.manager.server_certificate_validation_callback());
        let shown = match self.redirected.as_deref() {
            Some(target) => target.client_certificates.clone(),
            None => extras.and_then(|extras| extras.client_certificates.clone()),
        };
        CertificateJudge::new(callback, shown)
    }

    /// The connection learns what its server speaks, and so does the service point; of one behind a
    /// tunnel it does not.
    pub(super) fn note_version(&self, carrier: &mut Carrier, head: &ResponseHead) {
        if let Carrier::Http1(lease) = carrier {
            lease.connection().speaks_http_11 = head.version >= HttpVersion::VERSION11;
        }
        let direct = |route: &&Route| route.group.tunnel.is_none();
        if let Some(route) = self.route.as_ref().filter(direct) {
            route.point.answered(head.version);
        }
    }

    /// The `Host` field, where the way is direct.
    #[inline]
    pub(super) fn host_of_route(&self) -> Option<&str> {
        let route = self.route.as_ref()?;
        route.via.is_none().then(|| route.point.host())
    }

    /// By which way the head of the request goes.
    pub(super) fn way(&self) -> Way<'_> {
        let via = self.route.as_ref().and_then(|route| route.via.as_deref());
        match via {
            None => Way::Direct,
            Some(via) if via.tunnel => Way::Tunnelled,
            Some(via) => Way::Proxied {
                target: &via.target,
                authorization: via.login.authorization(),
            },
        }
    }

    /// Lets the login at a proxy that passes the request on look at it; false if there is none.
    pub(super) fn with_proxy_login(
        &mut self,
        ask: impl FnOnce(&mut Login, &Challenged<'_>) -> Result<bool, WebError>,
    ) -> Result<bool, WebError> {
        self.choose_route()?;
        let Some(mut route) = self.route.take() else {
            return Ok(false);
        };
        let asked = match route.via.as_deref_mut().filter(|via| !via.tunnel) {
            Some(via) => via.with_login(self.method(), self.body.known(), ask),
            None => Ok(false),
        };
        self.route = Some(route);
        asked
    }
}

impl Via {
    fn with_login(
        &mut self,
        method: &str,
        body: Option<&[u8]>,
        ask: impl FnOnce(&mut Login, &Challenged<'_>) -> Result<bool, WebError>,
    ) -> Result<bool, WebError> {
        let Some(credentials) = self.credentials.clone() else {
            return Ok(false);
        };
        let nobody = self.login.at_proxy();
        let mut login = std::mem::replace(&mut self.login, nobody);
        let challenged = Challenged {
            body,
            ..self.challenged(method, &credentials)
        };
        let asked = ask(&mut login, &challenged);
        self.login = login;
        asked
    }

    /// Looks for an answer to the proxy's challenge.
    pub(super) async fn answer(
        &mut self,
        method: &str,
        body: Option<&[u8]>,
        head: &ResponseHead,
    ) -> Result<bool, WebError> {
        let Some(credentials) = self.credentials.clone() else {
            return Ok(false);
        };
        let nobody = self.login.at_proxy();
        let mut login = std::mem::replace(&mut self.login, nobody);
        let challenged = Challenged {
            body,
            ..self.challenged(method, &credentials)
        };
        let answered = login.answer_aside(head, &challenged).await;
        self.login = login;
        answered
    }
}
