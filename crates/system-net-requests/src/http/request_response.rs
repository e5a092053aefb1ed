//! What a request says about how its response is handed out.

use system_net_primitives::Misuse;

use super::request::HttpWebRequest;

impl HttpWebRequest {
    /// Whether the body is read into memory before the response is handed out. Off unless set: the
    /// body is read as it arrives.
    ///
    /// .NET: `System.Net.HttpWebRequest.AllowReadStreamBuffering`
    #[doc(alias = "HttpWebRequest.AllowReadStreamBuffering")]
    #[must_use]
    pub fn allow_read_stream_buffering(&self) -> bool {
        self.properties.allow_read_stream_buffering
    }

    /// Sets whether the body is read into memory first: then the response holds no connection, and
    /// the request's [`timeout`](Self::timeout) covers the body. A body that is longer than 2 GiB,
    /// or than the [limits](Self::decompression_limits) of a compressed one, is an error.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_allow_read_stream_buffering(&mut self, allow: bool) -> Result<(), Misuse> {
        self.unsent()?.allow_read_stream_buffering = allow;
        Ok(())
    }

    /// The media type that counts where a response names several. `None` unless set.
    ///
    /// .NET: `System.Net.HttpWebRequest.MediaType`
    #[doc(alias = "HttpWebRequest.MediaType")]
    #[must_use]
    pub fn media_type(&self) -> Option<&str> {
        self.properties.media_type.as_deref()
    }

    /// Sets the media type that counts where a response names several: the response's
    /// [`character_set`](crate::HttpWebResponse::character_set) is the one that stands with it.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_media_type(&mut self, media_type: Option<&str>) -> Result<(), Misuse> {
        self.unsent()?.media_type = media_type.map(Into::into);
        Ok(())
    }
}
