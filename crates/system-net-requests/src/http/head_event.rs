//! Which heads a request sends and receives, for who wants to be told.

use std::sync::Arc;

use system_net_http_proto::ResponseHead;

use super::exchange::Exchange;

/// Told of each head that is sent for a request, and of each that comes back. It runs on the task or
/// thread that waits for the response and must not block.
pub type HeadHandler = Arc<dyn Fn(&HeadEventArgs) + Send + Sync>;

/// A head that is about to be sent, or was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadEventArgs {
    length: usize,
    status_code: Option<u16>,
    of_tunnel: bool,
}

impl HeadEventArgs {
    /// How many bytes it takes, with the empty line behind it. Over HTTP/2, where heads are packed,
    /// as many as it would take in HTTP/1.1. What was received has those of interim responses (1xx)
    /// before it, over HTTP/1.1.
    #[must_use]
    pub fn length(&self) -> usize {
        self.length
    }

    /// The status it was answered with; `None` for a head that is sent.
    #[must_use]
    pub fn status_code(&self) -> Option<u16> {
        self.status_code
    }

    /// Whether it asks a proxy for a tunnel, or is the proxy's answer.
    #[must_use]
    pub fn is_of_tunnel(&self) -> bool {
        self.of_tunnel
    }
}

impl Exchange {
    /// A head of so many bytes is about to be sent.
    #[inline]
    pub(super) fn tell_of_sent_head(&self, length: usize, of_tunnel: bool) {
        if let Some(extras) = self.properties.extras.as_deref()
            && let Some(handler) = &extras.on_head
        {
            handler(&HeadEventArgs {
                length,
                status_code: None,
                of_tunnel,
            });
        }
    }

    /// A head has come.
    #[inline]
    pub(super) fn tell_of_received_head(&self, head: &ResponseHead, of_tunnel: bool) {
        if let Some(extras) = self.properties.extras.as_deref()
            && let Some(handler) = &extras.on_head
        {
            handler(&HeadEventArgs {
                length: length_of(head),
                status_code: Some(head.status),
                of_tunnel,
            });
        }
    }
}

fn length_of(head: &ResponseHead) -> usize {
    if head.wire_length() > 0 {
        return head.wire_length() as usize;
    }
    // `HTTP/2 200 `, fields, an empty line: as other programs count it.
    let fields = head.headers.iter();
    let fields: usize = { fields }
        .map(|(name, value)| name.len() + value.len() + 4)
        .sum();
    13 + fields + 2
}
