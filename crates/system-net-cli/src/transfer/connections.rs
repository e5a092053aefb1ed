//! The connections of a transfer, and the heads that go over them, for the report.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use system_net::{Clock, ConnectionEventArgs, HeadEventArgs, HttpWebRequest, SystemClock};

use crate::failure::Failure;
use crate::report::{Heads, Times, TransferReport};

/// What the request tells of its connections.
#[derive(Clone, Default)]
pub(super) struct Connections {
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    opened: u32,
    last: Option<ConnectionEventArgs>,
    times: Times,
    heads: Heads,
    /// When the last request began.
    last_began: Option<Instant>,
}

impl Connections {
    pub(super) fn observe(&self, http: &mut HttpWebRequest) -> Result<(), Failure> {
        let seen = Arc::clone(&self.seen);
        http.set_on_connection(Some(Arc::new(move |connection| {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.opened += u32::from(connection.is_new());
            seen.last = Some(*connection);
            let ready = connection.ready_after();
            seen.last_began = SystemClock.now().checked_sub(ready);
            // As curl: the times of redirects and logins are added up.
            let seconds = |time: Option<Duration>| time.unwrap_or_default().as_secs_f64();
            let times = &mut seen.times;
            times.name_lookup += seconds(connection.resolved_after());
            times.connect += seconds(connection.connected_after());
            times.app_connect += seconds(connection.secured_after());
            times.pre_transfer += ready.as_secs_f64();
        })))?;
        let seen = Arc::clone(&self.seen);
        http.set_on_head(Some(Arc::new(move |head| {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.heads.count(head);
        })))?;
        Ok(())
    }

    pub(super) fn describe(&self, report: &mut TransferReport, start: Instant) {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        report.connections_opened = seen.opened;
        report.times = seen.times;
        report.heads = seen.heads;
        if let Some(last) = &seen.last {
            report.redirects = last.redirects();
            report.local_end_point = last.local_end_point();
            report.remote_end_point = last.remote_end_point();
            if let Some(began) = seen.last_began.filter(|_| last.redirects() > 0) {
                report.times.redirect = began.saturating_duration_since(start).as_secs_f64();
            }
        }
    }
}

impl Heads {
    fn count(&mut self, head: &HeadEventArgs) {
        let length = head.length() as u64;
        match head.status_code() {
            None => self.bytes_sent += length,
            Some(_) => self.bytes_received += length,
        }
        if head.is_of_tunnel() {
            self.tunnel_status = head.status_code().or(self.tunnel_status);
        }
    }
}
