//! Expressions of bypass lists: what they may cost, and all of a list as one machine. Files are
//! checked here and proxies match here, so that what the one takes the other takes. Between this
//! crate and `system-net-web-proxy`; no part of the public API.
//!
//! Whoever writes a list may be hostile, and a short text can stand for a large machine: each
//! expression is charged for what it takes before it is taken. Charged is the greater of two: the
//! bytes of its automaton, and how long the classes of it take to be worked out, in bytes that are
//! built meanwhile. Of a megabyte that is some 50 ms.

#[cfg(feature = "xml")]
use std::collections::HashMap;
use std::error::Error;
use std::fmt;

use regex_automata::meta::{self, Regex};
use regex_automata::nfa::thompson::{self, NFA, WhichCaptures};
use regex_automata::util::syntax;
use regex_syntax::ast::{self, Ast, ClassPerlKind, ClassSetItem, Visitor};

/// What all expressions of a list may cost together.
pub const LIST_COST: usize = 8 << 20;

/// What one expression may cost.
pub const EXPRESSION_COST: usize = 1 << 20;

/// What the shortest one is charged.
const LEAST_COST: usize = 1 << 10;

/// What a class costs whose characters are known only when it is worked out: for most it is all
/// there are.
const WIDE: usize = 256 << 10;

/// As [`WIDE`], of the characters of words, and of all but those of a kind.
const WORD: usize = 8 << 10;

/// How much memory a thread that matches keeps of what it has found out.
const MEMORY: usize = 4 << 20;

/// Why an expression is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is none; what is wrong with it.
    Invalid(String),
    /// It costs more than one may, or more than is left.
    TooDear,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(reason) => f.write_str(reason),
            Self::TooDear => write!(
                f,
                "Compiled regex exceeds size limit of {EXPRESSION_COST} bytes."
            ),
        }
    }
}

/// What an expression costs.
///
/// # Errors
/// It is none, or costs more than [`EXPRESSION_COST`].
pub fn cost(pattern: &str) -> Result<usize, Refusal> {
    measured(pattern).1
}

/// What was charged to find it out, and what [`cost`] says.
fn measured(pattern: &str) -> (usize, Result<usize, Refusal>) {
    let tree = match ast::parse::Parser::new().parse(pattern) {
        Ok(tree) => tree,
        Err(error) => return (LEAST_COST, Err(invalid(&error))),
    };
    let work = match ast::visit(&tree, Work::default()) {
        Ok(work) => work.max(LEAST_COST),
        Err(TooMuch) => return (LEAST_COST, Err(Refusal::TooDear)),
    };
    let form = thompson::Config::new()
        .nfa_size_limit(Some(EXPRESSION_COST))
        .which_captures(WhichCaptures::None);
    let built = NFA::compiler()
        .configure(form)
        .syntax(in_any_case())
        .build(pattern);
    match built {
        Ok(automaton) => {
            let cost = automaton.memory_usage().max(work);
            (cost, Ok(cost))
        }
        Err(error) if error.size_limit().is_some() => (EXPRESSION_COST, Err(Refusal::TooDear)),
        Err(error) => {
            let cause = error.source().unwrap_or(&error);
            (work, Err(invalid(cause)))
        }
    }
}

/// What the expressions of one file, and those of files before it, have cost so far.
#[cfg(feature = "xml")]
#[derive(Default)]
pub(crate) struct Charges {
    known: HashMap<String, Result<usize, Refusal>>,
    /// What the file has taken, for what it takes out again as well.
    spent: usize,
    /// What the list costs as it is, once it has been asked.
    list: Option<usize>,
}

#[cfg(feature = "xml")]
impl Charges {
    /// For another reading of the same file.
    pub(crate) fn again(self) -> Self {
        Self { list: None, ..self }
    }

    /// The list is empty from here on.
    pub(crate) fn clear(&mut self) {
        self.list = Some(0);
    }

    /// An entry is taken out.
    pub(crate) fn remove(&mut self, pattern: &str) {
        let cost = self.cost_known(pattern);
        if let Some(list) = &mut self.list {
            *list = list.saturating_sub(cost);
        }
    }

