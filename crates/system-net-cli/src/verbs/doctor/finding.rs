//! What is said of each step, and how it is printed.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use serde::Serialize;

use super::Stopped;
use crate::failure::{FAILED, Failure, WRITE};

/// The steps, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Step {
    Address,
    Proxy,
    Resolve,
    Connect,
    Tls,
    Request,
    Schemes,
    Ticket,
    Login,
}

impl Step {
    const ALL: [Self; 9] = [
        Self::Address,
        Self::Proxy,
        Self::Resolve,
        Self::Connect,
        Self::Tls,
        Self::Request,
        Self::Schemes,
        Self::Ticket,
        Self::Login,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Proxy => "proxy",
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Request => "request",
            Self::Schemes => "schemes",
            Self::Ticket => "ticket",
            Self::Login => "login",
        }
    }
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Ok,
    /// It went on, but not as well as it could.
    Warning,
    Failed,
    /// There was nothing to do.
    Skipped,
    /// An earlier step failed.
    NotReached,
}

impl State {
    const fn shown(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "WARN",
            Self::Failed => "FAIL",
            Self::Skipped | Self::NotReached => "-",
        }
    }
}

/// What a step came to.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    state: State,
    text: String,
    /// What else is known.
    details: Vec<String>,
    /// What to do about it.
    advice: Vec<String>,
    #[serde(skip)]
    code: u8,
}

impl Finding {
    fn new(state: State, text: impl Into<String>) -> Self {
        Self {
            state,
            text: text.into(),
            details: Vec::new(),
            advice: Vec::new(),
            code: 0,
        }
    }

    pub(super) fn ok(text: impl Into<String>) -> Self {
        Self::new(State::Ok, text)
    }

    pub(super) fn warning(text: impl Into<String>) -> Self {
        Self::new(State::Warning, text)
    }

    pub(super) fn skipped(text: impl Into<String>) -> Self {
        Self::new(State::Skipped, text)
    }

    pub(super) fn failed(failure: Failure) -> Self {
        Self {
            advice: failure.advice,
            code: failure.code,
            ..Self::new(State::Failed, failure.message)
        }
    }

    pub(super) fn detail(mut self, line: impl Into<String>) -> Self {
        self.details.push(line.into());
        self
    }

    pub(super) fn advise(mut self, line: impl Into<String>) -> Self {
        self.advice.push(line.into());
        self
    }

    /// The same, not as good as it looked.
    pub(super) fn doubtful(mut self) -> Self {
        self.state = State::Warning;
        self
    }
}

/// The findings of all steps.
pub(super) struct Report {
    url: String,
    findings: Vec<(Step, Finding)>,
}

#[derive(Serialize)]
struct Line<'a> {
    step: Step,
    #[serde(flatten)]
    finding: &'a Finding,
}

impl Report {
    pub(super) fn of(url: String) -> Self {
        Self {
            url,
            findings: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, step: Step, finding: Finding) {
        self.findings.push((step, finding));
    }

    /// Makes a step and keeps what it came to.
    pub(super) fn of_step<T>(
        &mut self,
        step: Step,
        make: impl FnOnce() -> Result<(T, Finding), Failure>,
    ) -> Result<T, Stopped> {
        match make() {
            Ok((value, finding)) => {
                self.add(step, finding);
                Ok(value)
            }
            Err(failure) => {
                self.add(step, Finding::failed(failure));
                Err(Stopped)
            }
        }
    }

    /// That of the first step that failed.
    pub(super) fn exit_code(&self) -> u8 {
        let mut failed = self.findings.iter().map(|(_, finding)| finding.code);
        failed.find(|code| *code != 0).unwrap_or(0)
    }

    /// A line for each step, those that were not reached too.
    pub(super) fn print(&mut self, json: bool) -> Result<(), Failure> {
        for step in Step::ALL {
            if self.findings.iter().all(|(made, _)| *made != step) {
                self.add(step, Finding::new(State::NotReached, "not reached"));
            }
        }
        self.findings.sort_by_key(|(step, _)| *step);
        let text = match json {
            true => self.json()?,
            false => self.table(),
        };
        let mut stdout = io::stdout().lock();
        stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush())
            .map_err(|error| Failure::file(WRITE, "stdout", &error))
    }

    fn table(&self) -> String {
        let mut out = String::new();
        let mut line = |text: std::fmt::Arguments<'_>| {
            let _infallible = writeln!(out, "{text}");
        };
        for (step, finding) in &self.findings {
            let (step, state) = (step.name(), finding.state.shown());
            line(format_args!(
                "{step:<8} {state:<4} {}",
                plain(&finding.text)
            ));
            for detail in &finding.details {
                line(format_args!("{:13} {}", "", plain(detail)));
            }
            for advice in &finding.advice {
                line(format_args!("{:13} - {}", "", plain(advice)));
            }
        }
        out
    }

    fn json(&self) -> Result<String, Failure> {
        let steps = self.findings.iter();
        let steps: Vec<_> = steps
            .map(|(step, finding)| Line {
                step: *step,
                finding,
            })
            .collect();
        let object = serde_json::json!({
            "schema": "sysnet.doctor/1",
            "url": self.url,
            "exit_code": self.exit_code(),
            "steps": steps,
        });
        let text = serde_json::to_string_pretty(&object);
        Ok(text.map_err(|error| Failure::new(FAILED, error))? + "\n")
    }
}

/// Without what a terminal would obey: names come from servers and certificates.
fn plain(text: &str) -> String {
    text.chars()
        .flat_map(|c| match c.is_control() {
            true => c.escape_default().collect::<Vec<_>>(),
            false => vec![c],
        })
        .collect()
}
