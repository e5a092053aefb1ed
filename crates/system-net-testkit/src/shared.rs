//! What the threads of a peer share: sockets to close, threads to join, and the record.

use std::collections::HashMap;
use std::io;
use std::net::TcpStream;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::{Ended, RecordedConnection, RecordedRequest, Signal};

/// How long the waiting methods wait before they panic.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Default)]
pub(crate) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    pub(crate) stop: Signal,
    pub(crate) stop_accepting: Signal,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) connections: Vec<RecordedConnection>,
    pub(crate) requests: Vec<RecordedRequest>,
    pub(crate) open: usize,
    pub(crate) most_open: usize,
    pub(crate) sockets: HashMap<usize, TcpStream>,
    pub(crate) threads: Vec<JoinHandle<()>>,
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[track_caller]
    pub(crate) fn wait_until(&self, done: impl Fn(&State) -> bool, what: &str) {
        let state = self.lock();
        let (state, _) = self
            .changed
            .wait_timeout_while(state, PATIENCE, |state| !done(state))
            .unwrap_or_else(PoisonError::into_inner);
        assert!(
            done(&state),
            "waited {PATIENCE:?} for {what}: {} connections ({} open), {} requests",
            state.connections.len(),
            state.open,
            state.requests.len(),
        );
    }

    pub(crate) fn add_connection(&self, socket: TcpStream) -> usize {
        let mut state = self.lock();
        let index = state.connections.len();
        let ended = Ended::Open;
        let (received, received_length) = (Vec::new(), 0);
        state.connections.push(RecordedConnection {
            index,
            received,
            received_length,
            ended,
        });
        state.sockets.insert(index, socket);
        state.open += 1;
        state.most_open = state.most_open.max(state.open);
        self.changed.notify_all();
        index
    }

    pub(crate) fn add_refused(&self, error: &io::Error) {
        let mut state = self.lock();
        let index = state.connections.len();
        let ended = Ended::Broken(error.to_string());
        let (received, received_length) = (Vec::new(), 0);
        state.connections.push(RecordedConnection {
            index,
            received,
            received_length,
            ended,
        });
        self.changed.notify_all();
    }

    pub(crate) fn end_connection(&self, index: usize, ended: Ended) {
        let mut state = self.lock();
        state.sockets.remove(&index);
        state.connections[index].ended = ended;
        state.open -= 1;
        self.changed.notify_all();
    }

    /// Drops the peer's own handle, so that the connection's closes the socket.
    pub(crate) fn forget_socket(&self, index: usize) {
        self.lock().sockets.remove(&index);
    }

    pub(crate) fn add_received(&self, index: usize, bytes: &[u8], record: bool) {
        let mut state = self.lock();
        let connection = &mut state.connections[index];
        connection.received_length += bytes.len() as u64;
        if record {
            connection.received.extend_from_slice(bytes);
        }
    }

    pub(crate) fn add_request(&self, request: RecordedRequest) -> usize {
        let mut state = self.lock();
        state.requests.push(request);
        self.changed.notify_all();
        state.requests.len() - 1
    }

    pub(crate) fn add_body(&self, request: Option<usize>, body: &[u8], raw: &[u8]) {
        let mut state = self.lock();
        if let Some(request) = request.and_then(|index| state.requests.get_mut(index)) {
            request.body.extend_from_slice(body);
            request.raw_body.extend_from_slice(raw);
        }
    }
}
