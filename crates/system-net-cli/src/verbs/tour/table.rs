//! The table: a row as soon as its step is done.

use std::fmt;
use std::io::{self, Write};

use super::steps::Step;

/// Prints a line. The tour goes on for its exit code, should nobody read any more.
pub(super) fn say(line: fmt::Arguments<'_>) {
    let _ = writeln!(io::stdout(), "{line}");
}

pub(super) fn print_head() {
    say(format_args!(
        "{:<7} {:<5} {:<34} {:<22} {:>11}  {:<10} {:>9}",
        "scheme", "verb", "what", "status", "bytes", "connection", "time"
    ));
}

pub(super) fn print(step: &Step) {
    say(format_args!(
        "{:<7} {:<5} {:<34} {:<22} {:>11}  {:<10} {:>6.1} ms",
        step.scheme,
        step.verb,
        step.what,
        step.status,
        thousands(step.bytes),
        step.connection.unwrap_or("-"),
        step.seconds * 1e3
    ));
    for note in &step.notes {
        print_wrapped(note);
    }
    if let Some(failure) = &step.failure {
        print_wrapped(&format!("FAILED: {failure}"));
    }
}

/// A line below its row, broken between words.
fn print_wrapped(text: &str) {
    const WIDTH: usize = 100;
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && line.len() + word.len() >= WIDTH {
            say(format_args!("        {line}"));
            line = String::from(" ");
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    say(format_args!("        {line}"));
}

pub(super) fn print_end(steps: usize, failed: usize) {
    say(format_args!(""));
    match failed {
        0 => say(format_args!("All {steps} steps passed.")),
        _ => say(format_args!("{failed} of {steps} steps failed.")),
    }
}

/// 1234567 as 1,234,567.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn groups_of_three_digits() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (33_554_432, "33,554,432"),
        ] {
            assert_eq!(thousands(number), text);
        }
    }
}
