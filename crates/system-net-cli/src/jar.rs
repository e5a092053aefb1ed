//! `-b` and `-c`: cookies that are given, kept, and written to a file.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use system_net::{Cookie, CookieContainer, HttpWebRequest};

use crate::failure::{Failure, READ, WRITE};

/// How many cookies are kept, of one domain, and how long one may be: a file may have far more than
/// a server may set by the library's own limits.
const LIMITS: (usize, usize, usize) = (100_000, 1_000, 8_192);

/// The cookies of a call.
pub(crate) struct Jar {
    /// What was given by name and value, for each request.
    line: String,
    /// `None`: answers' cookies are not kept.
    container: Option<CookieContainer>,
    given: Mutex<Given>,
    file: Option<PathBuf>,
}

/// What became of the line where cookies are kept.
#[derive(Default)]
struct Given {
    hosts: HashSet<String>,
    /// As they are in the container: not for the file.
    cookies: Vec<Cookie>,
}

impl Jar {
    pub(crate) fn open(cookies: &[String], file: Option<&Path>) -> Result<Self, Failure> {
        let (lines, files): (Vec<&String>, Vec<&String>) =
            cookies.iter().partition(|text| text.contains('='));
        let line = lines.iter().map(|line| line.trim_matches([' ', ';']));
        let container = match file.is_some() || !files.is_empty() {
            true => Some(CookieContainer::with_limits(LIMITS.0, LIMITS.1, LIMITS.2)?),
            false => None,
        };
        for path in files.iter().filter(|path| !path.is_empty()) {
            if let Some(container) = &container {
                read(container, Path::new(path), file)?;
            }
        }
        Ok(Self {
            line: line.collect::<Vec<_>>().join("; "),
            container,
            given: Mutex::default(),
            file: file.map(Path::to_path_buf),
        })
    }

    pub(crate) fn apply(&self, http: &mut HttpWebRequest) -> Result<(), Failure> {
        let Some(container) = &self.container else {
            if !self.line.is_empty() {
                http.headers_mut()?.set("Cookie", &self.line)?;
            }
            return Ok(());
        };
        let refused = |error| Failure::usage(format_args!("-b {:?}: {error}", self.line));
        let mut given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        // Once for each host: then a server may have set it anew.
        let host = http.request_uri().host().to_owned();
        let line = match given.hosts.insert(host) {
            true => self.line.as_str(),
            false => "",
        };
        for (name, value) in line.split(';').filter_map(|one| one.split_once('=')) {
            let cookie = Cookie::with_path(name.trim(), value.trim(), "/").map_err(refused)?;
            container
                .add_for(http.request_uri(), &cookie)
                .map_err(refused)?;
            let now = container.get_cookies(http.request_uri());
            given.cookies.extend(
                now.iter()
                    .filter(|now| now.name() == cookie.name())
                    .cloned(),
            );
        }
        http.set_cookie_container(Some(container.clone()))?;
        Ok(())
    }

    /// Writes the file of `-c`, if there shall be one: all cookies but those that were only given.
    pub(crate) fn write(&self) -> Result<(), Failure> {
        let (Some(container), Some(path)) = (&self.container, &self.file) else {
            return Ok(());
        };
        let given = self.given.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = container.get_all_cookies();
        for cookie in &given.cookies {
            if let Some(cookie) = kept.iter().find(|now| unchanged(now, cookie)) {
                container.remove(cookie);
            }
        }
        let fail = |error: io::Error| Failure::file(WRITE, path.display(), &error);
        if path == Path::new("-") {
            let stdout = io::stdout().lock();
            return container.write_netscape(stdout).map_err(fail);
        }
        match path.metadata() {
            Ok(facts) if !facts.is_file() => {
                let device = OpenOptions::new().write(true).open(path).map_err(fail)?;
                container.write_netscape(device).map_err(fail)
            }
            _ => whole(path, container).map_err(fail),
        }
    }
}

/// Whether a cookie is still what was given: one that a server has set since is newer.
fn unchanged(now: &Cookie, given: &Cookie) -> bool {
    now == given && now.expires().is_none() && now.time_stamp() == given.time_stamp()
}

/// Reads a file, or stdin for `-`. One that is not there yet is no mistake if it will be written.
fn read(container: &CookieContainer, path: &Path, written: Option<&Path>) -> Result<(), Failure> {
    let outcome = match path == Path::new("-") {
        true => container.read_netscape(io::stdin().lock()),
        false => match File::open(path) {
            Ok(file) => container.read_netscape(BufReader::new(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound && written == Some(path) => {
                return Ok(());
            }
            Err(error) => return Err(Failure::file(READ, path.display(), &error)),
        },
    };
    let wrong = |error| Failure::new(READ, format_args!("{}: {error}", path.display()));
    outcome.map(drop).map_err(wrong)
}

/// A new file takes the place of the old one when it is whole. It holds secrets: nobody else may
/// read it.
fn whole(path: &Path, container: &CookieContainer) -> io::Result<()> {
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = target
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut file = tempfile::Builder::new()
        .prefix(".sysnet-")
        .suffix(".part")
        .tempfile_in(folder.unwrap_or_else(|| Path::new(".")))?;
    container.write_netscape(file.as_file_mut())?;
    file.as_file_mut().flush()?;
    file.persist(&target).map(drop).map_err(|error| error.error)
}
