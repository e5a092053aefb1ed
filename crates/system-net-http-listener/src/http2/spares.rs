//! The memory of requests that are over, for those that come.

use std::borrow::Cow;

use system_net_http_proto::{BodyFraming, RequestHead, TargetForm};
use system_net_primitives::{HeaderSet, WebHeaderCollection};

/// So many of each are kept,
const MOST: usize = 8;
/// if they own no more memory than this.
const MOST_MEMORY: usize = 1024;

/// What a connection keeps.
#[derive(Default)]
pub(super) struct Spares {
    #[allow(
        clippy::vec_box,
        reason = "the boxes are what is kept: heads are handed on in them"
    )]
    heads: Vec<Box<RequestHead>>,
    #[allow(clippy::vec_box, reason = "as the heads")]
    headers: Vec<Box<WebHeaderCollection>>,
}

impl Spares {
    /// A head to be filled anew.
    pub(super) fn take_head(&mut self) -> Box<RequestHead> {
        self.heads.pop().unwrap_or_else(|| {
            Box::new(RequestHead::of_http2(
                Cow::Borrowed(""),
                String::new(),
                TargetForm::Origin,
                WebHeaderCollection::for_request(),
                BodyFraming::None,
            ))
        })
    }

    pub(super) fn keep_head(&mut self, head: Box<RequestHead>) {
        if self.heads.len() < MOST && head.memory() <= MOST_MEMORY {
            self.heads.push(head);
        }
    }

    /// Fields for a response: none.
    pub(super) fn take_headers(&mut self) -> Box<WebHeaderCollection> {
        self.headers
            .pop()
            .unwrap_or_else(|| Box::new(WebHeaderCollection::for_response()))
    }

    pub(super) fn keep_headers(&mut self, mut headers: Box<WebHeaderCollection>) {
        if self.headers.len() < MOST && (1..=MOST_MEMORY).contains(&headers.memory()) {
            headers.clear();
            // The program may have put others in their place.
            headers.set_header_set(HeaderSet::Response);
            self.headers.push(headers);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is taken is what was kept, empty; much of it, and much memory, is not kept.
    #[test]
    fn little_is_kept() {
        let mut spares = Spares::default();
        let mut small = Box::new(WebHeaderCollection::for_response());
        small.push_raw(b"Age", b"1");
        let memory = small.clone().memory();
        let mut large = Box::new(WebHeaderCollection::for_response());
        large.push_raw(b"Age", &[b'1'; 2 * MOST_MEMORY]);
        for _ in 0..2 * MOST {
            spares.keep_headers(small.clone());
            spares.keep_headers(large.clone());
            spares.keep_headers(Box::new(WebHeaderCollection::for_response()));
            let mut head = Spares::default().take_head();
            spares.keep_head(head.clone());
            head.target = "/".repeat(2 * MOST_MEMORY);
            spares.keep_head(head);
        }
        assert_eq!((spares.headers.len(), spares.heads.len()), (MOST, MOST));
        for _ in 0..MOST {
            let taken = spares.take_headers();
            assert_eq!((taken.len(), taken.memory()), (0, memory));
            assert_eq!(spares.take_head().target, "");
        }
        assert_eq!(spares.take_headers().memory(), 0);
    }
}
