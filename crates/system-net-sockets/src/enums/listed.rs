//! What the lists of .NET have in common: their numbers, both ways, and the operations of flags.

/// For an enumeration with `ALL`: its numbers, of which no others are allowed.
macro_rules! closed_numbers {
    ($list:ident) => {
        impl $list {
            /// .NET's number.
            #[must_use]
            pub const fn value(self) -> i32 {
                self as i32
            }

            /// The value with this number, if there is one.
            #[must_use]
            pub fn from_value(value: i32) -> Option<Self> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|known| known.value() == value)
            }
        }
    };
}

/// For a number with `NAMES`, which may also be one without a name.
macro_rules! numbers {
    ($list:ident, $number:ty) => {
        impl $list {
            /// .NET's number.
            #[must_use]
            pub const fn value(self) -> $number {
                self.0
            }

            /// The value with this number, also one without a name.
            #[must_use]
            pub const fn from_value(value: $number) -> Self {
                Self(value)
            }
        }

        impl std::fmt::Debug for $list {
            /// The first name of the number in .NET's list, else the number.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match Self::NAMES.iter().find(|(_, value)| value == self) {
                    Some((name, _)) => f.write_str(name),
                    None => write!(f, concat!(stringify!($list), "({})"), self.0),
                }
            }
        }
    };
}

/// For bits with `NAMES`, of which several may be set.
macro_rules! flag_operations {
    ($flags:ident) => {
        impl $flags {
            /// .NET's number.
            #[must_use]
            pub const fn bits(self) -> i32 {
                self.0
            }

            /// The value with this number, also one without a name.
            #[must_use]
            pub const fn from_bits(bits: i32) -> Self {
                Self(bits)
            }

            /// Whether all of these are set.
            #[must_use]
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// Whether none is set.
            #[must_use]
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }
        }

        impl std::ops::BitOr for $flags {
            type Output = Self;
            fn bitor(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }
        }

        impl std::ops::BitOrAssign for $flags {
            fn bitor_assign(&mut self, other: Self) {
                self.0 |= other.0;
            }
        }

        impl std::ops::BitAnd for $flags {
            type Output = Self;
            fn bitand(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }
        }

        impl std::ops::Not for $flags {
            type Output = Self;
            fn not(self) -> Self {
                Self(!self.0)
            }
        }

        impl std::fmt::Debug for $flags {
            /// The names, as `OutOfBand | Peek`; what has none as a number.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut rest = *self;
                let mut first = true;
                for (name, flag) in Self::NAMES {
                    if !flag.is_empty() && rest.contains(*flag) {
                        rest = rest & !*flag;
                        f.write_str(if first { "" } else { " | " })?;
                        f.write_str(name)?;
                        first = false;
                    }
                }
                match (rest.is_empty(), first) {
                    (true, true) => f.write_str("0"),
                    (true, false) => Ok(()),
                    (false, true) => write!(f, "{:#x}", rest.0),
                    (false, false) => write!(f, " | {:#x}", rest.0),
                }
            }
        }
    };
}

pub(super) use {closed_numbers, flag_operations, numbers};
