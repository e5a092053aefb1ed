//! The one look at each component: where it ends, whether it is already in the form the wire
//! needs, whether it reads well as it is, whether its path has dots to resolve.

use crate::escape::{hex_pair, is_control};
use crate::iri::{Part, is_iri_char};
use crate::syntax::Rules;

/// What a look at a component found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Check(u16);

impl Check {
    /// Fit for the wire as it is.
    pub(crate) const ESCAPED: Self = Self(0x1);
    /// Fit for display as it is: nothing is escaped.
    pub(crate) const DISPLAY: Self = Self(0x2);
    /// Dots or doubled slashes that may need resolving.
    pub(crate) const DOTS: Self = Self(0x4);
    pub(crate) const NON_ASCII: Self = Self(0x8);
    pub(crate) const BACKSLASH: Self = Self(0x10);
    /// A character that has a meaning of its own stands where it has none.
    pub(crate) const RESERVED: Self = Self(0x20);
    /// A character that RFC 3987 does not allow.
    pub(crate) const NOT_IRI: Self = Self(0x40);
    /// An escaped dot or slash.
    pub(crate) const ESCAPED_DOTS: Self = Self(0x80);

    pub(crate) const fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Of the bits in `mask`, exactly those of `expected` are set.
    pub(crate) const fn exactly(self, mask: Self, expected: Self) -> bool {
        self.0 & mask.0 == expected.0
    }

    pub(crate) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Neither escaping nor slash conversion is needed.
    pub(crate) const fn is_wire_form(self) -> bool {
        self.exactly(Self::ESCAPED.with(Self::BACKSLASH), Self::ESCAPED)
    }

    /// Not fit for the wire, but a proper IRI.
    pub(crate) const fn is_iri_form(self) -> bool {
        self.exactly(
            Self(
                Self::DISPLAY.0
                    | Self::ESCAPED.0
                    | Self::BACKSLASH.0
                    | Self::NON_ASCII.0
                    | Self::NOT_IRI.0,
            ),
            Self(Self::DISPLAY.0 | Self::NON_ASCII.0),
        )
    }
}

/// What ends the component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// Nothing; `?` and `#` are foreign here (a path of a scheme without query and fragment).
    End,
    /// Nothing; `?` and `#` are ordinary (a fragment).
    Tail,
    /// This byte.
    Byte(u8),
    /// `?`, and `#` if the scheme has fragments.
    Query,
}

/// What the look depends on beside the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    pub(crate) rules: Rules,
    /// A path without a scheme: `?` and `#` are ordinary file name characters, to be escaped.
    pub(crate) implicit_file: bool,
    /// The text was rewritten by the rules of RFC 3987.
    pub(crate) rewritten: bool,
}

/// Bytes that need no attention at all.
pub(crate) const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut b = 0x21;
    while b < 0x7F {
        plain[b] = !matches!(
            b as u8,
            b'"' | b'#'
                | b'%'
                | b'.'
                | b'/'
                | b'<'
                | b'>'
                | b'?'
                | b'['
                | b'\\'
                | b']'
                | b'^'
                | b'`'
                | b'{'
                | b'|'
                | b'}'
                | b':'
                | b'@'
        );
        b += 1;
    }
    plain
};

/// Looks at `text[start..end]`; returns what was found and where the component ends.
pub(crate) fn component(
    text: &str,
    start: usize,
    end: usize,
    until: Until,
    setting: Setting,
) -> (Check, usize) {
    let bytes = &text.as_bytes()[..end];
    let mut found = Check::default();
    let mut needs_escaping = false;
    let mut has_escapes = false;
    let stop = match until {
        Until::Byte(b) => b,
        Until::Query => b'?',
        Until::End | Until::Tail => 0xFF,
    };
    let rules = setting.rules;
    let mut i = start;
    while i < bytes.len() {
        let b = bytes[i];
        if PLAIN[usize::from(b)] {
            i += 1;
            continue;
        }
        if b == stop || (b == b'#' && until == Until::Query && rules.any(Rules::FRAGMENT)) {
            break;
        }
        match b {
            b'/' | b'\\' => {
                if b == b'\\' {
                    found.add(Check::BACKSLASH);
                }
                if matches!(bytes.get(i + 1), Some(b'/' | b'\\')) {
                    found.add(Check::DOTS);
                }
            }
            b'.' => {
                if matches!(
                    bytes.get(i + 1),
                    None | Some(b'.' | b'/' | b'\\' | b'?' | b'#')
                ) {
                    found.add(Check::DOTS);
                }
            }
            b':' | b'@' => {}
            b'?' => {
                let foreign = !rules.any(Rules::QUERY) && until != Until::Tail;
                if setting.implicit_file || foreign {
                    found.add(Check::RESERVED);
                    has_escapes = true;
                    needs_escaping = true;
                }
            }
            b'#' => {
                needs_escaping = true;
                if setting.implicit_file || !rules.any(Rules::FRAGMENT) {
                    found.add(Check::RESERVED);
                    has_escapes = true;
                }
            }
            b'%' => {
                has_escapes = true;
                match hex_pair(bytes, i + 1) {
                    Some(value) => {
                        if matches!(value, b'.' | b'/' | b'\\') {
                            found.add(Check::ESCAPED_DOTS);
                        }
                        i += 2;
                    }
                    None => needs_escaping = true,
                }
            }
            b'{' | b'|' | b'}' => needs_escaping = true,
            0x20..=0x7E => {
                needs_escaping = true;
                if setting.rewritten {
                    found.add(Check::NOT_IRI);
                }
            }
            0..=0x1F | 0x7F => {
                needs_escaping = true;
                has_escapes = true;
                found.add(Check::RESERVED);
            }
            _ => {
                let c = text[i..].chars().next().expect("a character starts here");
                needs_escaping = true;
                if is_control(c) {
                    has_escapes = true;
                    found.add(Check::RESERVED);
                } else if rules.any(Rules::IRI) {
                    found.add(Check::NON_ASCII);
                    // .NET looks at UTF-16 units here and finds none of a pair allowed.
                    if c > '\u{FFFF}' || !is_iri_char(c, Part::Query) {
                        found.add(Check::NOT_IRI);
                    }
                }
                i += c.len_utf8() - 1;
            }
        }
        i += 1;
    }
    if !has_escapes {
        found.add(Check::DISPLAY);
    }
    if !needs_escaping {
        found.add(Check::ESCAPED);
    }
    (found, i)
}
