//! What the policies of the context, and of the scope that a request runs in, say of it: of each
//! address it turns to, before anything is looked up; of each connection, before a byte is sent.

use std::net::SocketAddr;

use system_net_primitives::{Access, AccessDenied, AccessStack, IpEndPoint, TransportType};
use system_net_uri::{HostAddress, Uri};

use super::exchange::Exchange;
use crate::error::{Phase, WebError, WebExceptionStatus};

impl Exchange {
    pub(super) fn check_access(&self, access: &Access<'_>) -> Result<(), WebError> {
        self.manager
            .access
            .check(access)
            .map_err(WebError::access_denied)
    }

    /// Whether there is no policy to ask.
    fn is_free(&self) -> bool {
        self.manager.access.is_empty() && AccessStack::current().is_empty()
    }

    /// Of the address that the request turns to now, the first and after each redirect.
    pub(super) fn check_request(&self, uri: &Uri) -> Result<(), WebError> {
        if self.is_free() {
            return Ok(());
        }
        let uri = uri.absolute_uri();
        self.check_access(&Access::Request { uri })
    }

    /// Of the same address, which a proxy is to find.
    pub(super) fn check_through_proxy(&self, uri: &Uri) -> Result<(), WebError> {
        let address;
        // The form that would be looked up: digits of other scripts may have become an address.
        let host = match uri.host_address() {
            HostAddress::Dns(name) => name,
            HostAddress::V4(v4) => {
                address = v4.to_string();
                &address
            }
            HostAddress::V6(v6, _) => {
                address = v6.to_string();
                &address
            }
            HostAddress::None => uri.dns_safe_host(),
        };
        self.check_access(&Access::ThroughProxy {
            host,
            port: uri.port().unwrap_or_default(),
        })
    }

    /// Of a connection that is there from an earlier request, which another scope may have allowed.
    /// Where it leads, the system has to be asked: only if there is a policy.
    pub(super) fn check_again(
        &self,
        remote: impl FnOnce() -> Option<SocketAddr>,
    ) -> Result<(), WebError> {
        if self.is_free() {
            return Ok(());
        }
        let Some(remote) = remote() else {
            return Ok(());
        };
        let end_point = IpEndPoint::from(remote);
        self.check_access(&Access::Connect {
            host: None,
            address: end_point.address(),
            port: end_point.port(),
            transport: TransportType::Tcp,
            requested: true,
        })
    }
}

impl WebError {
    /// A policy forbids the request.
    pub(crate) fn access_denied(denied: AccessDenied) -> Self {
        let status = WebExceptionStatus::UnknownError;
        Self::new(status, Phase::Preparing, denied.to_string()).with_source(denied)
    }
}
