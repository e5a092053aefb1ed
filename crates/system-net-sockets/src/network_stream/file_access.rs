//! What a stream is opened for.

/// What a stream is opened for.
///
/// .NET: `System.IO.FileAccess`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum FileAccess {
    /// It can be read.
    Read = 1,
    /// It can be written.
    Write = 2,
    /// Both.
    ReadWrite = 3,
}

impl FileAccess {
    pub(super) const fn reads(self) -> bool {
        self as i32 & Self::Read as i32 != 0
    }

    pub(super) const fn writes(self) -> bool {
        self as i32 & Self::Write as i32 != 0
    }
}
