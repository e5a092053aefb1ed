//! A jar on disk, in the format of Netscape that curl, wget and browsers' exports use.
//!
//! A line is a cookie with seven fields and tabs between: the domain, whether hosts below it count,
//! the path, whether it is for safe connections only, when it ends in seconds since 1970 (0: with
//! the program), the name, the value. `#` begins a comment, but for `#HttpOnly_`.
//! <https://curl.se/docs/http-cookies.html>

use std::io::{self, BufRead, Write};
use std::time::SystemTime;

use system_net_uri::address::parse_ipv6;

use super::cookie::Variant;
use super::rules::{self, By, Host, Place};
use super::{Cookie, CookieContainer, CookieError, CookieErrorKind, date};
use crate::line_error::{LineError, Lines};

const HEAD: &str = "# Netscape HTTP Cookie File\n\
    # https://curl.se/docs/http-cookies.html\n\
    # Written by system-net. Edit at your own risk.\n\n";

const HTTP_ONLY: &str = "#HttpOnly_";

impl CookieContainer {
    /// Writes all cookies in the format of Netscape, for a file that
    /// [`read_netscape`](Self::read_netscape), curl and wget read.
    ///
    /// The file holds secrets: make it readable for nobody else.
    ///
    /// # Limits
    /// The format has no room for ports, comments, versions and `SameSite`. A cookie that is for
    /// some ports only is left out, as it would go to others afterwards; so is one that the server
    /// wants forgotten (`Discard`).
    ///
    /// # Errors
    /// Those of the writer.
    ///
    /// # Examples
    /// ```
    /// use system_net_primitives::CookieContainer;
    /// use system_net_uri::Uri;
    ///
    /// let jar = CookieContainer::new();
    /// let uri = Uri::parse("https://example.org/")?;
    /// jar.set_cookies(&uri, "a=1; Path=/; Secure; HttpOnly")?;
    /// let mut file = Vec::new();
    /// jar.write_netscape(&mut file)?;
    ///
    /// let again = CookieContainer::new();
    /// assert_eq!(again.read_netscape(&file[..])?, 1);
    /// assert_eq!(again.get_cookie_header(&uri), "a=1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write_netscape(&self, mut writer: impl Write) -> io::Result<()> {
        writer.write_all(HEAD.as_bytes())?;
        for (domain, host_only, cookie) in self.by_age() {
            if cookie.ports.is_some() || cookie.discard {
                continue;
            }
            let ends = cookie
                .expires
                .and_then(|expires| expires.duration_since(SystemTime::UNIX_EPOCH).ok())
                .map_or(0, |since| since.as_secs());
            let address = domain.strip_prefix('[').and_then(|d| d.strip_suffix(']'));
            let (dot, below) = if host_only {
                ("", "FALSE")
            } else {
                (".", "TRUE")
            };
            writeln!(
                writer,
                "{}{dot}{}\t{below}\t{}\t{}\t{ends}\t{}\t{}",
                if cookie.http_only { HTTP_ONLY } else { "" },
                address.unwrap_or(&domain),
                cookie.path,
                if cookie.secure { "TRUE" } else { "FALSE" },
                cookie.name,
                cookie.value,
            )?;
        }
        writer.flush()
    }

    /// Adds the cookies of a file in the format of Netscape, and says how many that were; those
    /// that have ended are left out. The limits of the container hold: make them large enough for
    /// the file, or the cookies of the first lines make room for those of the last.
    ///
    /// # Errors
    /// The first line that is no cookie, or that this container would not take from a program;
    /// nothing is added then.
    pub fn read_netscape(&self, reader: impl BufRead) -> Result<usize, LineError> {
        let mut lines = Lines::new(reader);
        let mut found = Vec::new();
        let now = self.now();
        let suffixes = self.public_suffixes();
        while let Some(line) = lines.next()? {
            let Some(entry) = Entry::parse(&line).map_err(|what| lines.syntax(what))? else {
                continue;
            };
            let refused = |error: CookieError| {
                LineError::new(
                    lines.number(),
                    "not a cookie to take",
                    Some(Box::new(error)),
                )
            };
            let mut cookie = entry.cookie(now).map_err(refused)?;
            let key = rules::admit(&mut cookie, &entry.place(), By::Program, &suffixes)
                .map_err(refused)?;
            if !cookie.expired_at(now) {
                found.push((cookie, key, lines.number()));
            }
        }
        let count = found.len();
        for (cookie, key, line) in found {
            self.put(cookie, key).map_err(|error| {
                LineError::new(line, "not a cookie to take", Some(Box::new(error)))
            })?;
        }
        Ok(count)
    }
}

/// The fields of a line.
struct Entry<'a> {
    http_only: bool,
    domain: &'a str,
    below: bool,
    path: &'a str,
    secure: bool,
    /// Seconds since 1970; 0 for the end of the program.
    ends: i64,
    name: &'a str,
    value: &'a str,
}

impl<'a> Entry<'a> {
    /// `None` for a line without a cookie.
    fn parse(line: &'a str) -> Result<Option<Self>, &'static str> {
        let (http_only, line) = match line.strip_prefix(HTTP_ONLY) {
            Some(line) => (true, line),
            None if line.starts_with('#') || line.trim().is_empty() => return Ok(None),
            None => (false, line),
        };
        let mut fields = line.splitn(7, '\t');
        let mut next = || {
            fields
                .next()
                .ok_or("expected seven fields with tabs between")
        };
        let flag = |text: &str| match text {
            _ if text.eq_ignore_ascii_case("TRUE") => Ok(true),
            _ if text.eq_ignore_ascii_case("FALSE") => Ok(false),
            _ => Err("expected TRUE or FALSE in the second and fourth field"),
        };
        Ok(Some(Self {
            http_only,
            domain: next()?,
            below: flag(next()?)?,
            path: next()?,
            secure: flag(next()?)?,
            ends: next()?
                .trim()
                .parse()
                .map_err(|_| "expected seconds since 1970 in the fifth field")?,
            name: next()?,
            // Some writers leave out the tab in front of an empty value.
            value: next().unwrap_or_default(),
        }))
    }

    fn cookie(&self, now: SystemTime) -> Result<Cookie, CookieError> {
        let mut cookie = Cookie::empty_at(now);
        cookie.set_name(self.name)?;
        cookie.set_value(self.value);
        cookie.set_path(if self.path.is_empty() { "/" } else { self.path });
        if self.below {
            cookie.set_domain(self.domain);
        }
        cookie.secure = self.secure;
        cookie.http_only = self.http_only;
        if self.ends != 0 {
            let ends = date::from_unix(self.ends);
            cookie.expires = Some(ends.ok_or(CookieErrorKind::Value)?);
        }
        debug_assert_eq!(cookie.variant, Variant::Plain);
        Ok(cookie)
    }

    /// The host the line is about, which is what its domain says.
    fn place(&self) -> Place<'_> {
        let name = rules::bare(self.domain).to_ascii_lowercase();
        let address = parse_ipv6(name.trim_matches(['[', ']']));
        let is_address = address.is_some() || name.parse::<std::net::Ipv4Addr>().is_ok();
        let name = match address {
            Some((address, None)) => format!("[{address}]"),
            Some((address, Some(zone))) => format!("[{address}%{zone}]"),
            None => name,
        };
        Place {
            host: Host {
                name: name.into(),
                is_address,
            },
            port: None,
            path: "/",
            secure: true,
        }
    }
}
