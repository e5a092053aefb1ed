//! Headers that are read leniently, for which a request gives safety up.

use system_net_primitives::Misuse;

use super::exchange::Exchange;
use super::request::HttpWebRequest;
use crate::service_point::ServicePointManager;
use crate::trace;

impl HttpWebRequest {
    /// Whether folded lines and blanks before the colon of a header are borne in responses. As the
    /// context's settings have it unless set, which is off.
    ///
    /// .NET: `System.Net.Configuration.HttpWebRequestElement.UseUnsafeHeaderParsing`, there for the
    /// whole program
    #[doc(alias = "HttpWebRequestElement.UseUnsafeHeaderParsing")]
    #[must_use]
    pub fn use_unsafe_header_parsing(&self) -> bool {
        let own = self
            .extras()
            .and_then(|extras| extras.unsafe_header_parsing);
        own.unwrap_or_else(|| of_settings(&self.manager))
    }

    /// Bears folded lines and blanks before the colon of a header in responses, for a server of which
    /// it is known that it sends them and that nobody stands in between: what is read leniently here
    /// may be read otherwise there, and smuggle a header or a response past. CR, LF and NUL within a
    /// line stay refused. Each request that is sent so is told in traces as a warning.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_use_unsafe_header_parsing(&mut self, bear: bool) -> Result<(), Misuse> {
        self.extras_mut()?.unsafe_header_parsing = Some(bear);
        Ok(())
    }
}

fn of_settings(manager: &ServicePointManager) -> bool {
    manager
        .settings()
        .http_web_request
        .use_unsafe_header_parsing
}

impl Exchange {
    pub(super) fn bears_unsafe_headers(&self) -> bool {
        let extras = self.properties.extras.as_deref();
        let own = extras.and_then(|extras| extras.unsafe_header_parsing);
        own.unwrap_or_else(|| of_settings(&self.manager))
    }

    /// Tells of a request whose response is read leniently.
    pub(super) fn warn_of_unsafe_headers(&self) {
        if self.bears_unsafe_headers() {
            trace::request(&self.properties.traced).warning(
                "GetResponse",
                format_args!(
                    "useUnsafeHeaderParsing is on: folded lines and blanks before colons are borne \
                     in the response of {}, which others may read in another way.",
                    trace::Address(self.uri())
                ),
            );
        }
    }
}
