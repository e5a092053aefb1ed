// Scenarios whose names say what they do: the status and the method of a redirect, a response that
// is looked at, a coding.

use system_net_requests::DecompressionMethods;

use super::{Scenario, plain, redirect};

/// The scenario of a name in one of the families.
pub(super) fn find(name: &str) -> Option<Scenario> {
    let words: Vec<String> = name.split('_').map(str::to_owned).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match *words.as_slice() {
        ["redirect", status, method] if is_status(status) && is_method(method) => {
            let method = method.to_owned();
            Some(Box::new(move |stage| redirect::redirect(stage, &method)))
        }
        ["status", status] if is_status(status) => Some(Box::new(plain::response)),
        ["response", ..] => Some(Box::new(plain::response)),
        ["decompress", coding] => {
            let methods = coding_of(coding)?;
            Some(Box::new(move |stage| {
                plain::decompress(stage, methods, None)
            }))
        }
        _ => None,
    }
}

fn is_status(word: &str) -> bool {
    word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_method(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn coding_of(word: &str) -> Option<DecompressionMethods> {
    Some(match word {
        "none" => DecompressionMethods::NONE,
        "gzip" => DecompressionMethods::GZIP,
        "deflate" => DecompressionMethods::DEFLATE,
        "brotli" | "br" => DecompressionMethods::BROTLI,
        "all" => DecompressionMethods::ALL,
        _ => return None,
    })
}
