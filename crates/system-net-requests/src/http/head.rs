//! The head of a request, in the order of the .NET Framework: the caller's headers, Host,
//! Cookie, the length of the body, Expect, Accept-Encoding, Connection.

use std::borrow::Cow;

use system_net_http_proto::{BodyLength, ClientConnection, ProtoError};
use system_net_primitives::{HttpVersion, WebHeaderCollection};
use system_net_uri::{HostAddress, Uri, UriHostNameType};

use crate::decompression::{AcceptEncoding, DecompressionMethods};

pub(super) const PROXY_AUTHORIZATION: &str = "Proxy-Authorization";

/// All that goes into a head.
pub(super) struct Head<'a> {
    pub(super) method: &'a str,
    pub(super) uri: &'a Uri,
    pub(super) version: HttpVersion,
    pub(super) headers: &'a WebHeaderCollection,
    /// What the caller has set, or what is known already; `None`: the address's own host.
    pub(super) host: Option<&'a str>,
    pub(super) authorization: Option<&'a str>,
    pub(super) way: Way<'a>,
    /// What a container sends; empty: nothing, and `None`: no container.
    pub(super) cookie: Option<&'a str>,
    pub(super) decompression: DecompressionMethods,
    /// `None`: no field about a body.
    pub(super) body: Option<BodyLength>,
    pub(super) expect_continue: bool,
    pub(super) keep_alive: bool,
    /// The first request on its connection: only that one says `Keep-Alive` in HTTP/1.1, where it
    /// is the default anyway.
    pub(super) first: bool,
}

/// By which way a request goes.
#[derive(Clone, Copy)]
pub(super) enum Way<'a> {
    Direct,
    /// To a proxy, which passes it on.
    Proxied {
        /// The address in full.
        target: &'a str,
        authorization: Option<&'a str>,
    },
    /// Through a tunnel, of whose proxy the server learns nothing.
    Tunnelled,
}

impl<'a> Way<'a> {
    /// The answer to the challenge of a proxy that passes the request on.
    pub(super) fn authorization(self) -> Option<&'a str> {
        match self {
            Self::Proxied { authorization, .. } => authorization,
            Self::Direct | Self::Tunnelled => None,
        }
    }
}

