//! The version of the .NET Framework that a program was written for.

use std::fmt;

/// A version of the .NET Framework, as far as defaults differ by it.
///
/// # Examples
/// ```
/// use system_net_config::TargetFramework;
///
/// assert_eq!(TargetFramework::parse("4.6.2"), Some(TargetFramework::V4_6));
/// assert_eq!(TargetFramework::parse("v4.8"), Some(TargetFramework::default()));
/// assert!(TargetFramework::V3_5 < TargetFramework::V4_0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TargetFramework {
    /// 1.0 and 1.1.
    V1_1,
    /// 2.0 and 3.0.
    V2_0,
    /// 3.5.
    V3_5,
    /// 4.0 to 4.5.1.
    V4_0,
    /// 4.5.2.
    V4_5_2,
    /// 4.6 to 4.6.2.
    V4_6,
    /// 4.7.
    V4_7,
    /// 4.7.1 and later, .NET Core too: what programs are for that do not say it.
    #[default]
    V4_7_1,
}

impl TargetFramework {
    /// The version of a text as `4.5.2`, with or without a `v` before it. `None` if it is no version.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let mut parts = [0_u32; 3];
        for (index, part) in text.split('.').enumerate() {
            // The fourth and later parts make no difference, but must be numbers.
            let number = match part.bytes().all(|byte| byte.is_ascii_digit()) {
                true => part.parse().ok()?,
                false => return None,
            };
            if let Some(place) = parts.get_mut(index) {
                *place = number;
            }
        }
        Some(match parts {
            [0, ..] => return None,
            [1, ..] => Self::V1_1,
            [2, ..] | [3, 0..=4, _] => Self::V2_0,
            [3, ..] => Self::V3_5,
            [4, 0..=4, _] | [4, 5, 0..=1] => Self::V4_0,
            [4, 5, _] => Self::V4_5_2,
            [4, 6, _] => Self::V4_6,
            [4, 7, 0] => Self::V4_7,
            _ => Self::V4_7_1,
        })
    }

    /// The version as text: of several that make no difference the first.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1_1 => "1.1",
            Self::V2_0 => "2.0",
            Self::V3_5 => "3.5",
            Self::V4_0 => "4.0",
            Self::V4_5_2 => "4.5.2",
            Self::V4_6 => "4.6",
            Self::V4_7 => "4.7",
            Self::V4_7_1 => "4.7.1",
        }
    }
}

impl fmt::Display for TargetFramework {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who says which version of the .NET Framework a program was written for. The later one in this
/// order counts over the earlier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum TargetFrameworkSource {
    /// Nobody: the newest.
    #[default]
    Unsaid,
    /// `<startup><supportedRuntime>` of a file, of several elements the first.
    SupportedRuntime,
    /// `<system.web><httpRuntime targetFramework>` of a file.
    HttpRuntime,
    /// The program, by [`Settings::for_target`](crate::Settings::for_target).
    Program,
}

#[cfg(test)]
mod tests {
    use super::TargetFramework::{self, *};

    #[test]
    fn versions_of_texts() {
        for (text, expected) in [
            ("1.1", Some(V1_1)),
            ("v1.1.4322", Some(V1_1)),
            ("2.0", Some(V2_0)),
            ("v2.0.50727", Some(V2_0)),
            ("3.0", Some(V2_0)),
            ("3.5", Some(V3_5)),
            ("v4.0.30319", Some(V4_0)),
            ("4", Some(V4_0)),
            ("4.5", Some(V4_0)),
            ("4.5.1", Some(V4_0)),
            ("4.5.2", Some(V4_5_2)),
            ("4.6", Some(V4_6)),
            ("4.6.2", Some(V4_6)),
            ("4.7", Some(V4_7)),
            ("4.7.1", Some(V4_7_1)),
            (" 4.7.2 ", Some(V4_7_1)),
            ("4.8", Some(V4_7_1)),
            ("V8.0", Some(V4_7_1)),
            ("", None),
            ("0.9", None),
            ("v", None),
            ("4.x", None),
            ("4..5", None),
            ("-4", None),
            ("+4", None),
            ("99999999999", None),
        ] {
            assert_eq!(TargetFramework::parse(text), expected, "{text}");
        }
        for version in [V1_1, V2_0, V3_5, V4_0, V4_5_2, V4_6, V4_7, V4_7_1] {
            assert_eq!(TargetFramework::parse(version.as_str()), Some(version));
        }
    }
}
