//! The fields of a response, in a box that goes from one response of a connection to the next: contexts
//! are moved on their way to the program, and this keeps them small.

use std::ops::{Deref, DerefMut};

use system_net_primitives::WebHeaderCollection;

/// Fields that are given back when their response is dropped.
pub(super) struct Fields(Option<Box<WebHeaderCollection>>);

const THERE: &str = "the fields are there until the response is dropped";

impl Fields {
    pub(super) fn new(fields: Box<WebHeaderCollection>) -> Self {
        Self(Some(fields))
    }

    /// For whoever drops the response.
    pub(super) fn take(&mut self) -> Option<Box<WebHeaderCollection>> {
        self.0.take()
    }
}

impl Deref for Fields {
    type Target = WebHeaderCollection;

    #[inline]
    fn deref(&self) -> &WebHeaderCollection {
        self.0.as_deref().expect(THERE)
    }
}

impl DerefMut for Fields {
    #[inline]
    fn deref_mut(&mut self) -> &mut WebHeaderCollection {
        self.0.as_deref_mut().expect(THERE)
    }
}
