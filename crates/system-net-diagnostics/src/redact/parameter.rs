//! The values of parameters: of queries, forms and JSON, and the parts of forms.

use super::Redactor;
use super::mode::{Form, Mode, Parameter};
use super::quote::Quote;

impl Redactor {
    /// A byte between the name of a parameter and its value.
    pub(super) fn before(&mut self, byte: u8, kind: Parameter, backslashes: u8) -> bool {
        match byte {
            b' ' | b'\t' => return false,
            b'\r' | b'\n' if kind == Parameter::Member => return false,
            b'"' | b'\'' => {
                let quote = Some(Quote::new(byte, backslashes));
                self.mode = Mode::Parameter { kind, quote };
                return false;
            }
            b'\\' => {
                let backslashes = backslashes.saturating_add(1);
                self.mode = Mode::Before { kind, backslashes };
                return true;
            }
            b'[' | b'{' if kind == Parameter::Member => {
                self.mode = Mode::Nested {
                    depth: 1,
                    quote: None,
                    backslashes: 0,
                };
                return false;
            }
            _ => {}
        }
        self.parameter(byte, kind, None)
    }

    /// A byte of the value of a parameter.
    pub(super) fn parameter(
        &mut self,
        byte: u8,
        kind: Parameter,
        mut quote: Option<Quote>,
    ) -> bool {
        let ends = match (&mut quote, kind) {
            (Some(quote), _) => quote.ends(byte),
            (None, Parameter::Form | Parameter::Attribute) => ends_form(byte),
            (None, Parameter::Closed) => ends_form(byte) || matches!(byte, b'/' | b'>' | b'?'),
            (None, Parameter::Words) => matches!(byte, b'&' | b'#' | b'\r' | b'\n'),
            (None, Parameter::Member) => byte <= b' ' || matches!(byte, b',' | b']' | b'}'),
        };
        if !ends {
            // Behind a quote that ended nothing is the rest of a value that has quotes in it.
            let kind = match kind {
                Parameter::Closed => Parameter::Form,
                kind => kind,
            };
            self.mode = Mode::Parameter { kind, quote };
            return true;
        }
        if quote.is_none() {
            return self.plain_again(byte);
        }
        let quote = None;
        self.mode = match kind {
            Parameter::Member => Mode::Plain,
            Parameter::Attribute => Mode::Parameter {
                kind: Parameter::Closed,
                quote,
            },
            // A form has no quotes of its own: what follows says whether the value has ended.
            _ => Mode::Parameter {
                kind: Parameter::Form,
                quote,
            },
        };
        false
    }

    /// A byte of an array or object that is the value of a parameter.
    pub(super) fn nested(
        &mut self,
        byte: u8,
        depth: u32,
        mut quote: Option<Quote>,
        backslashes: u8,
    ) -> bool {
        let mut depth = depth;
        if let Some(open) = &mut quote {
            if open.ends(byte) {
                quote = None;
            }
        } else {
            match byte {
                b'"' => quote = Some(Quote::new(byte, backslashes)),
                b'[' | b'{' => depth = depth.saturating_add(1),
                b']' | b'}' => depth -= 1,
                _ => {}
            }
        }
        if depth == 0 {
            return self.plain_again(byte);
        }
        let backslashes = if quote.is_none() && byte == b'\\' {
            backslashes.saturating_add(1)
        } else {
            0
        };
        self.mode = Mode::Nested {
            depth,
            quote,
            backslashes,
        };
        byte != b'\r' && byte != b'\n'
    }

    /// A byte of a part of a form.
    pub(super) fn form_part(&mut self, byte: u8, dashes: Option<u8>) -> bool {
        let next = match (byte, dashes) {
            (b'\n', _) => Some(0),
            (b'-', Some(dashes)) => Some(dashes.saturating_add(1)),
            // The lines that a key in PEM begins and ends with.
            (b'B' | b'E', Some(5)) => None,
            (_, Some(2..)) => {
                self.form = Form::None;
                self.forget_name();
                self.name_first = false;
                return self.plain_again(byte);
            }
            _ => None,
        };
        self.mode = Mode::Part { dashes: next };
        !matches!(byte, b'\r' | b'\n') && next.is_none()
    }
}

/// Whether a byte ends an unquoted value of a form.
const fn ends_form(byte: u8) -> bool {
    byte <= b' ' || byte == b'&' || byte == b'#'
}
