//! `--log`, `--log-format`, `--limit-rate`, `--fault`: what is written down, how fast may be sent, and what
//! comes to harm.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use system_net::runtime::background;
use system_net::{AccessLog, AccessLogFormat, AccessLogOptions, Faults, HttpListener, RateLimit};

use tokio::signal::unix::{SignalKind, signal};

use crate::arguments::{LogFormat, PlannedFault, ServeLog};
use crate::failure::{FAILED, Failure, WRITE};

/// Sets what the options say; gives the log, if there is one and it goes to stdout, or does not: that one
/// begins behind the address.
pub(super) fn set(
    listener: &HttpListener,
    options: &ServeLog,
    to_stdout: bool,
) -> Result<Option<AccessLog>, Failure> {
    if let Some(rate) = options.limit_rate {
        listener.set_bandwidth_limit(Some(RateLimit::new(rate)))?;
    }
    if !options.fault.is_empty() && !to_stdout {
        harm(listener, &options.fault)?;
    }
    let of_stdout = |path: &&PathBuf| (*path == Path::new("-")) == to_stdout;
    let Some(path) = options.log.as_ref().filter(of_stdout) else {
        return Ok(None);
    };
    let log = AccessLogOptions {
        format: match options.log_format {
            LogFormat::W3c => AccessLogFormat::W3c,
            LogFormat::Json => AccessLogFormat::Json,
        },
        redact_query: options.log_no_query,
        ..AccessLogOptions::default()
    };
    let opened = match to_stdout {
        true => AccessLog::to_writer(io::stdout(), log),
        false => AccessLog::to_file(path, log),
    };
    let opened = opened.map_err(|error| Failure::file(WRITE, path.display(), &error))?;
    listener.set_access_log(Some(opened.clone()));
    Ok(Some(opened))
}

/// Opens the log's file by its name again with each SIGHUP, as after `logrotate`. On a terminal that signal
/// says that the terminal is gone, and ends the program as ever.
pub(super) fn reopen_on_hangup(log: &AccessLog, options: &ServeLog) {
    let Some(path) = options.log.clone().filter(|path| path != Path::new("-")) else {
        return;
    };
    if io::stdin().is_terminal() || io::stderr().is_terminal() {
        return;
    }
    let inside = background().enter();
    // Where it cannot be caught it ends the program, as it does by itself.
    let Ok(mut hangups) = signal(SignalKind::hangup()) else {
        return;
    };
    drop(inside);
    let log = log.clone();
    background().spawn(async move {
        while hangups.recv().await.is_some() {
            if let Err(error) = log.reopen_async().await {
                Failure::file(WRITE, path.display(), &error).print();
            }
        }
    });
}

/// Plans the faults, and lets answers be as slow as these make them.
fn harm(listener: &HttpListener, planned: &[PlannedFault]) -> Result<(), Failure> {
    let faults = Faults::new();
    for one in planned {
        match one.nth {
            Some(nth) => faults.add_nth(&one.path, nth, one.fault),
            None => faults.add(&one.path, one.fault),
        }
    }
    listener.set_faults(Some(faults));
    let timeouts = listener.timeout_manager();
    timeouts
        .set_min_send_bytes_per_second(0)
        .map_err(|error| Failure::new(FAILED, error))
}

/// Whether all lines were written.
pub(super) fn end(log: Option<&AccessLog>, options: &ServeLog) -> Result<(), Failure> {
    let (Some(log), Some(path)) = (log, &options.log) else {
        return Ok(());
    };
    log.flush()
        .map_err(|error| Failure::file(WRITE, path.display(), &error))?;
    match log.lost_lines() {
        0 => Ok(()),
        lost => {
            let why = format!("{}: {lost} lines were lost", path.display());
            Err(Failure::new(WRITE, why))
        }
    }
}
