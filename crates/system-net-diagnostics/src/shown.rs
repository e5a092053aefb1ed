//! Arguments and results as traces show them: `61#61`.

use std::borrow::Cow;
use std::fmt;

use system_net_primitives::{IpAddress, IpEndPoint};

/// Shows a value as traces do: the value, `#`, and the number that stands for it, in .NET its hash
/// code.
///
/// # Examples
/// ```
/// use system_net_diagnostics::shown;
///
/// assert_eq!(shown(&61_usize).to_string(), "61#61");
/// assert_eq!(shown(&true).to_string(), "True#1");
/// assert_eq!(shown("www.contoso.com").to_string(), "www.contoso.com");
/// assert_eq!(shown(&None::<u16>).to_string(), "(null)");
/// ```
pub fn shown<T: Shown + ?Sized>(value: &T) -> impl fmt::Display + '_ {
    struct Value<'a, T: ?Sized>(&'a T);
    impl<T: Shown + ?Sized> fmt::Display for Value<'_, T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.show(f)
        }
    }
    Value(value)
}

/// A value that traces show.
pub trait Shown {
    /// Writes it, with `#` and the number that stands for it where .NET has them.
    ///
    /// # Errors
    /// If the text cannot be written.
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl Shown for $number {
            fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{self}#{self}")
            }
        }
    )*};
}

numbers!(i8 u8 i16 u16 i32 u32 i64 u64 isize usize);

impl Shown for bool {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self { "True#1" } else { "False#0" })
    }
}

/// Texts stand for themselves.
impl Shown for str {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl Shown for String {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl Shown for Cow<'_, str> {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

/// Nothing at all is shown for it.
impl Shown for () {
    fn show(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl<T: Shown> Shown for Option<T> {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Some(value) => value.show(f),
            None => f.write_str("(null)"),
        }
    }
}

impl<T: Shown + ?Sized> Shown for &T {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).show(f)
    }
}

impl Shown for crate::ObjectName {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Shown for IpAddress {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}#{}", number_of(self.to_ip_addr()))
    }
}

impl Shown for IpEndPoint {
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = number_of(self.address().to_ip_addr()) ^ i32::from(self.port());
        write!(f, "{self}#{number}")
    }
}

/// The hash code of .NET for addresses of IPv4, their bytes as a number; something like it for
/// those of IPv6.
fn number_of(address: std::net::IpAddr) -> i32 {
    match address {
        std::net::IpAddr::V4(address) => i32::from_le_bytes(address.octets()),
        std::net::IpAddr::V6(address) => {
            let parts = address.segments();
            let folded = parts.iter().fold(0_u32, |number, part| {
                number.wrapping_mul(31).wrapping_add(u32::from(*part))
            });
            folded.cast_signed()
        }
    }
}
