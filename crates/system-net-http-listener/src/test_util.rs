//! Listeners for tests: a free loopback port, and TLS with a throw-away authority.

use std::ops::Deref;

use system_net_config::{NetContext, Settings};
use system_net_security::test_util::TestCa;

use crate::context::HttpListenerContext;
use crate::error::HttpListenerError;
use crate::listener::HttpListener;
use crate::serve::{HandlerResult, ToThread};
use crate::shared::background;

/// A listener on a free port of `127.0.0.1`, bound but not started: call
/// [`start`](HttpListener::start) or [`serve`](HttpListener::serve). Its context is its own.
///
/// Dropping it closes it.
#[derive(Debug)]
pub struct TestListener {
    listener: HttpListener,
    ca: Option<TestCa>,
    base: String,
}

impl TestListener {
    /// A listener for plain HTTP.
    ///
    /// # Errors
    /// As [`HttpListener::bind`].
    pub fn http() -> Result<Self, HttpListenerError> {
        Self::bound("http", None)
    }

    /// A listener for HTTPS. Clients that trust [`ca`](Self::ca) may call it `localhost` and
    /// `127.0.0.1`.
    ///
    /// # Errors
    /// As [`HttpListener::bind`].
    pub fn https() -> Result<Self, HttpListenerError> {
        Self::bound("https", Some(TestCa::new()))
    }

    /// Starts it, with `handler` for all requests: each runs on a thread of the background runtime's pool,
    /// as with [`serve_blocking`](HttpListener::serve_blocking), until the listener is dropped.
    ///
    /// # Errors
    /// As [`HttpListener::serve_blocking`].
    pub fn answering<H, R>(self, handler: H) -> Result<Self, HttpListenerError>
    where
        H: Fn(HttpListenerContext) -> R + Send + Sync + 'static,
        R: HandlerResult,
    {
        let handler = ToThread::new(handler, self.listener.limits().blocking_requests);
        self.shared().run(background()?, None, handler)?;
        Ok(self)
    }

    /// A context for clients that trust the listener's [authority](Self::ca) and nobody else beside the
    /// system's store.
    #[must_use]
    pub fn client_context(&self) -> NetContext {
        let mut settings = Settings::default();
        let ca = self.ca.iter();
        settings.tls.extra_roots = ca.map(|ca| ca.ca_der().to_vec()).collect();
        NetContext::with_settings(settings)
    }

    fn bound(scheme: &str, ca: Option<TestCa>) -> Result<Self, HttpListenerError> {
        let listener = HttpListener::new_in(&NetContext::new());
        if let Some(ca) = &ca {
            listener.set_tls_identity(ca.issue(&["localhost", "127.0.0.1"]))?;
        }
        listener
            .prefixes()
            .add(&format!("{scheme}://127.0.0.1:0/"))?;
        listener.bind()?;
        let base = listener.url("")?;
        Ok(Self { listener, ca, base })
    }

    /// The authority that vouches for the listener; `None` for plain HTTP.
    #[must_use]
    pub fn ca(&self) -> Option<&TestCa> {
        self.ca.as_ref()
    }

    /// The URL of a path on the listener; stays after its end.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{}", self.base, path.strip_prefix('/').unwrap_or(path))
    }

    /// The listener, for as long as a clone of it lives.
    #[must_use]
    pub fn listener(&self) -> &HttpListener {
        &self.listener
    }
}

impl Deref for TestListener {
    type Target = HttpListener;

    fn deref(&self) -> &HttpListener {
        &self.listener
    }
}

impl HttpListener {
    /// A listener for a test over plain HTTP, started, on a free port of `127.0.0.1`.
    ///
    /// # Errors
    /// As [`HttpListener::start`].
    pub fn test_http() -> Result<TestListener, HttpListenerError> {
        let test = TestListener::http()?;
        test.start()?;
        Ok(test)
    }

    /// A listener for a test over HTTPS, started, on a free port of `127.0.0.1`, with a throw-away
    /// authority: [`TestListener::ca`].
    ///
    /// # Errors
    /// As [`HttpListener::start`].
    pub fn test_https() -> Result<TestListener, HttpListenerError> {
        let test = TestListener::https()?;
        test.start()?;
        Ok(test)
    }
}
