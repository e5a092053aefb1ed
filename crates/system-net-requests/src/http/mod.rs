//! HTTP requests: properties, the loop that sends them, their bodies and responses.

mod authentication;
mod authentication_manager;
mod body;
mod carrier;
mod connecting;
mod connection_event;
mod connection_login;
mod cookies;
mod decoded_body;
mod exchange;
mod extras;
mod head;
mod head_event;
mod held_heads;
mod http2_body;
mod http2_head;
mod http2_upload;
mod http2_upload_login;
mod login_modules;
mod outcome;
mod over_http2;
mod permissions;
mod pipelining;
mod properties;
mod proven_body;
mod redirect;
mod request;
mod request_authentication_level;
mod request_cache_policy;
mod request_certificates;
mod request_channel;
mod request_connection;
mod request_connection_login;
mod request_continue;
mod request_decompression;
mod request_defaults;
mod request_extras;
mod request_fields;
mod request_impersonation_level;
mod request_pipelined;
mod request_policies;
mod request_properties;
mod request_proxy;
mod request_response;
mod request_safety;
mod request_timeouts;
mod request_version;
mod response;
mod retries;
mod round_trip;
mod route;
mod stages;
#[cfg(feature = "serde")]
mod template;
mod tunnel;
mod upload;
mod upload_login;
mod waiters;

pub use authentication_manager::AuthenticationManager;
pub use connection_event::{ConnectionEventArgs, ConnectionHandler};
pub(crate) use head::host_field;
pub use head_event::{HeadEventArgs, HeadHandler};
pub(crate) use held_heads::HeldHeads;
pub use login_modules::register_authentication_module_in;
pub(crate) use login_modules::warn_of_order;
pub(crate) use properties::Properties;
pub use request::HttpWebRequest;
pub use request_continue::HttpContinueDelegate;
pub use response::HttpWebResponse;
#[cfg(feature = "serde")]
pub use template::HttpRequestTemplate;

use system_net_config::NetContext;
use system_net_uri::Uri;

use crate::error::WebError;
use crate::web_request::WebRequest;
use crate::web_request_impl::WebRequestCreate;

/// The built-in creator for `http:` and `https:`.
pub(crate) struct HttpRequestCreator;

impl WebRequestCreate for HttpRequestCreator {
    fn create(&self, context: &NetContext, uri: &Uri) -> Result<WebRequest, WebError> {
        HttpWebRequest::create_in(context, uri.clone()).map(WebRequest::from)
    }
}
