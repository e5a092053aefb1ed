//! Bypass lists: regular expressions of servers that are reached without the proxy.

use std::sync::OnceLock;

use regex_automata::meta::Regex;
use system_net_config::bypass_expressions::{LIST_COST, Refusal, compile, cost, escape};
use system_net_primitives::Misuse;
use system_net_uri::Uri;

use crate::error::WebProxyError;

/// The expressions as they were given, and as one machine once an address has been asked about.
#[derive(Clone, Debug, Default)]
pub(crate) struct BypassList {
    patterns: Vec<String>,
    /// What each costs; no list costs more than it may.
    costs: Vec<usize>,
    compiled: OnceLock<Regex>,
}

impl BypassList {
    pub(crate) fn new(patterns: Vec<String>) -> Result<Self, WebProxyError> {
        let mut list = Self::default();
        for pattern in patterns {
            list.push(pattern)?;
        }
        Ok(list)
    }

    pub(crate) fn patterns(&self) -> &[String] {
        &self.patterns
    }

    /// Adds an expression at the end, unless it is none or the list would cost too much.
    pub(crate) fn push(&mut self, pattern: String) -> Result<(), WebProxyError> {
        let place = self.patterns.len() + 1;
        let cost = cost(&pattern).map_err(|refusal| refused(place, &pattern, &refusal))?;
        if self.costs.iter().sum::<usize>() + cost > LIST_COST {
            return Err(invalid(format!(
                "with entry {place} of the bypass list, '{}', the expressions take more than \
                 {LIST_COST} bytes when compiled; repeat less, or name characters as `[a-z]`",
                pattern.escape_debug()
            )));
        }
        self.patterns.push(pattern);
        self.costs.push(cost);
        self.compiled = OnceLock::new();
        Ok(())
    }

    /// Takes the first entry out that is this text. False if there is none.
    pub(crate) fn remove(&mut self, pattern: &str) -> bool {
        let Some(place) = self.patterns.iter().position(|known| known == pattern) else {
            return false;
        };
        self.patterns.remove(place);
        self.costs.remove(place);
        self.compiled = OnceLock::new();
        true
    }

    /// Whether an expression matches anywhere in `scheme://host`, which goes on with `:port` if
    /// that is not the scheme's own.
    pub(crate) fn matches(&self, uri: &Uri) -> bool {
        if self.patterns.is_empty() {
            return false;
        }
        let (scheme, host) = (uri.scheme(), uri.host());
        let server = match uri.port() {
            Some(port) if !uri.is_default_port() => format!("{scheme}://{host}:{port}"),
            _ => format!("{scheme}://{host}"),
        };
        let compiled = self.compiled.get_or_init(|| compile(&self.patterns));
        compiled.is_match(&server)
    }
}

fn invalid(message: String) -> WebProxyError {
    WebProxyError::BypassList(Misuse::invalid_argument("value", message))
}

/// The error names the expression that is wrong.
fn refused(place: usize, pattern: &str, refusal: &Refusal) -> WebProxyError {
    let what = match refusal {
        Refusal::Invalid(_) => "is not a regular expression",
        Refusal::TooDear => "costs too much",
    };
    invalid(format!(
        "entry {place} of the bypass list, '{}', {what}: {refusal}{}",
        pattern.escape_debug(),
        meant(pattern)
    ))
}

/// What a pattern of file names would be as an expression.
fn meant(pattern: &str) -> String {
    match pattern.strip_prefix('*') {
        Some(rest) => format!("; meant is perhaps '.*{}$'", escape(rest)),
        None => String::new(),
    }
}
