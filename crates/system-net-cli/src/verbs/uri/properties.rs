//! Every property of System.Uri, in the order of an address.

use std::fmt::{self, Display};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use system_net::{HostAddress, Uri};

use crate::excerpt::visible;

/// Names and values. Null is what the address does not have: most, if it is relative.
pub(super) struct Properties(Vec<(&'static str, Value)>);

impl Properties {
    pub(super) fn of(uri: &Uri) -> Self {
        let absolute = |value: Value| match uri.is_absolute_uri() {
            true => value,
            false => Value::Null,
        };
        Self(vec![
            ("original_string", json!(uri.original_string())),
            ("absolute_uri", absolute(json!(uri.absolute_uri()))),
            ("to_string", json!(uri.to_string())),
            ("scheme", absolute(json!(uri.scheme()))),
            ("user_info", absolute(json!(uri.user_info()))),
            ("authority", absolute(json!(uri.authority()))),
            ("host", absolute(json!(uri.host()))),
            (
                "host_name_type",
                absolute(json!(format!("{:?}", uri.host_name_type()))),
            ),
            ("dns_safe_host", absolute(json!(uri.dns_safe_host()))),
            ("idn_host", absolute(json!(uri.idn_host().ok()))),
            ("host_address", json!(host_address(uri))),
            ("port", json!(uri.port())),
            ("absolute_path", absolute(json!(uri.absolute_path()))),
            ("local_path", absolute(json!(uri.local_path()))),
            ("segments", absolute(json!(uri.segments()))),
            ("query", absolute(json!(uri.query()))),
            ("path_and_query", absolute(json!(uri.path_and_query()))),
            ("fragment", absolute(json!(uri.fragment()))),
            ("is_absolute_uri", json!(uri.is_absolute_uri())),
            ("is_default_port", absolute(json!(uri.is_default_port()))),
            ("is_file", absolute(json!(uri.is_file()))),
            ("is_unc", absolute(json!(uri.is_unc()))),
            ("is_loopback", absolute(json!(uri.is_loopback()))),
            (
                "is_well_formed_original_string",
                json!(uri.is_well_formed_original_string()),
            ),
            ("user_escaped", json!(uri.user_escaped())),
        ])
    }
}

/// What is connected to.
fn host_address(uri: &Uri) -> Option<String> {
    match uri.host_address() {
        HostAddress::Dns(name) => Some(name.to_owned()),
        HostAddress::V4(address) => Some(address.to_string()),
        HostAddress::V6(address, None) => Some(address.to_string()),
        HostAddress::V6(address, Some(zone)) => Some(format!("{address}%{zone}")),
        HostAddress::None => None,
    }
}

impl Serialize for Properties {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl Display for Properties {
    /// The table.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.0.iter().map(|(name, _)| name.len()).max();
        for (index, (name, value)) in self.0.iter().enumerate() {
            let value = match value {
                Value::Null => "-".to_owned(),
                Value::String(text) => visible(text),
                // Pieces of a path are escaped: no space is in them.
                Value::Array(pieces) => pieces
                    .iter()
                    .filter_map(Value::as_str)
                    .map(visible)
                    .collect::<Vec<_>>()
                    .join(" "),
                other => other.to_string(),
            };
            if index > 0 {
                f.write_str("\n")?;
            }
            match value.is_empty() {
                // No spaces at the end of a line.
                true => f.write_str(name)?,
                false => write!(f, "{name:0$}  {value}", width.unwrap_or(0))?,
            }
        }
        Ok(())
    }
}
