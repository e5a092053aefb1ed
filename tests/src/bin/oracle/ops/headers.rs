// hdr, hdrline, hdrseq: WebHeaderCollection.

use serde_json::{Value, json};
use system_net_primitives::{Misuse, WebHeaderCollection};

use super::{Op, Run, Settings, misuse, text};

pub(super) const OPS: &[Op] = &[
    Op {
        name: "hdr",
        run: hdr,
        not_yet: &[],
    },
    Op {
        name: "hdrline",
        run: hdrline,
        not_yet: &[],
    },
    Op {
        name: "hdrseq",
        run: hdrseq,
        not_yet: &[],
    },
];

/// The collection's text after a change, or the misuse.
fn after(
    mut headers: WebHeaderCollection,
    change: impl FnOnce(&mut WebHeaderCollection) -> Result<(), Misuse>,
) -> Value {
    match change(&mut headers) {
        Ok(()) => headers.to_string().into(),
        Err(error) => misuse(&error),
    }
}

fn restricted(name: &str, response: bool) -> Value {
    WebHeaderCollection::is_restricted(name, response).map_or_else(|e| misuse(&e), Value::from)
}

fn hdr(input: &[Value], _: Settings) -> Run {
    let Some(name) = text(input, 0) else {
        return Run::NotExpressible;
    };
    // A value of null is an empty one.
    let value = text(input, 1).unwrap_or_default();
    let plain = WebHeaderCollection::new;
    let request = WebHeaderCollection::for_request;
    Run::Answer(json!({
        "IsRestricted": restricted(name, false),
        "IsRestricted.response": restricted(name, true),
        "plain.Add": after(plain(), |headers| headers.add(name, value)),
        "plain.Set": after(plain(), |headers| headers.set(name, value)),
        "plain.AddLine": after(plain(), |headers| headers.add_line(&format!("{name}:{value}"))),
        "request.Add": after(request(), |headers| headers.add(name, value)),
        "request.Indexer": after(request(), |headers| headers.set(name, value)),
        "request.Remove": after(request(), |headers| headers.remove(name)),
    }))
}

fn hdrline(input: &[Value], _: Settings) -> Run {
    let Some(line) = text(input, 0) else {
        return Run::NotExpressible;
    };
    Run::Answer(json!({"Add": after(WebHeaderCollection::new(), |h| h.add_line(line))}))
}

fn hdrseq(input: &[Value], _: Settings) -> Run {
    let Some(Value::Array(steps)) = input.first() else {
        return Run::NotExpressible;
    };
    let mut headers = WebHeaderCollection::new();
    let mut answer = serde_json::Map::new();
    for (index, step) in steps.iter().enumerate() {
        let words: Vec<&str> = step
            .as_array()
            .into_iter()
            .flatten()
            .map(|w| w.as_str().unwrap_or_default())
            .collect();
        let done = match words[..] {
            ["Add", name, value] => headers.add(name, value),
            ["AddLine", line] | ["Add", line] => headers.add_line(line),
            ["Set", name, value] => headers.set(name, value),
            ["Remove", name] => headers.remove(name),
            ["Clear"] => {
                headers.clear();
                Ok(())
            }
            _ => return Run::NotYet,
        };
        if let Err(error) = done {
            answer.insert(format!("step{}", index + 1), misuse(&error));
        }
    }
    let keys: Vec<String> = headers.all_keys().into_iter().map(str::to_owned).collect();
    let values: serde_json::Map<String, Value> = keys
        .iter()
        .map(|key| {
            let values = headers.get_values(key).unwrap_or_default();
            (
                key.clone(),
                values
                    .into_iter()
                    .map(|value| Value::from(value.into_owned()))
                    .collect(),
            )
        })
        .collect();
    let bytes: String = headers
        .to_byte_array()
        .into_iter()
        .map(char::from)
        .collect();
    answer.insert("ToString".into(), headers.to_string().into());
    answer.insert("AllKeys".into(), keys.into());
    answer.insert("GetValues".into(), values.into());
    answer.insert("Count".into(), headers.count().into());
    answer.insert("bytes".into(), bytes.into());
    Run::Answer(answer.into())
}
