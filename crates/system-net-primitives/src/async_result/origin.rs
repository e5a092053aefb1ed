//! Which call began an operation.

use crate::Misuse;

/// Which call began an operation: the .NET name of a member, and which object it is a member of.
///
/// An `end_` member asks for it, so that it takes no operation of another object or of another
/// member. Nothing is allocated for it.
///
/// .NET: what an `IAsyncResult` remembers inside, `AsyncObject` of the Framework's
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AsyncOrigin {
    /// Empty if nobody said.
    member: &'static str,
    object: u32,
}

impl AsyncOrigin {
    /// An operation that `member` (`Socket.BeginReceive`) of an object began. The number is of no
    /// other object that has such operations; 0 for static members.
    #[must_use]
    pub const fn new(member: &'static str, object: u32) -> Self {
        Self { member, object }
    }

    /// Whether one of these members of this object began the operation.
    pub(super) fn check(self, object: u32, begins: &[&'static str]) -> Result<(), Misuse> {
        if begins.contains(&self.member) && self.object == object {
            return Ok(());
        }
        Err(self.refused(begins))
    }

    #[cold]
    fn refused(self, begins: &[&'static str]) -> Misuse {
        let wanted = begins.join(" or ");
        let message = match self.member {
            "" => format!("expected an operation that {wanted} began"),
            member if begins.contains(&member) => {
                format!(
                    "expected an operation of this object, got one that {member} of another object began"
                )
            }
            member => format!("expected an operation that {wanted} began, got one of {member}"),
        };
        Misuse::invalid_argument("asyncResult", message)
    }
}
