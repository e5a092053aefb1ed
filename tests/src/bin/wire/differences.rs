// The list of differences that are meant, `tests/wire/differences.tsv`.

use crate::Outcome;

/// What a problem is about: the text before its detail.
pub(crate) fn what(problem: &str) -> &str {
    problem.split(": ").next().unwrap_or_default()
}

/// The listed differences of one scenario.
pub(crate) struct Listed {
    lines: Vec<(&'static str, &'static str)>,
    /// Those of a family of scenarios (a star at the end of the name), which need not all differ.
    of_family: Vec<(&'static str, &'static str)>,
}

impl Listed {
    pub(crate) fn of(scenario: &str) -> Self {
        let text = include_str!("../../../wire/differences.tsv");
        let lines = text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty());
        let mut listed = Self {
            lines: Vec::new(),
            of_family: Vec::new(),
        };
        for line in lines {
            let mut columns = line.split('\t');
            let (Some(name), Some(what), Some(why)) =
                (columns.next(), columns.next(), columns.next())
            else {
                continue;
            };
            if name == scenario {
                listed.lines.push((what, why));
            } else if name.ends_with('*') && names(name, scenario) {
                listed.of_family.push((what, why));
            }
        }
        listed
    }

    fn all(&self) -> impl Iterator<Item = &(&'static str, &'static str)> {
        self.lines.iter().chain(&self.of_family)
    }

    /// `problem` is `runtime: what: detail`.
    pub(crate) fn covers(&self, problem: &str) -> bool {
        let about = problem.split_once(": ").map_or("", |(_, rest)| what(rest));
        self.all().any(|(pattern, _)| names(pattern, about))
    }

    /// The outcome, unless a line of the list explains nothing: then that is a failure.
    pub(crate) fn unless_stale(&self, problems: &[String], outcome: Outcome) -> Outcome {
        let about = |problem: &String| {
            problem
                .split_once(": ")
                .map_or(String::new(), |(_, rest)| what(rest).to_owned())
        };
        let stale: Vec<String> = self
            .lines
            .iter()
            .filter(|(pattern, _)| {
                !problems
                    .iter()
                    .any(|problem| names(pattern, &about(problem)))
            })
            .map(|(pattern, _)| format!("listed difference `{pattern}` is none any more"))
            .collect();
        if stale.is_empty() {
            outcome
        } else {
            Outcome::Failed(stale)
        }
    }

    /// The reasons that apply, each with what it explains; what they do not explain is done by one
    /// of the recorded clients in each single thing.
    pub(crate) fn reasons(&self, problems: &[String]) -> Vec<String> {
        let about = |problem: &String| {
            problem
                .split_once(": ")
                .map_or(String::new(), |(_, rest)| what(rest).to_owned())
        };
        let explained = |pattern: &str| {
            let list: Vec<String> = problems
                .iter()
                .map(about)
                .filter(|about| names(pattern, about))
                .collect();
            if list.len() > 3 {
                format!("{} and others", list[..3].join(", "))
            } else {
                list.join(", ")
            }
        };
        self.all()
            .map(|(pattern, reason)| (explained(pattern), reason))
            .filter(|(explained, _)| !explained.is_empty())
            .map(|(explained, reason)| format!("{explained}: {reason}"))
            .collect()
    }
}

/// Whether a listed pattern names this; a star at its end stands for any text.
fn names(pattern: &str, about: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => about.starts_with(start),
        None => pattern == about,
    }
}
