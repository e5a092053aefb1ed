// Our answers to the recorded questions about cookies and WebUtility, in the form of the rows.
//
// The file stands alone: the grader of recorded rows takes it in with `#[path]`.

use serde_json::{Value, json};
use system_net_primitives::{
    Cookie, CookieCollection, CookieContainer, CookieError, Misuse, WebUtility,
};
use system_net_uri::Uri;

fn outcome(result: Result<(), CookieError>) -> Value {
    match result {
        Ok(()) => "ok".into(),
        Err(_) => json!({"!": "CookieException"}),
    }
}

fn limit(result: Result<(), Misuse>, then: usize) -> Value {
    match result {
        Ok(()) => then.into(),
        Err(error) => json!({"!": "ArgumentOutOfRangeException", "param": error.param_name()}),
    }
}

/// `cookies`: steps on one container.
pub(crate) fn cookies(input: &[Value]) -> Option<Value> {
    let jar = CookieContainer::new();
    let steps = input.first()?.as_array()?;
    let answers: Option<Vec<Value>> = steps.iter().map(|step| run(&jar, step)).collect();
    Some(answers?.into())
}

fn run(jar: &CookieContainer, step: &Value) -> Option<Value> {
    let text = |at: usize| step[at].as_str();
    let uri = || Uri::parse(text(1)?).ok();
    let number = || usize::try_from(step[2].as_i64()?).ok();
    Some(match text(0)? {
        "set" => outcome(jar.set_cookies(&uri()?, text(2)?)),
        "get" => jar.get_cookie_header(&uri()?).into(),
        "list" => jar.get_cookies(&uri()?).iter().map(shown).collect(),
        "count" => jar.count().into(),
        "add" => {
            let mut cookie = Cookie::new(text(2)?, text(3)?).ok()?;
            text(4).into_iter().for_each(|path| cookie.set_path(path));
            text(5).into_iter().for_each(|name| cookie.set_domain(name));
            outcome(match text(1) {
                Some(_) => jar.add_for(&uri()?, &cookie),
                None => jar.add(&cookie),
            })
        }
        "percap" => limit(
            jar.set_per_domain_capacity(number()?),
            jar.per_domain_capacity(),
        ),
        "maxsize" => limit(jar.set_max_cookie_size(number()?), jar.max_cookie_size()),
        _ => return None,
    })
}

fn shown(cookie: &Cookie) -> Value {
    json!({
        "Name": cookie.name(),
        "Value": cookie.value(),
        "Path": cookie.path(),
        "Domain": cookie.domain(),
        "Port": cookie.port(),
        "Secure": cookie.secure(),
        "HttpOnly": cookie.http_only(),
        "Version": cookie.version(),
        "Comment": cookie.comment(),
        "Discard": cookie.discard(),
        "Expired": cookie.expired(),
        "ExpiresSet": cookie.expires().is_some(),
        "ToString": cookie.to_string(),
    })
}

/// `cookie`: a constructor with name, value, path, domain, port and version.
pub(crate) fn cookie(input: &[Value]) -> Option<Value> {
    let text = |at: usize| input.get(at).and_then(Value::as_str);
    // A value of null is an empty one.
    let made = Cookie::new(text(0)?, text(1).unwrap_or_default()).and_then(|mut cookie| {
        text(2).into_iter().for_each(|path| cookie.set_path(path));
        text(3).into_iter().for_each(|name| cookie.set_domain(name));
        text(4).map_or(Ok(()), |port| cookie.set_port(port))?;
        Ok(cookie)
    });
    let Ok(mut cookie) = made else {
        return Some(json!({"!": "CookieException"}));
    };
    if let Some(version) = input.get(5).and_then(Value::as_u64) {
        cookie.set_version(version.try_into().ok()?);
    }
    let uri = Uri::parse("http://example.com/").ok()?;
    let jar = CookieContainer::new();
    let added = match jar.add_for(&uri, &cookie) {
        Ok(()) => jar.get_cookie_header(&uri).into(),
        Err(_) => json!({"!": "CookieException"}),
    };
    // A list of one cookie shows it as well.
    let list: CookieCollection = [cookie.clone()].into_iter().collect();
    let cookie = list.get_at(0)?;
    Some(json!({
        "ToString": cookie.to_string(),
        "Name": cookie.name(),
        "Value": cookie.value(),
        "Path": cookie.path(),
        "Domain": cookie.domain(),
        "Port": cookie.port(),
        "Version": cookie.version(),
        "AddToContainer(http://example.com/)": added,
    }))
}

/// `webutil`: a text in all four directions; `None` for the row about null.
pub(crate) fn webutil(input: &[Value]) -> Option<Value> {
    let text = input.first()?.as_str()?;
    Some(json!({
        "HtmlEncode": WebUtility::html_encode(text),
        "HtmlDecode": WebUtility::html_decode(text),
        "UrlEncode": WebUtility::url_encode(text),
        "UrlDecode": WebUtility::url_decode(text),
    }))
}
