//! `serde`: a URI is its text.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{Uri, UriComponents, UriFormat, UriKind};

impl Serialize for Uri {
    /// Writes the text the URI was made of ([`original_string`](Uri::original_string)), as the
    /// serializers of .NET do. The form for the wire would not do: that of `file:///x/..//h/a` is
    /// `file:////h/a`, which is read as a path on the server `h`.
    ///
    /// A text that only the settings of this URI, or [`UriKind::Absolute`], read as it is meant
    /// (`//server/share`, `/etc/hosts`) is written in the form for the wire with the zone of an
    /// IPv6 address, if that is read as an equal URI.
    ///
    /// .NET: `Uri.GetObjectData`
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if reads_back(self.original_string(), self) {
            return serializer.serialize_str(self.original_string());
        }
        let all = UriComponents::SERIALIZATION_INFO_STRING;
        match self.components(all, UriFormat::UriEscaped) {
            Ok(text) if reads_back(&text, self) => serializer.serialize_str(&text),
            _ => serializer.serialize_str(self.original_string()),
        }
    }
}

/// Whether the text is read as an equal URI that leads to the same host.
fn reads_back(text: &str, uri: &Uri) -> bool {
    read(text).is_ok_and(|again| again == *uri && again.host_address() == uri.host_address())
}

fn read(text: &str) -> Result<Uri, crate::UriFormatError> {
    Uri::parse_kind(text, UriKind::RelativeOrAbsolute)
}

impl<'de> Deserialize<'de> for Uri {
    /// Reads an absolute or a relative URI.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        read(&text).map_err(de::Error::custom)
    }
}
