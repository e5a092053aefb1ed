//! What a request says about compressed responses.

use system_net_primitives::Misuse;

use super::request::HttpWebRequest;
use crate::decompression::{DecompressionLimits, DecompressionMethods};

impl HttpWebRequest {
    /// The codings that are asked for in `Accept-Encoding` and undone while the response is read.
    /// None unless set.
    ///
    /// A response that was coded so loses the headers `Content-Encoding` and `Content-Length`, as
    /// they would not be true of what is read. One with a coding that is not among them, or a part
    /// of a body (206), comes as it is. The body must end where its data do, and stay within
    /// [`decompression_limits`](Self::decompression_limits).
    ///
    /// .NET: `System.Net.HttpWebRequest.AutomaticDecompression`
    #[doc(alias = "HttpWebRequest.AutomaticDecompression")]
    #[must_use]
    pub fn automatic_decompression(&self) -> DecompressionMethods {
        self.properties.automatic_decompression
    }

    /// Sets the codings that are asked for and undone.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_automatic_decompression(
        &mut self,
        methods: DecompressionMethods,
    ) -> Result<(), Misuse> {
        self.unsent()?.automatic_decompression = methods;
        Ok(())
    }

    /// How far a compressed body may grow.
    #[must_use]
    pub fn decompression_limits(&self) -> DecompressionLimits {
        self.properties.decompression_limits
    }

    /// Sets how far a compressed body may grow.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_decompression_limits(&mut self, limits: DecompressionLimits) -> Result<(), Misuse> {
        self.unsent()?.decompression_limits = limits;
        Ok(())
    }
}