impl Head<'_> {
    pub(super) fn write(&self, proto: &mut ClientConnection) -> Result<(), ProtoError> {
        if self.is_plain() {
            return match self.host {
                Some(host) => self.write_plain(proto, host),
                None => self.write_plain(proto, &host_field(self.uri)),
            };
        }
        proto.begin_request(
            self.method,
            match self.way {
                Way::Proxied { target, .. } => target,
                Way::Direct | Way::Tunnelled => self.uri.path_and_query(),
            },
            self.version,
        )?;
        let written = self.write_fields(proto);
        if written.is_err() {
            proto.cancel_head();
        }
        written
    }

    #[inline]
    fn write_plain(&self, proto: &mut ClientConnection, host: &str) -> Result<(), ProtoError> {
        let target = self.uri.path_and_query();
        match self.authorization {
            None => proto.write_plain(self.method, target, host),
            Some(value) => proto.write_plain_authorized(self.method, target, host, value),
        }
    }

    /// Whether it has no field but `Host` and `Authorization`.
    fn is_plain(&self) -> bool {
        self.headers.is_empty()
            && self.version == HttpVersion::VERSION11
            && self.keep_alive
            && !self.first
            && !self.expect_continue
            && self.body.is_none()
            && self.cookie.is_none_or(str::is_empty)
            && self.decompression.is_empty()
            && matches!(self.way, Way::Direct | Way::Tunnelled)
    }

    fn write_fields(&self, proto: &mut ClientConnection) -> Result<(), ProtoError> {
        let accept_encoding = AcceptEncoding::of(self.decompression, self.headers);
        let headers = self.own_headers(&accept_encoding);
        if !headers.is_empty() {
            proto.write_headers(&headers)?;
        }
        match self.host {
            Some(host) => proto.write_header(b"Host", host.as_bytes())?,
            None => proto.write_header(b"Host", host_field(self.uri).as_bytes())?,
        }
        if let Some(cookie) = self.cookie.filter(|cookie| !cookie.is_empty()) {
            proto.write_header(b"Cookie", cookie.as_bytes())?;
        }
        if let Some(authorization) = self.authorization {
            proto.write_header(b"Authorization", authorization.as_bytes())?;
        }
        if let Some(authorization) = self.way.authorization() {
            proto.write_header(PROXY_AUTHORIZATION.as_bytes(), authorization.as_bytes())?;
        }
        match (self.body, self.own("Transfer-Encoding")) {
            (Some(BodyLength::Chunked), Some(codings)) => proto.write_chunked_with(&codings)?,
            (Some(length), _) => proto.write_body_length(length)?,
            (None, _) => {}
        }
        let expect = self.expect_continue.then_some("100-continue");
        self.write_with_own(proto, "Expect", expect)?;
        if let AcceptEncoding::Added(codings) = &accept_encoding {
            proto.write_header(b"Accept-Encoding", codings.as_bytes())?;
        }
        let http_10 = self.version < HttpVersion::VERSION11;
        let connection = match (self.keep_alive, http_10) {
            (true, true) => Some("Keep-Alive"),
            (true, false) if self.first => Some("Keep-Alive"),
            (false, false) => Some("Close"),
            _ => None,
        };
        // As .NET: a proxy is told about its own connection in a field of its own.
        if matches!(self.way, Way::Proxied { .. }) {
            self.write_with_own(proto, "Connection", None)?;
            if let Some(connection) = connection {
                proto.write_header(b"Proxy-Connection", connection.as_bytes())?;
            }
        } else {
            self.write_with_own(proto, "Connection", connection)?;
        }
        proto.end_head()
    }

    /// What the caller set of a header that the request writes, too.
    fn own(&self, name: &str) -> Option<Cow<'_, str>> {
        match self.headers.is_empty() {
            true => None,
            false => self.headers.get(name),
        }
    }

    /// One field for what the caller set and what the request says.
    fn write_with_own(
        &self,
        proto: &mut ClientConnection,
        name: &str,
        said: Option<&str>,
    ) -> Result<(), ProtoError> {
        match (self.own(name), said) {
            (None, None) => Ok(()),
            (None, Some(said)) => proto.write_header(name.as_bytes(), said.as_bytes()),
            (Some(own), None) => proto.write_header(name.as_bytes(), own.as_bytes()),
            (Some(own), Some(said)) => {
                let both = format!("{own}, {said}");
                proto.write_header(name.as_bytes(), both.as_bytes())
            }
        }
    }

    /// The caller's headers, but for what the request knows better.
    pub(super) fn own_headers(
        &self,
        accept_encoding: &AcceptEncoding,
    ) -> Cow<'_, WebHeaderCollection> {
        let mut headers = Cow::Borrowed(self.headers);
        if headers.is_empty() {
            return headers;
        }
        // The answer to a challenge replaces what the caller set: two fields mean nothing.
        if self.authorization.is_some() && headers.contains("Authorization") {
            headers.to_mut().remove_engine("Authorization");
        }
        // What is for the proxy was said to it when the tunnel was opened.
        let answered = self.way.authorization().is_some();
        if (answered || matches!(self.way, Way::Tunnelled)) && headers.contains(PROXY_AUTHORIZATION)
        {
            headers.to_mut().remove_engine(PROXY_AUTHORIZATION);
        }
        // Cookies are the container's affair, also those of another hop.
        if self.cookie.is_some() && headers.contains("Cookie") {
            headers.to_mut().remove_engine("Cookie");
        }
        for name in ["Connection", "Expect", "Transfer-Encoding"] {
            if headers.contains(name) {
                headers.to_mut().remove_engine(name);
            }
        }
        if let AcceptEncoding::Replaced(codings) = accept_encoding {
            // What stood in a header can stand there with more names, too.
            let _ = headers.to_mut().set_engine("Accept-Encoding", codings);
        }
        headers
    }
}

/// The address in full, as a proxy wants it: without user name, password and fragment (RFC 9112
/// section 3.2.2).
pub(super) fn absolute_form(uri: &Uri) -> String {
    format!(
        "{}://{}{}",
        uri.scheme(),
        host_field(uri),
        uri.path_and_query()
    )
}

/// Host and port, as a tunnel wants them (RFC 9112 section 3.2.3).
pub(super) fn authority_form(uri: &Uri) -> String {
    let host = host_field(uri);
    match uri.port() {
        Some(port) if uri.is_default_port() => format!("{host}:{port}"),
        _ => host.into_owned(),
    }
}

/// The Host field: the host as it is connected to, and the port unless it is the scheme's own
/// (RFC 9110 section 7.2). A zone is this machine's affair and not sent (RFC 6874 section 1).
pub(crate) fn host_field(uri: &Uri) -> Cow<'_, str> {
    match uri.host_address() {
        // The usual case: the address has it in this very form.
        HostAddress::Dns(name) if uri.user_info().is_empty() && name == uri.host() => {
            Cow::Borrowed(uri.authority())
        }
        // What counts as a name can be an address as well: digits outside ASCII.
        HostAddress::V4(_) | HostAddress::V6(_, None)
            if uri.user_info().is_empty() && uri.host_name_type() != UriHostNameType::Dns =>
        {
            Cow::Borrowed(uri.authority())
        }
        HostAddress::Dns(name) => with_port(uri, name),
        HostAddress::V6(address, _) => with_port(uri, &format!("[{address}]")),
        HostAddress::V4(address) => with_port(uri, &address.to_string()),
        _ => Cow::Borrowed(""),
    }
}

fn with_port<'a>(uri: &Uri, host: &str) -> Cow<'a, str> {
    match uri.port() {
        Some(port) if !uri.is_default_port() => Cow::Owned(format!("{host}:{port}")),
        _ => Cow::Owned(host.to_owned()),
    }
}
