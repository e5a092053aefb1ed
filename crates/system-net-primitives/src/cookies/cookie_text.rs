//! A cookie as text: in a request, and in the answer of a server. RFC 6265 section 4, RFC 2965
//! section 3 for version 1.

use std::fmt::{self, Write as _};
use std::time::{Duration, SystemTime};

use super::cookie::Variant;
use super::{Cookie, CookieError, CookieErrorKind, rules};

impl Cookie {
    /// The field of a `Set-Cookie` header that makes a client keep this cookie.
    ///
    /// `now` is what the seconds of `Max-Age` are counted from. Attributes that were not set are
    /// not written.
    ///
    /// # Errors
    /// Those of a container that is given the cookie: what cannot be written is refused.
    pub fn to_set_cookie(&self, now: SystemTime) -> Result<String, CookieError> {
        rules::check_characters(self)?;
        // A container asks for more: the domain has to be that of the host.
        if self
            .domain
            .contains(|c: char| c.is_ascii_control() || matches!(c, ';' | ',' | ' '))
        {
            return Err(CookieError::with_text(
                CookieErrorKind::Domain,
                &self.domain,
            ));
        }
        let mut out = format!("{}={}", self.name, self.value);
        let mut attribute = |name: &str, value: &str| {
            // Writing to a string never fails.
            let _ = if value.is_empty() {
                write!(out, "; {name}")
            } else {
                write!(out, "; {name}={value}")
            };
        };
        if !self.domain_implicit && !self.domain.is_empty() {
            attribute("Domain", &self.domain);
        }
        if !self.path_implicit && !self.path.is_empty() {
            attribute("Path", &self.path);
        }
        if let Some(expires) = self.expires {
            let left = expires.duration_since(now).unwrap_or(Duration::ZERO);
            attribute("Max-Age", &left.as_secs().to_string());
        }
        if self.secure {
            attribute("Secure", "");
        }
        if self.http_only {
            attribute("HttpOnly", "");
        }
        if let Some(name) = self.same_site.name() {
            attribute("SameSite", name);
        }
        if !self.comment.is_empty() {
            attribute("Comment", &self.comment);
        }
        if let Some(uri) = &self.comment_uri {
            attribute("CommentURL", &format!("\"{}\"", uri.absolute_uri()));
        }
        if self.discard {
            attribute("Discard", "");
        }
        if self.variant != Variant::Plain && !self.port_implicit {
            attribute("Port", &self.port);
        }
        if self.version > 0 {
            attribute("Version", &self.version.to_string());
        }
        Ok(out)
    }
}

impl fmt::Display for Cookie {
    /// The cookie as a request carries it: `name=value`, with the attributes of version 1 in front
    /// and behind where it has that version; nothing for a cookie without name and value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = |quoted| if quoted { "\"" } else { "" };
        if self.version != 0 {
            let quote = quote(self.quoted_version);
            write!(f, "$Version={quote}{}{quote}; ", self.version)?;
        } else if self.name.is_empty() && self.value.is_empty() && self.port_implicit {
            return Ok(());
        }
        write!(f, "{}={}", self.name, self.value)?;
        if self.variant != Variant::Plain {
            if !self.path_implicit && !self.path.is_empty() {
                write!(f, "; $Path={}", self.path)?;
            }
            if !self.domain_implicit && !self.domain.is_empty() {
                let quote = quote(self.quoted_domain);
                write!(f, "; $Domain={quote}{}{quote}", self.domain)?;
            }
        }
        if !self.port_implicit {
            f.write_str("; $Port")?;
            if !self.port.is_empty() {
                write!(f, "={}", self.port)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A value is a secret more often than not.
        f.debug_struct("Cookie")
            .field("name", &self.name)
            .field("domain", &self.domain)
            .field("path", &self.path)
            .field("expires", &self.expires)
            .field("secure", &self.secure)
            .field("http_only", &self.http_only)
            .finish_non_exhaustive()
    }
}
