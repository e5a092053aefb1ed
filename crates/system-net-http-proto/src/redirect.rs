//! What a redirect does to the method: RFC 9110 section 15.4, as .NET reads it.

/// The method of the request that follows a redirect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RedirectMethod {
    /// The same method, with the same body.
    Same,
    /// GET, without a body.
    Get,
}

/// What to do with a response of this status to a request of this method; `None`: it is no
/// redirect that can be followed automatically.
///
/// # Differences from .NET
/// 308 is followed; the .NET Framework, which is older than it, hands it out.
#[must_use]
pub fn redirect_method(status: u16, method: &str) -> Option<RedirectMethod> {
    match status {
        // RFC 9110 15.4.2 and 15.4.3: "a user agent MAY change the request method from POST to GET".
        300..=302 if method == "POST" => Some(RedirectMethod::Get),
        300..=302 | 307 | 308 => Some(RedirectMethod::Same),
        // RFC 9110 15.4.4: "perform a retrieval request".
        303 if method == "HEAD" => Some(RedirectMethod::Same),
        303 => Some(RedirectMethod::Get),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{RedirectMethod::*, redirect_method};

    #[test]
    fn redirect_method_table() {
        for (status, method, expected) in [
            (200, "GET", None),
            (300, "GET", Some(Same)),
            (300, "POST", Some(Get)),
            (301, "POST", Some(Get)),
            (301, "PUT", Some(Same)),
            (302, "GET", Some(Same)),
            (302, "HEAD", Some(Same)),
            (302, "POST", Some(Get)),
            (302, "DELETE", Some(Same)),
            (303, "POST", Some(Get)),
            (303, "PUT", Some(Get)),
            (303, "HEAD", Some(Same)),
            (304, "GET", None),
            (305, "GET", None),
            (306, "GET", None),
            (307, "POST", Some(Same)),
            (308, "POST", Some(Same)),
            (399, "GET", None),
        ] {
            assert_eq!(
                redirect_method(status, method),
                expected,
                "{status} {method}"
            );
        }
    }
}
