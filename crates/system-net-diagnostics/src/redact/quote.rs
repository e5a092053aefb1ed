//! Quotes in JSON, and in JSON that is a text of JSON.

/// A quote that was opened. JSON in a text of JSON has backslashes before its quotes: as many as
/// the one that opened, and those that stand for others in the text, are before the one that ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quote {
    byte: u8,
    opening: u8,
    backslashes: u8,
}

impl Quote {
    pub(super) const fn new(byte: u8, backslashes: u8) -> Self {
        // So deep nothing is nested in earnest.
        let opening = if backslashes > 63 { 63 } else { backslashes };
        Self {
            byte,
            opening,
            backslashes: 0,
        }
    }

    /// The next byte; whether it ends what is quoted.
    pub(super) const fn ends(&mut self, byte: u8) -> bool {
        if byte == b'\\' {
            self.backslashes = (self.backslashes + 1) % (2 * (self.opening + 1));
            return false;
        }
        let ends = byte == self.byte && self.backslashes == self.opening;
        self.backslashes = 0;
        ends
    }
}
