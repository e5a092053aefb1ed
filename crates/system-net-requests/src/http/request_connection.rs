//! Restricted headers that say how a request travels: Connection, Expect, Transfer-Encoding. Each
//! holds what the caller adds; what the request itself says there is added when it is sent.

use std::borrow::Cow;

use system_net_primitives::Misuse;

use super::request::HttpWebRequest;

impl HttpWebRequest {
    /// What the header `Connection` has beside `Keep-Alive` or `Close`. `None` unless set.
    ///
    /// .NET: `System.Net.HttpWebRequest.Connection`
    #[doc(alias = "HttpWebRequest.Connection")]
    #[must_use]
    pub fn connection(&self) -> Option<Cow<'_, str>> {
        self.properties.headers.get("Connection")
    }

    /// Sets what the header `Connection` has besides; `None` or blanks remove it. Whether the
    /// connection is kept is [`set_keep_alive`](Self::set_keep_alive)'s.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`]: it says keep-alive or close, or cannot stand in a header.
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_connection(&mut self, value: Option<&str>) -> Result<(), Misuse> {
        let said = ["keep-alive", "close"].map(|word| (word, "set_keep_alive"));
        self.set_travel_header("Connection", value, &said)
    }

    /// What the header `Expect` has beside `100-continue`. `None` unless set.
    ///
    /// .NET: `System.Net.HttpWebRequest.Expect`
    #[doc(alias = "HttpWebRequest.Expect")]
    #[must_use]
    pub fn expect(&self) -> Option<Cow<'_, str>> {
        self.properties.headers.get("Expect")
    }

    /// Sets what the header `Expect` has besides; `None` or blanks remove it. Whether the server is
    /// asked to continue is the service point's `set_expect_100_continue`'s.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`]: it says 100-continue, or cannot stand in a header.
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_expect(&mut self, value: Option<&str>) -> Result<(), Misuse> {
        let said = [("100-continue", "ServicePoint::set_expect_100_continue")];
        self.set_travel_header("Expect", value, &said)
    }

    /// The codings of the body before it is sent in chunks. `None` unless set. The caller writes
    /// the body in these codings; the header only says so.
    ///
    /// .NET: `System.Net.HttpWebRequest.TransferEncoding`
    #[doc(alias = "HttpWebRequest.TransferEncoding")]
    #[must_use]
    pub fn transfer_encoding(&self) -> Option<Cow<'_, str>> {
        self.properties.headers.get("Transfer-Encoding")
    }

    /// Sets the codings of the body before it is sent in chunks; `None` or blanks remove them. They
    /// are sent with chunks only: `gzip` goes out as `gzip, chunked`.
    ///
    /// # Errors
    /// [`Misuse::InvalidArgument`]: it says chunked, or is no list of codings.
    /// [`Misuse::InvalidOperation`]: [`send_chunked`](Self::send_chunked) is not set, or the
    /// request was started.
    pub fn set_transfer_encoding(&mut self, value: Option<&str>) -> Result<(), Misuse> {
        let value = value.filter(|value| !value.trim().is_empty());
        if value.is_some() && !self.unsent()?.send_chunked {
            return Err(Misuse::invalid_operation(
                "a transfer encoding needs chunks: set send_chunked first",
            ));
        }
        self.set_travel_header(
            "Transfer-Encoding",
            value,
            &[("chunked", "set_send_chunked")],
        )
    }

    fn set_travel_header(
        &mut self,
        name: &str,
        value: Option<&str>,
        reserved: &[(&str, &str)],
    ) -> Result<(), Misuse> {
        let value = value.map(str::trim).filter(|value| !value.is_empty());
        if let Some(value) = value {
            let lower = value.to_ascii_lowercase();
            if let Some((word, instead)) = reserved.iter().find(|(word, _)| lower.contains(word)) {
                return Err(Misuse::invalid_argument(
                    "value",
                    format!("'{word}' is not set in {name}: use {instead}"),
                ));
            }
        }
        self.set_header(name, value)
    }
}
