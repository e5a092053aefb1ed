//! The query of a URL as names and values.

use std::borrow::Cow;

use crate::path::hex;

/// The names and values of a query, in order. Names compare without regard to letter case.
///
/// Escapes are undone as UTF-8, `+` stands for a space. A part without `=` is a value without a
/// name.
///
/// .NET: `System.Net.HttpListenerRequest.QueryString`
///
/// # Examples
/// ```
/// use system_net_http_listener::QueryString;
///
/// let query = QueryString::parse("name=J%C3%BCrgen+K&name=x&flag");
/// assert_eq!(query.get("NAME").as_deref(), Some("Jürgen K,x"));
/// assert_eq!(query.get_values("name"), ["Jürgen K", "x"]);
/// assert_eq!(query.values_without_name(), ["flag"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryString<'a> {
    fields: Vec<(Option<Cow<'a, str>>, Cow<'a, str>)>,
}

impl<'a> QueryString<'a> {
    /// Reads a query without its question mark.
    #[must_use]
    pub fn parse(query: &'a str) -> Self {
        if query.is_empty() {
            return Self::default();
        }
        let fields = query.split('&').map(|field| match field.split_once('=') {
            Some((name, value)) => (Some(decode(name)), decode(value)),
            None => (None, decode(field)),
        });
        Self {
            fields: fields.collect(),
        }
    }

    /// The values of a name, joined with commas.
    ///
    /// .NET: `System.Collections.Specialized.NameValueCollection.Get`
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut values = self.values(name);
        let first = values.next()?;
        let Some(second) = values.next() else {
            return Some(Cow::Borrowed(first));
        };
        let mut joined = first.to_owned();
        for value in std::iter::once(second).chain(values) {
            joined.push(',');
            joined.push_str(value);
        }
        Some(Cow::Owned(joined))
    }

    /// The values of a name.
    ///
    /// .NET: `System.Collections.Specialized.NameValueCollection.GetValues`
    #[must_use]
    pub fn get_values(&self, name: &str) -> Vec<&str> {
        self.values(name).collect()
    }

    fn values<'b, 'n>(&'b self, name: &'n str) -> impl Iterator<Item = &'b str> + use<'a, 'b, 'n> {
        self.fields
            .iter()
            .filter(move |(own, _)| {
                own.as_deref()
                    .is_some_and(|own| own.eq_ignore_ascii_case(name))
            })
            .map(|(_, value)| &**value)
    }

    /// The parts without `=`, which .NET files under the name null.
    #[must_use]
    pub fn values_without_name(&self) -> Vec<&str> {
        self.fields
            .iter()
            .filter(|(name, _)| name.is_none())
            .map(|(_, value)| &**value)
            .collect()
    }

    /// All names and values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Option<&str>, &str)> {
        self.fields
            .iter()
            .map(|(name, value)| (name.as_deref(), &**value))
    }

    /// The number of values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is no query.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

/// Undoes escapes; bytes that are no UTF-8 become U+FFFD.
fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let escaped = match tail {
            [high, low, ..] if byte == b'%' => hex(*high).zip(hex(*low)),
            _ => None,
        };
        rest = match escaped {
            Some((high, low)) => {
                bytes.push(high << 4 | low);
                &tail[2..]
            }
            None => {
                bytes.push(if byte == b'+' { b' ' } else { byte });
                tail
            }
        };
    }
    Cow::Owned(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries() {
        #[track_caller]
        fn check(query: &str, fields: &[(Option<&str>, &str)]) {
            assert!(
                QueryString::parse(query).iter().eq(fields.iter().copied()),
                "{query}"
            );
        }
        check("", &[]);
        check("a=1", &[(Some("a"), "1")]);
        check(
            "a=1&b=&=c",
            &[(Some("a"), "1"), (Some("b"), ""), (Some(""), "c")],
        );
        check("a", &[(None, "a")]);
        check("a&&b", &[(None, "a"), (None, ""), (None, "b")]);
        check("a=b=c", &[(Some("a"), "b=c")]);
        check("%61+=%2B+%", &[(Some("a "), "+ %")]);
        check("%e4=%E4%zz", &[(Some("\u{fffd}"), "\u{fffd}%zz")]);
        check("x=%C3%A4", &[(Some("x"), "\u{e4}")]);
    }
}
