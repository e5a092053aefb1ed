//! `sysnet man`: the manual page, from the same definitions as the options themselves.

use std::fmt::Write as _;
use std::io::Write as _;

use clap::{Arg, Command, CommandFactory};

use super::Outcome;
use crate::arguments::Program;
use crate::failure::{Failure, WRITE};

pub(super) fn run() -> Outcome {
    let mut program = Program::command();
    // Fills in what the verbs have of the program.
    program.build();
    std::io::stdout()
        .write_all(page(&program).as_bytes())
        .map_err(|error| Failure::file(WRITE, "stdout", &error))?;
    Ok(0)
}

/// The page in the language of man(7).
fn page(program: &Command) -> String {
    let mut page = Page(String::new());
    let about = program
        .get_about()
        .map(ToString::to_string)
        .unwrap_or_default();
    page.line(&format!(
        ".TH SYSNET 1 \"\" \"sysnet {}\" \"User Commands\"",
        env!("CARGO_PKG_VERSION")
    ));
    page.section("NAME");
    page.text(&format!("sysnet - {about}"));
    page.section("SYNOPSIS");
    page.text("sysnet [OPTIONS] VERB ...");
    page.section("OPTIONS");
    for arg in shown(program) {
        page.option(arg);
    }
    page.section("VERBS");
    for verb in verbs(program) {
        page.verb(
            "sysnet",
            verb,
            &["config", "verbose", "trace", "help", "version"],
        );
    }
    page.section("EXIT STATUS");
    let codes = program
        .get_after_help()
        .map(ToString::to_string)
        .unwrap_or_default();
    page.line(".nf");
    page.text(&codes);
    page.line(".fi");
    page.0
}

fn verbs(command: &Command) -> impl Iterator<Item = &Command> {
    let verbs = command.get_subcommands();
    verbs.filter(|verb| !verb.is_hide_set() && verb.get_name() != "help")
}

fn shown(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|arg| !arg.is_hide_set())
}

/// The lines of the page.
struct Page(String);

impl Page {
    fn line(&mut self, line: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "{line}");
    }

    fn section(&mut self, title: &str) {
        self.line(&format!(".SH {title}"));
    }

    fn text(&mut self, text: &str) {
        for line in text.lines() {
            let line = escaped(line);
            // A dot or a quote at the beginning would be a request.
            match line.starts_with(['.', '\'']) {
                true => self.line(&format!("\\&{line}")),
                false => self.line(&line),
            }
        }
    }

    /// A verb with its options, but for those that all verbs have.
    fn verb(&mut self, of: &str, verb: &Command, common: &[&str]) {
        let name = format!("{of} {}", verb.get_name());
        self.line(&format!(".SS \"{}\"", escaped(&name)));
        if let Some(about) = verb.get_about() {
            self.text(&about.to_string());
        }
        let mut verb = verb.clone();
        let usage = verb.render_usage().to_string();
        for line in usage.trim_start_matches("Usage:").lines() {
            self.line(".PP");
            self.text(line.trim());
        }
        for arg in shown(&verb).filter(|arg| !common.contains(&arg.get_id().as_str())) {
            self.option(arg);
        }
        for inner in verbs(&verb) {
            self.verb(&name, inner, common);
        }
    }

    fn option(&mut self, arg: &Arg) {
        let short = arg.get_short().map(|short| format!("-{short}"));
        let long = arg.get_long().map(|long| format!("--{long}"));
        let mut names: Vec<String> = short.into_iter().chain(long).collect();
        let takes = arg.get_action().takes_values();
        let values = arg.get_value_names().unwrap_or_default();
        let value = values
            .iter()
            .map(|value| value.as_str())
            .collect::<Vec<_>>()
            .join(" ");
        match names.last_mut() {
            Some(last) if takes && !value.is_empty() => {
                last.push(' ');
                last.push_str(&value);
            }
            Some(_) => {}
            None => names.push(value),
        }
        self.line(".TP");
        self.line(&format!("\\fB{}\\fR", escaped(&names.join(", "))));
        let help = arg.get_long_help().or_else(|| arg.get_help());
        self.text(&help.map(ToString::to_string).unwrap_or_default());
    }
}

/// Backslashes begin requests; hyphens are signs of options, not for breaking words.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-")
}