    /// Charges for an entry that goes to these. False if the list costs too much with it.
    pub(crate) fn add(&mut self, pattern: &str, entries: &[String]) -> Result<bool, Refusal> {
        let before = match self.list {
            Some(list) => list,
            // Earlier files were held to the same limit.
            None => entries.iter().map(|entry| self.cost_known(entry)).sum(),
        };
        if !self.known.contains_key(pattern) {
            let (charged, cost) = measured(pattern);
            self.spent = self.spent.saturating_add(charged);
            self.known.insert(pattern.to_owned(), cost);
        }
        if let Some(Err(refusal)) = self.known.get(pattern) {
            // Of many such, each is tried, and that is paid for as well.
            return match self.spent > LIST_COST {
                true => Ok(false),
                false => Err(refusal.clone()),
            };
        }
        let list = before.saturating_add(self.cost_known(pattern));
        self.list = Some(list);
        Ok(list.max(self.spent) <= LIST_COST)
    }

    fn cost_known(&mut self, pattern: &str) -> usize {
        if let Some(cost) = self.known.get(pattern) {
            return cost.clone().unwrap_or(0);
        }
        let cost = cost(pattern);
        self.known.insert(pattern.to_owned(), cost.clone());
        cost.unwrap_or(0)
    }
}

/// One machine of expressions of which each has a [`cost`], together no more than [`LIST_COST`].
///
/// # Panics
/// If one has none.
#[must_use]
pub fn compile(patterns: &[String]) -> Regex {
    // Searching for literals first would take a minute to set up for some lists. Of the automata
    // none is made whole: the states that are needed are, as they are.
    let form = meta::Config::new()
        .nfa_size_limit(None)
        .hybrid_cache_capacity(MEMORY)
        .auto_prefilter(false)
        .which_captures(WhichCaptures::None)
        .dfa(false)
        .onepass(false);
    meta::Builder::new()
        .configure(form)
        .syntax(in_any_case())
        .build_many(patterns)
        .expect("what compiles alone compiles together, and there is no limit")
}

/// An expression that matches this text alone.
#[must_use]
pub fn escape(text: &str) -> String {
    regex_syntax::escape(text)
}

fn in_any_case() -> syntax::Config {
    syntax::Config::new().case_insensitive(true)
}

/// The last line says what is wrong; those before it show the pattern.
fn invalid(error: &dyn Error) -> Refusal {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    Refusal::Invalid(last.strip_prefix("error: ").unwrap_or(last).to_owned())
}

/// Sums up what the classes of an expression cost to be worked out in any letter case, and stops
/// where it is too much.
#[derive(Default)]
struct Work {
    sum: usize,
}

/// An expression costs more than one may.
struct TooMuch;

impl Work {
    fn add(&mut self, cost: usize) -> Result<(), TooMuch> {
        self.sum = self.sum.saturating_add(cost);
        match self.sum > EXPRESSION_COST {
            true => Err(TooMuch),
            false => Ok(()),
        }
    }
}

/// What the characters of a kind cost.
const fn of_kind(class: &ast::ClassPerl) -> usize {
    match class.kind {
        ClassPerlKind::Word => WORD,
        _ if class.negated => WORD,
        ClassPerlKind::Digit | ClassPerlKind::Space => 0,
    }
}

impl Visitor for Work {
    type Output = usize;
    type Err = TooMuch;

    fn finish(self) -> Result<usize, TooMuch> {
        Ok(self.sum)
    }

    fn visit_pre(&mut self, part: &Ast) -> Result<(), TooMuch> {
        match part {
            Ast::ClassUnicode(_) => self.add(WIDE),
            Ast::ClassPerl(class) => self.add(of_kind(class)),
            _ => Ok(()),
        }
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), TooMuch> {
        match item {
            ClassSetItem::Range(range) => {
                let width = u32::from(range.end.c).saturating_sub(u32::from(range.start.c));
                self.add(usize::try_from(width / 4).unwrap_or(usize::MAX))
            }
            ClassSetItem::Ascii(class) if class.negated => self.add(WIDE),
            ClassSetItem::Unicode(_) | ClassSetItem::Bracketed(_) => self.add(WIDE),
            ClassSetItem::Perl(class) => self.add(of_kind(class)),
            _ => Ok(()),
        }
    }

    fn visit_class_set_binary_op_pre(&mut self, _: &ast::ClassSetBinaryOp) -> Result<(), TooMuch> {
        self.add(WIDE)
    }
}
