//! The attribute `SameSite`. rfc6265bis section 5.6.7.

/// With which requests of other sites a browser sends a cookie. It is kept and written, and has no
/// effect here: a client without pages has no other sites.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SameSite {
    /// The attribute is not there.
    #[default]
    Unspecified,
    /// `None`: with all.
    None,
    /// `Lax`: only when going there.
    Lax,
    /// `Strict`: with none.
    Strict,
}

impl SameSite {
    /// The value of the attribute; `None` if it is not there.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Unspecified => None,
            Self::None => Some("None"),
            Self::Lax => Some("Lax"),
            Self::Strict => Some("Strict"),
        }
    }

    pub(super) fn parse(text: &str) -> Self {
        [Self::None, Self::Lax, Self::Strict]
            .into_iter()
            .find(|known| {
                known
                    .name()
                    .is_some_and(|name| name.eq_ignore_ascii_case(text))
            })
            .unwrap_or_default()
    }
}
