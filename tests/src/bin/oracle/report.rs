// What the rows came to, per operation, as text or JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::compare::Mismatch;
use crate::ops;
use crate::row::Row;

/// What became of one row.
pub(crate) enum Outcome {
    Passed,
    /// As one of several runtimes that disagree, not the preferred one; or different from the
    /// recorded one only by a fault of it that a rule describes.
    Accepted,
    /// Differs by something of the machine it was recorded on.
    Machine,
    /// Differs in fields that are listed with a reason.
    Exception,
    Failed(Vec<Mismatch>),
    /// The arguments cannot be written in Rust (null where text is needed).
    NotExpressible,
    /// The operation exists, this form of it does not.
    NotYet,
    NoSuchOp,
}

#[derive(Default)]
struct Counts {
    passed: usize,
    accepted: usize,
    machine: usize,
    exception: usize,
    failed: usize,
    not_expressible: usize,
    not_yet: usize,
    no_such_op: usize,
}

struct Failure {
    op: String,
    input: Value,
    fields: Vec<Mismatch>,
}

/// All rows of a run.
#[derive(Default)]
pub(crate) struct Report {
    counts: BTreeMap<String, Counts>,
    failures: Vec<Failure>,
    stale: Vec<String>,
    lone_surrogates: usize,
}

impl Report {
    pub(crate) fn add(&mut self, row: &Row, outcome: Outcome) {
        let counts = self.counts.entry(row.op.clone()).or_default();
        match outcome {
            Outcome::Passed => counts.passed += 1,
            Outcome::Accepted => counts.accepted += 1,
            Outcome::Machine => counts.machine += 1,
            Outcome::Exception => counts.exception += 1,
            Outcome::NotExpressible => counts.not_expressible += 1,
            Outcome::NotYet => counts.not_yet += 1,
            Outcome::NoSuchOp => counts.no_such_op += 1,
            Outcome::Failed(fields) => {
                counts.failed += 1;
                let input = Value::from(row.input.clone());
                self.failures.push(Failure {
                    op: row.op.clone(),
                    input,
                    fields,
                });
            }
        }
    }

    pub(crate) fn add_lone_surrogate(&mut self) {
        self.lone_surrogates += 1;
    }

    pub(crate) fn add_stale(&mut self, stale: Vec<String>) {
        self.stale = stale;
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.failures.is_empty() && self.stale.is_empty()
    }

    /// A table, then the first `show` failures of each operation.
    pub(crate) fn text(&self, show: usize) -> String {
        let mut text = format!(
            "{:16} {:>7} {:>9} {:>8} {:>10} {:>7} {:>11} {:>8} {:>7}\n",
            "op",
            "passed",
            "accepted",
            "machine",
            "exception",
            "failed",
            "inexpress.",
            "not yet",
            "no op"
        );
        for (op, counts) in &self.counts {
            // Writing into a string cannot fail, here and below.
            let _ = write!(
                text,
                "{op:16} {:>7} {:>9} {:>8} {:>10} {:>7} {:>11} {:>8} {:>7}",
                counts.passed,
                counts.accepted,
                counts.machine,
                counts.exception,
                counts.failed,
                counts.not_expressible,
                counts.not_yet,
                counts.no_such_op
            );
            let skipped = ops::find(op).map_or(&[][..], |op| op.not_yet);
            if !skipped.is_empty() {
                let _ = write!(
                    text,
                    "  (fields without a counterpart yet: {})",
                    skipped.join(" ")
                );
            }
            text.push('\n');
        }
        if self.lone_surrogates > 0 {
            let _ = writeln!(
                text,
                "{} rows hold half a surrogate pair, which Rust strings cannot: skipped",
                self.lone_surrogates
            );
        }
        let mut shown: BTreeMap<&str, usize> = BTreeMap::new();
        for failure in &self.failures {
            let count = shown.entry(&failure.op).or_default();
            *count += 1;
            if *count > show {
                continue;
            }
            let _ = writeln!(text, "FAILED {} {}", failure.op, failure.input);
            for field in failure.fields.iter().take(4) {
                let ours = field
                    .ours
                    .as_ref()
                    .map_or_else(|| "<absent>".to_owned(), Value::to_string);
                let wanted: Vec<String> = field.wanted.iter().map(Value::to_string).collect();
                let _ = writeln!(
                    text,
                    "    {}: {ours}, wanted {}",
                    field.field,
                    wanted.join(" or ")
                );
            }
            if failure.fields.len() > 4 {
                let _ = writeln!(text, "    and {} more fields", failure.fields.len() - 4);
            }
        }
        for stale in &self.stale {
            let _ = writeln!(text, "UNEXPECTED PASS of a listed exception: {stale}");
        }
        text
    }

    pub(crate) fn json(&self) -> Value {
        let ops: serde_json::Map<String, Value> = self
            .counts
            .iter()
            .map(|(op, counts)| {
                let row = json!({
                    "passed": counts.passed,
                    "accepted": counts.accepted,
                    "machine_dependent": counts.machine,
                    "exception": counts.exception,
                    "failed": counts.failed,
                    "not_expressible": counts.not_expressible,
                    "not_yet": counts.not_yet,
                    "no_such_op": counts.no_such_op,
                });
                (op.clone(), row)
            })
            .collect();
        let failures: Vec<Value> = self
            .failures
            .iter()
            .map(|failure| {
                let fields: Vec<Value> = failure
                    .fields
                    .iter()
                    .map(|f| json!({"field": f.field, "ours": f.ours, "wanted": f.wanted}))
                    .collect();
                json!({"op": failure.op, "in": failure.input, "fields": fields})
            })
            .collect();
        json!({
            "ops": ops,
            "lone_surrogates": self.lone_surrogates,
            "stale_exceptions": self.stale,
            "failures": failures,
        })
    }
}
