//! What the search of secrets remembers of where it is.

use super::quote::Quote;
use super::scheme::Scheme;

/// Where in a tag of XML the bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    None,
    /// In the name of an element.
    Name,
    /// In the attributes of an element.
    Attributes,
    /// In those of an element whose name tells of a secret.
    Secret,
}

/// What is known of a part of a form, in whose fields the bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    None,
    Part,
    /// A name in its fields tells of a secret: the part holds one.
    Secret,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Plain,
    /// In the value of a field; `Some` while what may be a scheme is looked at.
    Value {
        scheme: Option<Scheme>,
    },
    /// Behind the end of a line of such a value: a blank continues it.
    Folded {
        challenge: bool,
    },
    /// In the value of a challenge that holds no secret. Another challenge may follow on the line:
    /// `word` is what may be its scheme.
    Challenge {
        word: Option<Scheme>,
        quoted: bool,
        escaped: bool,
    },
    /// Behind the name of a parameter: blanks, perhaps a quote, with so many backslashes.
    Before {
        kind: Parameter,
        backslashes: u8,
    },
    /// In the value of a parameter; with the quote it stands in.
    Parameter {
        kind: Parameter,
        quote: Option<Quote>,
    },
    /// In an array or object of JSON that is the value of a parameter.
    Nested {
        depth: u32,
        quote: Option<Quote>,
        backslashes: u8,
    },
    /// A name in quotes that tells of a secret has ended; `:` follows if it is a member.
    Member,
    /// In an element of XML; whether `<` came last.
    Element {
        opened: bool,
    },
    /// In a part of a form, up to a line that begins with `--`; with the dashes that this line
    /// began with, if nothing else has come.
    Part {
        dashes: Option<u8>,
    },
    /// In a private key in PEM, from the word that says so on: whether its first line has ended,
    /// and how many dashes came last.
    Key {
        begun: bool,
        dashes: u8,
    },
    /// In an address, where `@` may yet come.
    Authority,
}

/// How the value of a parameter is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parameter {
    /// Of a query or a form: `a=b`.
    Form,
    /// Such a one of several words: `authorization=Basic dXNlcg==`.
    Words,
    /// An attribute of XML: `a="b"`.
    Attribute,
    /// Such a one behind the quote that ends it, if nothing but the tag goes on.
    Closed,
    /// Of JSON: `"a": "b"`.
    Member,
}
