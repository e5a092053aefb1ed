//! The connections of a transfer, for the report.

use std::sync::{Arc, Mutex, PoisonError};

use system_net::{ConnectionEventArgs, HttpWebRequest};

use crate::failure::Failure;
use crate::report::TransferReport;

/// What the request tells of its connections.
#[derive(Clone, Default)]
pub(super) struct Connections {
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    opened: u32,
    last: Option<ConnectionEventArgs>,
}

impl Connections {
    pub(super) fn observe(&self, http: &mut HttpWebRequest) -> Result<(), Failure> {
        let seen = Arc::clone(&self.seen);
        http.set_on_connection(Some(Arc::new(move |connection| {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.opened += u32::from(connection.is_new());
            seen.last = Some(*connection);
        })))?;
        Ok(())
    }

    pub(super) fn describe(&self, report: &mut TransferReport) {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        report.connections_opened = seen.opened;
        if let Some(last) = &seen.last {
            report.redirects = last.redirects();
            report.local_end_point = last.local_end_point();
            report.remote_end_point = last.remote_end_point();
        }
    }
}
