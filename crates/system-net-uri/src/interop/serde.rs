//! `serde`: a URI is its text.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{Uri, UriComponents, UriFormat, UriKind};

impl Serialize for Uri {
    /// Writes what .NET's serializer writes: the escaped URI with the zone of an IPv6 address.
    ///
    /// .NET: `Uri.GetObjectData`
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let all = UriComponents::SERIALIZATION_INFO_STRING;
        match self.components(all, UriFormat::UriEscaped) {
            Ok(text) => serializer.serialize_str(&text),
            Err(error) => Err(serde::ser::Error::custom(error)),
        }
    }
}

impl<'de> Deserialize<'de> for Uri {
    /// Reads an absolute or a relative URI.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse_kind(&text, UriKind::RelativeOrAbsolute).map_err(de::Error::custom)
    }
}
