//! Following a redirect: where to, with which method, and what must not travel along.

use std::borrow::Cow;

use system_net_http_proto::RedirectMethod;
use system_net_uri::{Uri, UriKind};

use super::exchange::{Exchange, Redirected, RequestBody, Verdict};
use crate::error::shown_address;
use crate::hsts::Hsts;
use crate::redirect_policy::{RedirectPolicy, Redirection, SchemeDowngrade};

impl Exchange {
    /// Points the exchange at the new place, or says why not.
    pub(super) fn redirect(
        &mut self,
        status: u16,
        method: RedirectMethod,
        location: &str,
    ) -> Verdict {
        let count = self.redirected.as_ref().map_or(0, |target| target.count) + 1;
        if count > self.properties.maximum_automatic_redirections {
            return Verdict::Refuse(format!(
                "too many automatic redirections were attempted (the limit is {})",
                self.properties.maximum_automatic_redirections
            ));
        }
        let from = self.uri().clone();
        let extras = self.properties.extras.as_deref();
        let policy = extras.and_then(|extras| extras.redirect.clone());
        let downgrade = policy
            .as_ref()
            .map_or_else(SchemeDowngrade::default, RedirectPolicy::scheme_downgrade);
        let to = match target_of(&from, location, downgrade, self.hsts()) {
            Ok(to) => to,
            Err(reason) => return Verdict::Refuse(reason),
        };
        if method == RedirectMethod::Same && !self.can_send_again() {
            return Verdict::Refuse(
                "the redirect wants the body again, which was not kept: leave \
                 allow_write_stream_buffering on"
                    .into(),
            );
        }
        let mut headers = match &mut self.redirected {
            Some(target) => std::mem::take(&mut target.headers),
            None => self.properties.headers.clone(),
        };
        let mut credentials = match &mut self.redirected {
            Some(target) => target.credentials.take(),
            None => self.properties.credentials.clone(),
        };
        let mut client_certificates = match &mut self.redirected {
            Some(target) => target.client_certificates.take(),
            None => extras.and_then(|extras| extras.client_certificates.clone()),
        };
        // Credentials belong to the place they were given for; so does what a caller set by hand.
        headers.remove_engine("Authorization");
        let leaves_origin = !same_origin(&from, &to);
        if leaves_origin {
            headers.remove_engine("Cookie");
            headers.remove_engine("Proxy-Authorization");
            credentials = credentials.filter(|credentials| credentials.is_bound_to_addresses());
            client_certificates = None;
        }
        // RFC 9110 section 10.1.3: not "if the referring resource was accessed with a secure
        // protocol and the request target has an origin differing".
        if from.scheme() == "https" && to.scheme() == "http" {
            headers.remove_engine("Referer");
        }
        let mut verb = match &self.redirected {
            Some(target) => target.method.clone(),
            None => self.properties.method.clone(),
        };
        if method == RedirectMethod::Get {
            verb = Cow::Borrowed("GET");
            for name in [
                "Content-Type",
                "Content-Encoding",
                "Content-Language",
                "Content-MD5",
            ] {
                headers.remove_engine(name);
            }
        }
        if let Some(policy) = policy {
            let redirection = Redirection {
                from,
                to: to.clone(),
                status,
                method: verb.to_string(),
                count,
                leaves_origin,
                headers,
                client_certificates,
                refused: None,
            };
            (headers, client_certificates) = match policy.judge(redirection) {
                Ok(travels) => travels,
                Err(why) => return Verdict::Refuse(why),
            };
        }
        self.login.forget();
        self.route = None;
        self.http1_only = false;
        if method == RedirectMethod::Get {
            self.body = RequestBody::None;
        }
        self.redirected = Some(Box::new(Redirected {
            count,
            uri: to,
            method: verb,
            headers,
            credentials,
            client_certificates,
        }));
        Verdict::Again
    }
}

/// The address a Location field names, in full; or why it cannot be followed.
fn target_of(
    from: &Uri,
    location: &str,
    downgrade: SchemeDowngrade,
    hsts: Option<&Hsts>,
) -> Result<Uri, String> {
    let shown = || shown_address(location);
    let mut to = from
        .combine(location)
        .map_err(|error| format!("the redirect's address '{}' is not valid: {error}", shown()))?;
    if let Some(upgraded) = hsts.and_then(|hsts| hsts.upgrade(&to)) {
        to = upgraded;
    }
    match (from.scheme(), to.scheme()) {
        (_, "https") | ("http", "http") => {}
        ("https", "http") if downgrade == SchemeDowngrade::Follow => {}
        ("https", "http") => {
            return Err(format!(
                "the redirect leads from https to http ({}): not followed",
                shown()
            ));
        }
        (_, other) => {
            return Err(format!(
                "the redirect leads to the scheme '{other}': not followed"
            ));
        }
    }
    // RFC 9110 section 10.2.2: a target without a fragment inherits the reference's.
    if to.fragment().is_empty() && !from.fragment().is_empty() {
        let with_fragment = format!("{}{}", to.absolute_uri(), from.fragment());
        return Uri::parse_in(&with_fragment, UriKind::Absolute, from.settings())
            .map_err(|error| error.to_string());
    }
    Ok(to)
}

fn same_origin(a: &Uri, b: &Uri) -> bool {
    // The same text may lead elsewhere: a zone is no part of `host`.
    a.scheme() == b.scheme()
        && a.port() == b.port()
        && a.host() == b.host()
        && a.host_address() == b.host_address()
}
