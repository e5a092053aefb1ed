//! Bypass lists: regular expressions of servers that are reached without the proxy.

use regex::{RegexSet, RegexSetBuilder};
use system_net_primitives::Misuse;
use system_net_uri::Uri;

use crate::error::WebProxyError;

/// How much memory the compiled expressions of a list may take.
const SIZE_LIMIT: usize = 1 << 20;

/// The expressions as they were given, and compiled.
#[derive(Clone, Debug)]
pub(crate) struct BypassList {
    patterns: Vec<String>,
    compiled: RegexSet,
}

impl BypassList {
    pub(crate) fn new(patterns: Vec<String>) -> Result<Self, WebProxyError> {
        let built = RegexSetBuilder::new(&patterns)
            .case_insensitive(true)
            .size_limit(SIZE_LIMIT)
            .build();
        match built {
            Ok(compiled) => Ok(Self { patterns, compiled }),
            Err(error) => Err(refused(&patterns, &error)),
        }
    }

    pub(crate) fn patterns(&self) -> &[String] {
        &self.patterns
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
        self.compiled.is_match(&server)
    }
}

impl Default for BypassList {
    fn default() -> Self {
        Self {
            patterns: Vec::new(),
            compiled: RegexSet::empty(),
        }
    }
}

/// The error names the expression that is wrong, which the set's own does not.
fn refused(patterns: &[String], error: &regex::Error) -> WebProxyError {
    let alone = patterns.iter().enumerate().find_map(|(place, pattern)| {
        let error = RegexSetBuilder::new([pattern])
            .case_insensitive(true)
            .size_limit(SIZE_LIMIT)
            .build()
            .err()?;
        Some((place, pattern, error.to_string()))
    });
    // The last line says what is wrong; those before it show the pattern.
    let reason = |text: &str| {
        let last = text.lines().last().unwrap_or_default();
        last.strip_prefix("error: ").unwrap_or(last).to_owned()
    };
    let message = match alone {
        Some((place, pattern, text)) => format!(
            "entry {} of the bypass list, '{}', is not a regular expression: {}{}",
            place + 1,
            pattern.escape_debug(),
            reason(&text),
            meant(pattern)
        ),
        None => format!("the bypass list: {}", reason(&error.to_string())),
    };
    WebProxyError::BypassList(Misuse::invalid_argument("value", message))
}

/// What a pattern of file names would be as an expression.
fn meant(pattern: &str) -> String {
    match pattern.strip_prefix('*') {
        Some(rest) => format!("; meant is perhaps '.*{}$'", regex::escape(rest)),
        None => String::new(),
    }
}
