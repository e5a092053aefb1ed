//! Properties that .NET's requests do not have: retries, rate limits, what connections are made of.

use std::path::Path;

use system_net_primitives::Misuse;

use super::connection_event::ConnectionHandler;
use super::extras::Extras;
use super::head_event::HeadHandler;
use super::request::HttpWebRequest;
use crate::rate_limit::RateLimit;
use crate::retry::RetryPolicy;

impl HttpWebRequest {
    /// When the request is sent again by itself; `None`, which is the default: never.
    #[must_use]
    pub fn retry_policy(&self) -> Option<&RetryPolicy> {
        self.extras()?.retry.as_ref()
    }

    /// Sets when the request is sent again by itself.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_retry_policy(&mut self, policy: Option<RetryPolicy>) -> Result<(), Misuse> {
        self.extras_mut()?.retry = policy;
        Ok(())
    }

    /// How fast the body of the response is read at most; `None`, which is the default: without
    /// limit.
    #[must_use]
    pub fn download_rate_limit(&self) -> Option<&RateLimit> {
        self.extras()?.download_limit.as_ref()
    }

    /// Sets how fast the body of the response is read at most. A limit that is shared among
    /// requests holds for all of them together. What `allow_read_stream_buffering` reads ahead is
    /// not limited.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_download_rate_limit(&mut self, limit: Option<RateLimit>) -> Result<(), Misuse> {
        self.extras_mut()?.download_limit = limit;
        Ok(())
    }

    /// How fast the body of the request is sent at most; `None`, which is the default: without
    /// limit.
    #[must_use]
    pub fn upload_rate_limit(&self) -> Option<&RateLimit> {
        self.extras()?.upload_limit.as_ref()
    }

    /// Sets how fast the body of the request is sent at most. A limit that is shared among requests
    /// holds for all of them together.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_upload_rate_limit(&mut self, limit: Option<RateLimit>) -> Result<(), Misuse> {
        self.extras_mut()?.upload_limit = limit;
        Ok(())
    }

    /// Who is told of the connections that the request is sent over; `None`, which is the default:
    /// nobody.
    #[must_use]
    pub fn on_connection(&self) -> Option<&ConnectionHandler> {
        self.extras()?.on_connection.as_ref()
    }

    /// Sets who is told of the connections that the request is sent over: one for each time that it
    /// is sent, after redirects and logins too.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_on_connection(&mut self, handler: Option<ConnectionHandler>) -> Result<(), Misuse> {
        self.extras_mut()?.on_connection = handler;
        Ok(())
    }

    /// Who is told of the heads that are sent and received; `None`, which is the default: nobody.
    #[must_use]
    pub fn on_head(&self) -> Option<&HeadHandler> {
        self.extras()?.on_head.as_ref()
    }

    /// Sets who is told of the heads that are sent and received: those of redirects, logins and
    /// tunnels too.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_on_head(&mut self, handler: Option<HeadHandler>) -> Result<(), Misuse> {
        self.extras_mut()?.on_head = handler;
        Ok(())
    }

    /// The Unix socket that the request goes through; `None`, which is the default: it goes by TCP to
    /// the host of its address.
    #[must_use]
    pub fn unix_socket(&self) -> Option<&Path> {
        self.extras()?.unix_socket.as_deref()
    }

    /// Sets the Unix socket that the request goes through, wherever it and its redirects lead: no
    /// name is looked up, and no proxy is asked. The address still says what is asked for, and what a
    /// certificate must be for. On Linux, a path that begins with a zero byte is an abstract name.
    ///
    /// Connections are kept for requests through the same socket to the same host.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_unix_socket(&mut self, path: Option<&Path>) -> Result<(), Misuse> {
        self.extras_mut()?.unix_socket = path.map(Into::into);
        Ok(())
    }

    pub(super) fn extras(&self) -> Option<&Extras> {
        self.properties.extras.as_deref()
    }

    pub(super) fn extras_mut(&mut self) -> Result<&mut Extras, Misuse> {
        Ok(self.unsent()?.extras.get_or_insert_default())
    }
}
