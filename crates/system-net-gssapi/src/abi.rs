//! The types of the C bindings, RFC 2744 appendix A, as `gssapi.h` of MIT Kerberos lays them out
//! on systems other than Apple's.

use std::ffi::{c_char, c_int, c_void};

/// `OM_uint32`
pub(crate) type Status = u32;
/// `gss_name_t`, `gss_cred_id_t`, `gss_ctx_id_t`: pointers to what only the library knows.
pub(crate) type Handle = *mut c_void;

/// `gss_buffer_desc`
#[repr(C)]
pub(crate) struct Buffer {
    pub(crate) length: usize,
    pub(crate) value: *mut c_void,
}

/// `gss_OID_desc`
#[repr(C)]
pub(crate) struct Oid {
    pub(crate) length: u32,
    pub(crate) elements: *mut c_void,
}

impl Oid {
    /// Points to the bytes; the library reads them and never writes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self {
            length: u32::try_from(bytes.len()).unwrap_or(0),
            elements: bytes.as_ptr().cast_mut().cast(),
        }
    }
}

/// `gss_OID_set_desc`
#[repr(C)]
pub(crate) struct OidSet {
    pub(crate) count: usize,
    pub(crate) elements: *mut Oid,
}

/// `struct gss_channel_bindings_struct`
#[repr(C)]
pub(crate) struct ChannelBindings {
    pub(crate) initiator_address_type: u32,
    pub(crate) initiator_address: Buffer,
    pub(crate) acceptor_address_type: u32,
    pub(crate) acceptor_address: Buffer,
    pub(crate) application_data: Buffer,
}

/// `gss_key_value_element_desc`
#[repr(C)]
pub(crate) struct KeyValue {
    pub(crate) key: *const c_char,
    pub(crate) value: *const c_char,
}

/// `gss_key_value_set_desc`
#[repr(C)]
pub(crate) struct KeyValueSet {
    pub(crate) count: u32,
    pub(crate) elements: *mut KeyValue,
}

/// The functions, named as in the library without `gss_`. The last ones are extensions that old
/// versions lack.
pub(crate) struct Functions {
    pub(crate) import_name:
        unsafe extern "C" fn(*mut Status, *const Buffer, *const Oid, *mut Handle) -> Status,
    pub(crate) display_name:
        unsafe extern "C" fn(*mut Status, Handle, *mut Buffer, *mut *const Oid) -> Status,
    pub(crate) release_name: unsafe extern "C" fn(*mut Status, *mut Handle) -> Status,
    pub(crate) acquire_cred: unsafe extern "C" fn(
        *mut Status,
        Handle,
        u32,
        *const OidSet,
        c_int,
        *mut Handle,
        *mut *mut OidSet,
        *mut u32,
    ) -> Status,
    pub(crate) inquire_cred: unsafe extern "C" fn(
        *mut Status,
        Handle,
        *mut Handle,
        *mut u32,
        *mut c_int,
        *mut *mut OidSet,
    ) -> Status,
    pub(crate) release_cred: unsafe extern "C" fn(*mut Status, *mut Handle) -> Status,
    pub(crate) init_sec_context: unsafe extern "C" fn(
        *mut Status,
        Handle,
        *mut Handle,
        Handle,
        *const Oid,
        u32,
        u32,
        *const ChannelBindings,
        *const Buffer,
        *mut *const Oid,
        *mut Buffer,
        *mut u32,
        *mut u32,
    ) -> Status,
    pub(crate) accept_sec_context: unsafe extern "C" fn(
        *mut Status,
        *mut Handle,
        Handle,
        *const Buffer,
        *const ChannelBindings,
        *mut Handle,
        *mut *const Oid,
        *mut Buffer,
        *mut u32,
        *mut u32,
        *mut Handle,
    ) -> Status,
    pub(crate) inquire_context: unsafe extern "C" fn(
        *mut Status,
        Handle,
        *mut Handle,
        *mut Handle,
        *mut u32,
        *mut *const Oid,
        *mut u32,
        *mut c_int,
        *mut c_int,
    ) -> Status,
    pub(crate) delete_sec_context:
        unsafe extern "C" fn(*mut Status, *mut Handle, *mut Buffer) -> Status,
    pub(crate) get_mic:
        unsafe extern "C" fn(*mut Status, Handle, u32, *const Buffer, *mut Buffer) -> Status,
    pub(crate) verify_mic:
        unsafe extern "C" fn(*mut Status, Handle, *const Buffer, *const Buffer, *mut u32) -> Status,
    pub(crate) wrap: unsafe extern "C" fn(
        *mut Status,
        Handle,
        c_int,
        u32,
        *const Buffer,
        *mut c_int,
        *mut Buffer,
    ) -> Status,
    pub(crate) unwrap: unsafe extern "C" fn(
        *mut Status,
        Handle,
        *const Buffer,
        *mut Buffer,
        *mut c_int,
        *mut u32,
    ) -> Status,
    pub(crate) display_status:
        unsafe extern "C" fn(*mut Status, u32, c_int, *const Oid, *mut u32, *mut Buffer) -> Status,
    pub(crate) release_buffer: unsafe extern "C" fn(*mut Status, *mut Buffer) -> Status,
    pub(crate) acquire_cred_with_password: Option<
        unsafe extern "C" fn(
            *mut Status,
            Handle,
            *const Buffer,
            u32,
            *const OidSet,
            c_int,
            *mut Handle,
            *mut *mut OidSet,
            *mut u32,
        ) -> Status,
    >,
    pub(crate) acquire_cred_from: Option<
        unsafe extern "C" fn(
            *mut Status,
            Handle,
            u32,
            *const OidSet,
            c_int,
            *const KeyValueSet,
            *mut Handle,
            *mut *mut OidSet,
            *mut u32,
        ) -> Status,
    >,
    pub(crate) store_cred_into: Option<
        unsafe extern "C" fn(
            *mut Status,
            Handle,
            c_int,
            *const Oid,
            u32,
            u32,
            *const KeyValueSet,
            *mut *mut OidSet,
            *mut c_int,
        ) -> Status,
    >,
}
