//! What a download that is resumed needs: the part that is there, what it is a part of, and
//! whether the whole is right.
//!
//! Read: RFC 9110 sections 8.8 (validators), 13.1.5 (If-Range), 14 (ranges), 15.3.7 (206), 15.5.17
//! (416); RFC 9530 (Repr-Digest), RFC 3230 (Digest), RFC 1864 (Content-MD5).
//!
//! In scope: the files beside the target, and the values of fields. Out of scope: asking for the
//! rest, which `WebClient` does.

mod checksum;
mod content_range;
mod part;
mod record;
#[cfg(test)]
mod tests;

pub use checksum::{Checksum, ChecksumAlgorithm};
pub use record::PartialDownload;

pub(crate) use content_range::ContentRange;
pub(crate) use part::Part;
