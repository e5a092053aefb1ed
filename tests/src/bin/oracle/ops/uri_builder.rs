// builder: UriBuilder.

use serde_json::{Map, Value, json};
use system_net_uri::{UriBuilder, UriFormatError, UriFormatErrorKind};

use super::uri::{failure, object};
use super::{Op, Run, Settings, exception, text};

pub(super) const OPS: &[Op] = &[Op {
    name: "builder",
    run: builder,
    not_yet: &[],
}];

/// -1 is no port; other numbers that are no port cannot be written in Rust.
fn port(value: &Value) -> Option<Option<u16>> {
    match value.as_i64()? {
        -1 => Some(None),
        number => u16::try_from(number).ok().map(Some),
    }
}

/// A scheme that is none is an argument's fault where it is set.
fn refused(error: UriFormatError) -> Value {
    match error.kind() {
        UriFormatErrorKind::BadScheme => exception("ArgumentException"),
        UriFormatErrorKind::InvalidArgument => exception("ArgumentException"),
        _ => failure(error),
    }
}

fn make(arguments: &[Value]) -> Option<Result<UriBuilder, Value>> {
    let first = text(arguments, 0)?;
    let made = match arguments.len() {
        1 => return Some(UriBuilder::parse(first).map_err(failure)),
        2 => UriBuilder::with_host(first, text(arguments, 1)?),
        3 => UriBuilder::with_port(first, text(arguments, 1)?, port(&arguments[2])?),
        4 => UriBuilder::with_path(
            first,
            text(arguments, 1)?,
            port(&arguments[2])?,
            text(arguments, 3)?,
        ),
        _ => UriBuilder::with_extra(
            first,
            text(arguments, 1)?,
            port(&arguments[2])?,
            text(arguments, 3)?,
            text(arguments, 4)?,
        ),
    };
    Some(made.map_err(refused))
}

/// Sets a property by its .NET name; a text of null is an empty one.
fn set(builder: &mut UriBuilder, name: &str, value: &Value) -> Option<Result<(), Value>> {
    let word = value.as_str().unwrap_or_default();
    match name {
        "Scheme" => return Some(builder.set_scheme(word).map_err(refused)),
        "UserName" => builder.set_user_name(word),
        "Password" => builder.set_password(word),
        "Host" => builder.set_host(word),
        "Port" => builder.set_port(port(value)?),
        "Path" => builder.set_path(word),
        "Query" => builder.set_query(word),
        "Fragment" => builder.set_fragment(word),
        _ => return None,
    }
    Some(Ok(()))
}

fn builder(input: &[Value], _: Settings) -> Run {
    let Some(Value::Array(arguments)) = input.first() else {
        return Run::NotExpressible;
    };
    let mut builder = match make(arguments) {
        Some(Ok(builder)) => builder,
        Some(Err(error)) => return Run::Answer(json!({"ctor": error})),
        None => return Run::NotExpressible,
    };
    let mut fields = Map::new();
    for (name, value) in input
        .get(1)
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        match set(&mut builder, name, value) {
            Some(Ok(())) => {}
            Some(Err(error)) => {
                fields.insert(format!("set.{name}"), error);
            }
            None => return Run::NotExpressible,
        }
    }
    // Making the URI reads its parts back: everything else is asked for before.
    fields.extend(object(json!({
        "Scheme": builder.scheme(),
        "UserName": builder.user_name(),
        "Password": builder.password(),
        "Host": builder.host(),
        "Port": builder.port().map_or(-1, i32::from),
        "Path": builder.path(),
        "Query": builder.query(),
        "Fragment": builder.fragment(),
    })));
    let text = builder.to_string();
    let lacks_user = builder.user_name().is_empty() && !builder.password().is_empty();
    let uri = builder
        .uri()
        .map_or_else(failure, |uri| uri.absolute_uri().into());
    // .NET throws here too where a password has no user name; Display cannot fail.
    let text = if lacks_user { uri.clone() } else { text.into() };
    fields.insert("Uri".into(), uri);
    fields.insert("ToString".into(), text);
    Run::Answer(fields.into())
}
