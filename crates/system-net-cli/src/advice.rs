//! What to do about a failed request, in terms of this program: the library's advice speaks to
//! those who write programs.

use system_net::{WebError, WebExceptionStatus as Status};

/// Most likely first; empty where there is nothing to add to the error's own text.
pub(crate) fn advice(error: &WebError) -> Vec<String> {
    let library = error.advice();
    let is_file = error.uri().is_some_and(|uri| uri.is_file());
    let ours = match error.status() {
        _ if library.is_empty() || is_file => None,
        status => in_options(status),
    };
    match ours {
        Some(lines) => lines.iter().map(|&line| line.to_owned()).collect(),
        None => library.iter().filter_map(|line| in_words(line)).collect(),
    }
}

/// `None`: what the library says holds here as well.
fn in_options(status: Status) -> Option<&'static [&'static str]> {
    Some(match status {
        Status::SendFailure | Status::ReceiveFailure => &[
            "run it again: the connection may have been reset",
            "-v shows how far it came; check the proxy, if -x or the environment names one",
        ],
        Status::ConnectionClosed => {
            &["the server closed the connection early: look at its log, or reduce the load"]
        }
        Status::KeepAliveFailure => &[
            "run it again: the server had closed the idle connection",
            "-H \"Connection: close\" gives each request a connection of its own",
        ],
        Status::ConnectFailure => &[
            "check that the service runs and listens on this address and port",
            "a firewall may block the connection, or a proxy may be required: -x names it",
        ],
        Status::NameResolutionFailure => &[
            "check the spelling of the host name and the machine's DNS settings: sysnet dns shows \
             what they answer",
            "behind a company proxy, names outside may only resolve at the proxy: -x names it",
        ],
        Status::ProxyNameResolutionFailure => &[
            "check the proxy's host name, in -x or in the environment",
            "--noproxy '*' goes without a proxy",
        ],
        Status::MessageLengthLimitExceeded => &[
            "raise maximumResponseHeadersLength in a file for --config if the server is trusted \
             to send such long headers",
        ],
        Status::ServerProtocolViolation => {
            &["check that the server speaks HTTP on this port; https: may be meant"]
        }
        Status::Timeout => &[
            "raise --connect-timeout or --max-time, whichever was too short, or find out why the \
             server is slow",
        ],
        Status::RequestProhibitedByProxy => {
            &["ask whoever runs the proxy to let the request through, or name another with -x"]
        }
        Status::RequestCanceled | Status::ProtocolError => &[],
        _ => return None,
    })
}

/// A line of the library in terms of this program; `None`: it is for those who write programs.
fn in_words(line: &str) -> Option<String> {
    let store = "or name it with SSL_CERT_FILE or in TlsSettings::extra_roots";
    let line = line
        .replace(store, "or name it with --cacert")
        .replace(", or TlsError::certificate of the error's source", "")
        .replace(", whatever SecurityProtocol says", "")
        .replace(
            "add one with its private key (HttpWebRequest::client_certificates_mut)",
            "name one with --cert and --key",
        );
    (!line.contains("::")).then_some(line)
}

#[cfg(test)]
mod tests {
    use system_net::Phase;

    use super::*;

    /// Members and calls of the library mean nothing to who runs a program.
    #[test]
    fn advice_names_no_members() {
        let mut lines = 0;
        for status in Status::ALL {
            for line in advice(&WebError::new(status, Phase::Sending, "x")) {
                let code = ["::", "()", "(false)", "_"];
                // A program of its own, which is no member of anything.
                let words = line.replace("openssl s_client", "");
                let found = code.iter().find(|code| words.contains(**code));
                assert_eq!(found, None, "{status}: {line}");
                assert!(!line.contains("  "), "{status}: {line}");
                lines += 1;
            }
        }
        assert!(lines >= 10, "{lines}");
    }
}
