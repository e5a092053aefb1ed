//! Zones of link-local addresses: which interface is meant.

use std::ffi::CString;

use crate::error::{SocketError, SocketErrorCode};
use crate::sys;

/// The number of the interface a zone names, by number or by name.
pub(crate) fn zone_index(zone: &str) -> Result<u32, SocketError> {
    if let Ok(index) = zone.parse() {
        return Ok(index);
    }
    let failed = || {
        SocketError::new(SocketErrorCode::AddressNotAvailable)
            .with_context(format!("network interface {zone:?}"))
    };
    let name = CString::new(zone).map_err(|_| failed())?;
    sys::interface_index(&name).map_err(|_| failed())
}
