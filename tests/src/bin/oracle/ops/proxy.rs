// webproxy, webproxy2: what a WebProxy serves, and how its address is made.

use serde_json::{Map, Value, json};
use system_net_uri::Uri;
use system_net_web_proxy::{WebProxy, WebProxyError};

use super::{Op, Run, Settings, exception, text};

pub(super) const OPS: &[Op] = &[
    Op {
        name: "webproxy",
        run: webproxy,
        not_yet: &[],
    },
    Op {
        name: "webproxy2",
        run: webproxy2,
        not_yet: &[],
    },
];

fn webproxy(input: &[Value], _: Settings) -> Run {
    let (Some(address), Some(local)) = (text(input, 0), input.get(1).and_then(Value::as_bool))
    else {
        return Run::NotExpressible;
    };
    let list: Vec<&str> = match input.get(2) {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let proxy = match WebProxy::new_with_bypass(address, local, &list) {
        Ok(proxy) => proxy,
        Err(error) => return Run::Answer(failure(&error)),
    };
    let mut answers = Map::new();
    let destinations = input.get(3).and_then(Value::as_array);
    for destination in destinations.into_iter().flatten().filter_map(Value::as_str) {
        let Ok(uri) = Uri::parse(destination) else {
            return Run::NotExpressible;
        };
        let through = proxy.get_proxy(&uri).map(|through| shown(&through));
        let answer = json!({"IsBypassed": proxy.is_bypassed(&uri), "GetProxy": through});
        answers.insert(destination.to_owned(), answer);
    }
    Run::Answer(json!({
        "Address": proxy.address().map(|address| shown(&address)),
        "BypassList": proxy.bypass_list(),
        "q": answers,
    }))
}

fn webproxy2(input: &[Value], _: Settings) -> Run {
    let port = input.get(1).and_then(Value::as_u64);
    let port = port.and_then(|port| u16::try_from(port).ok());
    let (Some(host), Some(port)) = (text(input, 0), port) else {
        return Run::NotExpressible;
    };
    Run::Answer(match WebProxy::new_with_port(host, port) {
        Ok(proxy) => json!({"Address": proxy.address().map(|address| shown(&address))}),
        Err(error) => failure(&error),
    })
}

fn shown(uri: &Uri) -> String {
    uri.to_string()
}

fn failure(error: &WebProxyError) -> Value {
    match error {
        WebProxyError::Address(_) => exception("UriFormatException"),
        _ => exception("ArgumentException"),
    }
}
