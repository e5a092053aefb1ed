//! From the head of a request to its prefix, with the last host of the connection remembered.

use std::sync::Arc;

use system_net_http_proto::{BodyFraming, RequestHead, TargetForm};

use crate::bandwidth::Bandwidth;
use crate::connection::Facts;
use crate::host::RequestHost;
use crate::path::canonical_path;
use crate::ports::Target;
use crate::routes::{Candidates, Routes};
use crate::sockets::EndPoint;

/// What a connection remembers of its last request: most ask for the same host again.
#[derive(Default)]
pub(crate) struct Router {
    routes: Option<Arc<Routes<Target>>>,
    /// Whether any of the prefixes is limited in its bandwidth.
    limited: bool,
    /// The limits of the last request, if there are any.
    bandwidth: Bandwidth,
    generation: u64,
    /// The host of `candidates`, as it was sent.
    host: Vec<u8>,
    /// It stands in the fields of the last request.
    host_of_last: bool,
    candidates: Candidates,
}

/// What is said of a request whose host no prefix has, behind the status: HTTP.sys's words.
pub(crate) const INVALID_HOSTNAME: &str = " - Invalid Hostname";

/// Why a request is not for the listener of its connection.
pub(crate) enum Unrouted {
    /// Nobody's: no prefix of the port has its host.
    Hostname,
    /// Nobody's, or malformed: to be answered with this status.
    Status(u16),
    /// Another listener's that shares the port.
    Elsewhere(Arc<EndPoint>),
}

impl From<u16> for Unrouted {
    fn from(status: u16) -> Self {
        Self::Status(status)
    }
}

impl Router {
    /// Looks for the prefix of a request.
    pub(crate) fn route(&mut self, connection: &Facts, head: &RequestHead) -> Result<(), Unrouted> {
        let same_host =
            std::mem::take(&mut self.host_of_last) && head.same_fields && is_relative(head.form);
        // RFC 9110 section 9.3.6: only a proxy makes tunnels.
        if head.form == TargetForm::Authority {
            return Err(501.into());
        }
        let generation = connection.end_point.generation();
        let fresh = self.routes.is_none() || self.generation != generation;
        if fresh || !(same_host || self.host == split_target(head).0) {
            let (host, _) = split_target(head);
            let parsed = RequestHost::parse(host).ok_or(400u16)?;
            if fresh {
                self.generation = generation;
                let routes = connection.end_point.routes();
                // Once there was a limit, the connection has to hear of its end too.
                self.limited |= routes.any(|target| target.bandwidth.is_limited());
                self.bandwidth = Bandwidth::default();
                self.routes = Some(routes);
            }
            self.host.clear();
            self.host.extend_from_slice(host);
            if let Some(routes) = &self.routes {
                self.candidates = routes.candidates(parsed, connection.local.ip());
            }
        }
        self.host_of_last = is_relative(head.form);
        let routes = self.routes.as_deref().ok_or(404u16)?;
        let target = match routes.root_only(self.candidates) {
            Some(target) => target,
            None if self.candidates.is_empty() => return Err(Unrouted::Hostname),
            None => {
                let (_, rest) = split_target(head);
                let path = canonical_path(path_of(rest)).ok_or(400u16)?;
                routes.find(self.candidates, &path).ok_or(404u16)?
            }
        };
        if target.member != connection.end_point.member {
            return Err(elsewhere(connection, target));
        }
        // RFC 9110 section 15.5.20: what another listener's handshake did not ask for is not there.
        if !connection.was_asked() {
            return Err(421.into());
        }
        // RFC 9110 section 15.5.14.
        if matches!(head.body_length, BodyFraming::Fixed(length) if length > connection.body_limit)
        {
            return Err(413.into());
        }
        if self.limited {
            self.bandwidth.clone_from(&target.bandwidth);
        }
        Ok(())
    }

    /// The limits of the request that was routed last; `None` if no prefix of the port has any.
    #[inline]
    pub(crate) fn bandwidth(&self) -> Option<&Bandwidth> {
        self.limited.then_some(&self.bandwidth)
    }
}

/// The listener that has the prefix; it may be gone by now, or not be started yet.
#[cold]
fn elsewhere(connection: &Facts, target: &Target) -> Unrouted {
    match connection.end_point.port.member(target.member) {
        Some(end_point) => Unrouted::Elsewhere(end_point),
        None => Unrouted::Status(503),
    }
}

/// Whether the host stands in the fields.
fn is_relative(form: TargetForm) -> bool {
    matches!(form, TargetForm::Origin | TargetForm::Asterisk)
}

/// The host of a request, and the rest of its target.
///
/// RFC 9112 section 3.2.2: "When an origin server receives a request with an absolute-form of
/// request-target, the origin server MUST ignore the received Host header field (if any) and
/// instead use the host information of the request-target."
pub(crate) fn split_target(head: &RequestHead) -> (&[u8], &str) {
    match head.form {
        TargetForm::Absolute => {
            let rest = head.target.split_once("://").map_or("", |(_, rest)| rest);
            let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
            let host = authority
                .rsplit_once('@')
                .map_or(authority, |(_, host)| host);
            (host.as_bytes(), rest)
        }
        _ => {
            let host = head.headers.get_first("Host").unwrap_or_default();
            (host, &*head.target)
        }
    }
}

/// The path at the front of what follows the host.
fn path_of(rest: &str) -> &str {
    let path = rest.split(['?', '#']).next().unwrap_or_default();
    match path.starts_with('/') {
        true => path,
        // OPTIONS *, and an absolute form without a path.
        false => "/",
    }
}

/// Puts in the path that an absolute form may leave out before its query: RFC 9112 section 3.2.2, the
/// root.
pub(crate) fn complete_target(head: &mut RequestHead) {
    if head.form != TargetForm::Absolute {
        return;
    }
    let (_, rest) = split_target(head);
    if rest.starts_with('?') {
        head.target.insert(head.target.len() - rest.len(), '/');
    }
}

/// Path and query of the target, as .NET's `RawUrl` gives them.
pub(crate) fn raw_url(head: &RequestHead) -> &str {
    if head.form != TargetForm::Absolute {
        return &head.target;
    }
    let rest = head.target.split_once("://").map_or("", |(_, rest)| rest);
    match rest.find(['/', '?']) {
        Some(at) if rest[at..].starts_with('/') => &rest[at..],
        _ => "/",
    }
}
