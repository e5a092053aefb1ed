//! `Pipelined`: whether a request may go out before the responses to others are there.

use system_net_primitives::Misuse;

use super::request::HttpWebRequest;

impl HttpWebRequest {
    /// Whether the request may be sent on a busy connection, behind others whose responses are
    /// outstanding. On unless set, as in .NET.
    ///
    /// That is done only when no connection is free and the limit of
    /// [`ServicePoint::connection_limit`](crate::ServicePoint::connection_limit) is reached; on a
    /// connection of its own group that has stayed open after an HTTP/1.1 response; while its user
    /// waits for the head of a response; behind GET, HEAD, OPTIONS and TRACE without a body; for a
    /// request of that kind that keeps the connection, asks for no upgrade and takes no part in a
    /// login of its connection. Else, and when this is off, it waits in the queue. Responses come in
    /// the order of the requests: each waits for its user to read the one before.
    ///
    /// A connection that ends, or the one before being dropped, sends those behind it elsewhere, once
    /// more at most behind others. So does a response that does not come for 250 ms while another
    /// connection is free. A server that leaves such requests without an answer three times, and
    /// never gave one, gets them one by one: see
    /// [`ServicePoint::supports_pipelining`](crate::ServicePoint::supports_pipelining).
    ///
    /// # Limits
    /// 16 requests at most are outstanding on a connection.
    ///
    /// .NET: `System.Net.HttpWebRequest.Pipelined`
    #[doc(alias = "HttpWebRequest.Pipelined")]
    #[must_use]
    pub fn pipelined(&self) -> bool {
        self.properties.pipelined
    }

    /// Lets the request be sent behind others, or keeps it in the queue until a connection is free.
    ///
    /// # Errors
    /// [`Misuse::InvalidOperation`]: the request was started.
    pub fn set_pipelined(&mut self, pipelined: bool) -> Result<(), Misuse> {
        self.unsent()?.pipelined = pipelined;
        Ok(())
    }
}
