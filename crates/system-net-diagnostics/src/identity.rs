//! Numbers of objects in traces.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

/// The number of an object in traces: drawn when it is first asked for, of no other object, and
/// the same from then on.
///
/// It stands in the part of an object that its clones share, so that they are one object in
/// traces. Four bytes.
///
/// .NET: the hash code of the object, `Socket#33574638`
#[derive(Default)]
pub struct Traced {
    /// 0 if not drawn yet.
    number: AtomicU32,
}

static LAST: AtomicU32 = AtomicU32::new(0);

impl Traced {
    /// A number yet to be drawn.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            number: AtomicU32::new(0),
        }
    }

    /// The number, from 1.
    #[must_use]
    pub fn number(&self) -> u32 {
        let number = self.number.load(Ordering::Relaxed);
        if number != 0 {
            return number;
        }
        let mut drawn = 0;
        while drawn == 0 {
            drawn = LAST.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        }
        let set = Ordering::Relaxed;
        match self.number.compare_exchange(0, drawn, set, set) {
            Ok(_) => drawn,
            // Another thread was first.
            Err(other) => other,
        }
    }
}

impl fmt::Debug for Traced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Traced")
            .field(&self.number.load(Ordering::Relaxed))
            .finish()
    }
}

/// The name of an object in traces: `Socket#12`, or of a class, `DNS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectName {
    class: &'static str,
    /// 0 if the class is meant.
    number: u32,
}

impl ObjectName {
    /// The name of an object; draws its number.
    #[must_use]
    pub fn new(class: &'static str, traced: &Traced) -> Self {
        let number = traced.number();
        Self { class, number }
    }

    /// The name of a class, for members without an object.
    #[must_use]
    pub const fn of_class(class: &'static str) -> Self {
        Self { class, number: 0 }
    }

    /// The class.
    #[must_use]
    pub const fn class(self) -> &'static str {
        self.class
    }

    /// The number of the object; `None` if the class is meant.
    #[must_use]
    pub const fn number(self) -> Option<u32> {
        match self.number {
            0 => None,
            number => Some(number),
        }
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            0 => f.write_str(self.class),
            number => write!(f, "{}#{number}", self.class),
        }
    }
}
