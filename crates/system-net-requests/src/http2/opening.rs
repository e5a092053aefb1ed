//! A transport becomes a connection of HTTP/2.

use std::sync::Arc;

use bytes::Bytes;
use system_net_runtime::Transport;
use system_net_security::extended_protection::TransportContext;

use super::driver::Driver;
use super::error::Failure;
use super::guarded::{Facts, Guarded};
use super::session::Session;
use super::sessions::{Opening, Slot};
use crate::error::WebError;
use crate::service_point::Place;

/// How many streams are taken to be allowed before the server says so: what RFC 9113 section 6.5.2
/// recommends as the least.
const STREAMS_UNTIL_TOLD: usize = 100;
/// The largest frame the server may send: 64 KiB. More would keep other streams waiting.
const MAX_FRAME: u32 = 64 * 1024;
/// RFC 9113 section 6.5.2: between 2^14 and 2^24 - 1.
const MAX_HEADER_LIST: usize = (1 << 24) - 1;

impl Opening {
    /// Speaks HTTP/2 over a transport; the first stream of the connection. Heads may have
    /// `head_bytes`.
    ///
    /// # Errors
    /// The connection was lost already.
    pub(crate) async fn speak(
        self,
        transport: Box<dyn Transport>,
        place: Place,
        head_bytes: usize,
    ) -> Result<Slot, WebError> {
        let Some(point) = self.point().map(Arc::clone) else {
            return Err(WebError::canceled());
        };
        let settings = point.http2_settings();
        let facts = Arc::new(Facts::new(STREAMS_UNTIL_TOLD, head_bytes));
        let end_points = (transport.local_endpoint(), transport.remote_endpoint());
        let channel = transport
            .tls_to_share()
            .as_ref()
            .map(TransportContext::of)
            .unwrap_or_default();
        // Frames wait for nobody: the Nagle algorithm would hold back the last of several. What it
        // is to save, small segments, is put together before it is sent.
        let _ = transport.set_nodelay(true);
        let guarded = Guarded::new(transport, Arc::clone(&facts));
        let (send, connection) = h2::client::Builder::new()
            .enable_push(false)
            .initial_window_size(settings.stream_window)
            .initial_connection_window_size(settings.connection_window)
            .initial_max_send_streams(STREAMS_UNTIL_TOLD)
            .max_frame_size(MAX_FRAME)
            // What is beyond a request's own limit is told as that; far beyond, nothing is kept.
            .max_header_list_size(head_bytes.saturating_mul(2).min(MAX_HEADER_LIST) as u32)
            .max_send_buffer_size(super::stream::SEND_BUFFER)
            .handshake::<_, Bytes>(guarded)
            .await
            .map_err(|error| Failure::unopened(error, &facts).error)?;
        let number = point.http2.next_number();
        let opened = point.lease_start();
        let driver = Driver::start(
            connection,
            Arc::clone(&facts),
            place.lasting(),
            number,
            settings,
        );
        let session = Session::new(send, driver, facts, number, opened, end_points, channel);
        self.opened(session).ok_or_else(WebError::canceled)
    }
}
