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
    let lines = ours.unwrap_or(library);
    lines.iter().map(|&line| line.to_owned()).collect()
}

/// `None`: what the library says holds here as well.
fn in_options(status: Status) -> Option<&'static [&'static str]> {
    Some(match status {
        Status::SendFailure | Status::ReceiveFailure => {
            &["run it again: the connection may have been reset"]
        }
        Status::ConnectionClosed => {
            &["the server closed the connection early: look at its log, or reduce the load"]
        }
        Status::KeepAliveFailure => &[
            "run it again: the server had closed the idle connection",
            "-H \"Connection: close\" gives each request a connection of its own",
        ],
        Status::TrustFailure => &[
            "add the certificate of the authority that signed the server's to the system's store \
             (update-ca-certificates), or name it with --cacert",
            "check that the host name in the address is one of the certificate's subject \
             alternative names",
            "check this machine's clock if the certificate is said to be expired or not yet valid",
        ],
        Status::ProxyNameResolutionFailure => &["check the proxy's host name"],
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
        Status::RequestCanceled | Status::ProtocolError => &[],
        _ => return None,
    })
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
                let found = code.iter().find(|code| line.contains(**code));
                assert_eq!(found, None, "{status}: {line}");
                assert!(!line.contains("  "), "{status}: {line}");
                lines += 1;
            }
        }
        assert!(lines >= 10, "{lines}");
    }
}
