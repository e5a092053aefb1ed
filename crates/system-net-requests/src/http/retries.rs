//! Sending again what failed, if the request's policy says so.

use system_net_http_proto::ResponseHead;

use super::exchange::Exchange;
use super::request::HttpWebRequest;
use crate::error::WebError;
use crate::retry::{Attempts, Failed};
use crate::trace;

impl HttpWebRequest {
    /// From here on the policy of the request counts, if it has one.
    #[inline]
    pub(super) fn attempts(&self) -> Option<Box<Attempts>> {
        let policy = self.properties.extras.as_deref()?.retry.as_ref()?;
        let attempts = Attempts::begin(policy, &self.context, &self.properties.uri);
        Some(Box::new(attempts))
    }
}

impl Exchange {
    /// After a failure without an answer: true when its wait is over and it is to be sent again.
    pub(super) async fn wait_to_retry(&mut self, error: &WebError) -> Result<bool, WebError> {
        self.wait_after(&Failed::Error(error)).await
    }

    /// After an answer that is an error: whether it is to be sent again.
    pub(super) fn retries(&mut self, head: &ResponseHead) -> Option<std::time::Duration> {
        let retry_after = head.headers.get_first("Retry-After");
        let failed = Failed::Answer {
            status: head.status,
            retry_after: retry_after.and_then(|value| std::str::from_utf8(value).ok()),
        };
        self.next_wait(&failed)
    }

    async fn wait_after(&mut self, failed: &Failed<'_>) -> Result<bool, WebError> {
        match self.next_wait(failed) {
            None => Ok(false),
            Some(wait) => self.pause(wait).await.map(|()| true),
        }
    }

    fn next_wait(&mut self, failed: &Failed<'_>) -> Option<std::time::Duration> {
        if self.abort.is_aborted() || !self.can_send_again() {
            return None;
        }
        let mut attempts = self.attempts.take()?;
        let wait = attempts.next(self.method(), failed);
        self.attempts = Some(attempts);
        let wait = wait?;
        trace::request(&self.properties.traced)
            .note(format_args!("The request is sent again in {wait:?}."));
        Some(wait)
    }

    /// Waits before the next attempt, unless the request is aborted meanwhile.
    pub(super) async fn pause(&self, wait: std::time::Duration) -> Result<(), WebError> {
        let Some(attempts) = &self.attempts else {
            return Ok(());
        };
        let pause = async {
            attempts.pause(wait).await;
            Ok(())
        };
        self.abort.guard(pause).await
    }
}
