// listenerprefix: what HttpListener takes as a prefix.

use serde_json::{Value, json};
use system_net_config::NetContext;
use system_net_http_listener::{HttpListener, HttpListenerErrorKind};

use super::{Op, Run, Settings, exception, misuse, text};

pub(super) const OPS: &[Op] = &[Op {
    name: "listenerprefix",
    run: listenerprefix,
    not_yet: &[],
}];

fn listenerprefix(input: &[Value], _: Settings) -> Run {
    let Some(prefix) = text(input, 0) else {
        return Run::NotExpressible;
    };
    let listener = HttpListener::new_in(&NetContext::new());
    let added = match listener.prefixes().add(prefix) {
        Ok(()) => listener.prefixes().iter().collect(),
        Err(error) => match (error.kind(), error.as_misuse()) {
            (HttpListenerErrorKind::InvalidPrefix, _) => exception("ArgumentException"),
            (_, Some(error)) => misuse(error),
            _ => exception("HttpListenerException"),
        },
    };
    Run::Answer(json!({"Add": added}))
}
