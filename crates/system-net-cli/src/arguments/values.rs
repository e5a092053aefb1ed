//! The values of options that are more than a text.

use std::num::NonZeroU64;
use std::time::Duration;

use system_net::Fault;

/// Where a download goes on: `-C`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offset {
    /// `-`: where the file ends.
    EndOfFile,
    At(u64),
}

pub(crate) fn offset(text: &str) -> Result<Offset, String> {
    match text {
        "-" => Ok(Offset::EndOfFile),
        _ => text
            .parse()
            .map(Offset::At)
            .map_err(|_| "not a number of bytes, nor -".to_owned()),
    }
}

/// How many redirects are followed; -1 is no limit, as for curl.
pub(crate) fn redirects(text: &str) -> Result<u32, String> {
    match text {
        "-1" => Ok(u32::MAX),
        _ => text
            .parse()
            .map_err(|_| "not a number, nor -1 for no limit".to_owned()),
    }
}

/// Bytes in a second, with curl's letters for more.
pub(crate) fn rate(text: &str) -> Result<NonZeroU64, String> {
    let digits = text.trim_end_matches(|last: char| last.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" | "b" | "B" => 1,
        "k" | "K" => 1 << 10,
        "m" | "M" => 1 << 20,
        "g" | "G" => 1_u64 << 30,
        _ => return Err("k, M and G are the units".to_owned()),
    };
    let number: u64 = digits.parse().map_err(|_| "not a number".to_owned())?;
    number
        .checked_mul(unit)
        .and_then(NonZeroU64::new)
        .ok_or_else(|| "must be more than 0, and less than 2^64".to_owned())
}

/// Seconds with an optional fraction, more than zero.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(Duration::ZERO) if seconds > 0.0 => Err("must be at least 1e-9 seconds".to_owned()),
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ if seconds > 0.0 => Err(format!(
            "must be at most {} seconds",
            Duration::MAX.as_secs()
        )),
        _ => Err("must be more than 0 seconds".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::rate;

    #[test]
    fn rates_in_their_units() {
        for (text, bytes) in [
            ("7", Some(7)),
            ("2k", Some(2_048)),
            ("3M", Some(3 << 20)),
            ("1G", Some(1 << 30)),
            ("0", None),
            ("", None),
            ("k", None),
            ("1.5k", None),
            ("1T", None),
            ("18446744073709551615G", None),
        ] {
            assert_eq!(rate(text).ok().map(|rate| rate.get()), bytes, "{text}");
        }
    }
}

/// One of `--fault`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlannedFault {
    pub(crate) fault: Fault,
    /// Only of this request for the path.
    pub(crate) nth: Option<u64>,
    pub(crate) path: String,
}

/// `KIND[=BYTES][@N]:PATH`.
pub(crate) fn fault(text: &str) -> Result<PlannedFault, String> {
    let (what, path) = text
        .split_once(':')
        .filter(|(_, path)| path.starts_with('/') || *path == "*")
        .ok_or("no path: write it as cut=100:/file, or * for every path")?;
    let (what, nth) = match what.split_once('@') {
        Some((what, nth)) => {
            let nth = nth.parse().ok().filter(|nth: &u64| *nth > 0);
            (
                what,
                Some(nth.ok_or("@ is followed by a number from 1 on")?),
            )
        }
        None => (what, None),
    };
    let (kind, bytes) = match what.split_once('=') {
        Some((kind, bytes)) => {
            let number = bytes.parse::<u64>();
            (
                kind,
                Some(number.map_err(|_| "= is followed by a number of bytes")?),
            )
        }
        None => (what, None),
    };
    let after = bytes.unwrap_or(0);
    let fault = match kind {
        "stall" => Fault::Stall { after },
        "cut" => Fault::Cut { after },
        "rst" => Fault::Reset { after },
        "drip" => Fault::SlowDrip {
            bytes: usize::try_from(bytes.unwrap_or(1)).unwrap_or(usize::MAX),
            every: Duration::from_millis(100),
        },
        "bad-chunk" if bytes.is_none() => Fault::BadChunk,
        "bad-chunk" => return Err("bad-chunk takes no number".to_owned()),
        "wrong-length" => Fault::WrongLength {
            announced: bytes.ok_or("wrong-length needs the length to announce: =BYTES")?,
        },
        _ => {
            let kinds = "stall, cut, rst, drip, bad-chunk and wrong-length are the kinds";
            return Err(kinds.to_owned());
        }
    };
    Ok(PlannedFault {
        fault,
        nth,
        path: path.to_owned(),
    })
}
