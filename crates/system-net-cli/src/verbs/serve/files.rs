//! The files of a folder, read-only. Nothing outside of it, and unless asked for nothing hidden, can be
//! named.
//!
//! `beneath` opens, `conditions` and `ranges` decide what is sent of a file, `send` sends it, `listing` is
//! the page of a folder, `types` knows media types.

mod beneath;
mod conditions;
mod listing;
mod ranges;
mod send;
mod types;

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;
use system_net::{HttpListenerContext, HttpListenerError, HttpListenerResponse, HttpStatusCode};

use self::beneath::{Opened, open_beneath, read_folder};

/// A served folder.
pub(super) struct Folder {
    /// Canonical: what is served is compared with it.
    root: PathBuf,
    rules: Rules,
}

/// What is served of a folder besides its plain files.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Rules {
    /// Addresses that name nothing get the page at the root, unless they look like files.
    pub(super) single_page: bool,
    /// Names that begin with a dot are names like others.
    pub(super) dot_files: bool,
}

/// What a request's path leads to.
enum Found {
    /// The file, and its own path below the root: links may have led there.
    File(File, PathBuf),
    Listing(OwnedFd, PathBuf),
    /// A folder whose address lacks the slash at its end.
    AddSlash,
    Nothing,
}

impl Folder {
    pub(super) fn open(path: &Path, rules: Rules) -> io::Result<Self> {
        let root = path.canonicalize()?;
        match root.is_dir() {
            true => Ok(Self { root, rules }),
            false => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn answer(
        &self,
        context: &mut HttpListenerContext,
    ) -> Result<(), HttpListenerError> {
        let (request, response) = context.split();
        if !matches!(request.http_method(), "GET" | "HEAD") {
            response.add_header("Allow", "GET, HEAD")?;
            return refuse(response, HttpStatusCode::METHOD_NOT_ALLOWED);
        }
        let raw = request.raw_url();
        let path = raw.split(['?', '#']).next().unwrap_or_default();
        let found = match self.find(path) {
            Found::Nothing if self.is_of_single_page(path) => self.find("/index.html"),
            found => found,
        };
        match found {
            Found::File(file, name) => match file.metadata() {
                Ok(facts) => send::send(request, response, file, &facts, types::of(&name)),
                Err(_) => refuse(response, HttpStatusCode::NOT_FOUND),
            },
            Found::Listing(folder, below) => match self.list(path, &folder, &below) {
                Ok(page) => {
                    response.set_content_type("text/html; charset=utf-8")?;
                    response.close_with(page)
                }
                Err(_) => refuse(response, HttpStatusCode::NOT_FOUND),
            },
            Found::AddSlash => {
                response.set_status_code(HttpStatusCode::MOVED_PERMANENTLY)?;
                // Only the last part: a whole path that begins with two slashes names a host.
                let last = path.rsplit('/').next().unwrap_or_default();
                let query = raw.get(path.len()..).unwrap_or_default();
                response.set_redirect_location(&format!("./{last}/{query}"))?;
                response.close()
            }
            Found::Nothing => refuse(response, HttpStatusCode::NOT_FOUND),
        }
    }

    /// Whether a path that names nothing is one that a page at the root makes something of.
    fn is_of_single_page(&self, path: &str) -> bool {
        let last = path.rsplit('/').next().unwrap_or_default();
        self.rules.single_page
            && !last.contains('.')
            && relative_path(path, self.rules.dot_files).is_some()
    }

    /// What a path of a request names, if it is below the root and not hidden.
    fn find(&self, path: &str) -> Found {
        let Some(relative) = relative_path(path, self.rules.dot_files) else {
            return Found::Nothing;
        };
        match self.open_below(&relative) {
            Some((Opened::File(_), _)) if path.ends_with('/') => Found::Nothing,
            Some((Opened::File(file), below)) => Found::File(file, below),
            Some((Opened::Folder(_), _)) if !path.ends_with('/') => Found::AddSlash,
            Some((Opened::Folder(folder), below)) => {
                let index = below.join("index.html");
                match self.below(&index) {
                    // Who made one that cannot be served does not want a list in its place.
                    Some(index) => match open_beneath(&self.root, &index) {
                        Ok(Opened::File(file)) => Found::File(file, index),
                        _ => Found::Nothing,
                    },
                    None => Found::Listing(folder, below),
                }
            }
            None => Found::Nothing,
        }
    }

    /// Where a path below the root leads when its links are followed, if that is below the root and not
    /// behind a hidden name: a link with a plain one does not show it.
    fn below(&self, relative: &Path) -> Option<PathBuf> {
        let target = self.root.join(relative).canonicalize().ok()?;
        let below = target.strip_prefix(&self.root).ok()?;
        let hidden = |part: &std::ffi::OsStr| part.as_encoded_bytes().starts_with(b".");
        (self.rules.dot_files || !below.iter().any(hidden)).then(|| below.to_owned())
    }

    /// Opens what a path leads to, and tells where that is.
    fn open_below(&self, relative: &Path) -> Option<(Opened, PathBuf)> {
        let below = self.below(relative)?;
        let opened = open_beneath(&self.root, &below).ok()?;
        Some((opened, below))
    }

    /// The page of a folder.
    fn list(&self, path: &str, folder: &OwnedFd, below: &Path) -> io::Result<String> {
        let is_folder = |name: &str| {
            let target = self.below(&below.join(name));
            target.is_some_and(|target| self.root.join(target).is_dir())
        };
        listing::page(path, read_folder(folder)?, self.rules.dot_files, is_folder)
    }
}

/// The decoded parts of a path; `None` if one of them is not a plain, visible name.
fn relative_path(path: &str, dot_files: bool) -> Option<PathBuf> {
    let mut relative = PathBuf::new();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        let name = percent_decode_str(part).decode_utf8().ok()?;
        let hidden = name.starts_with('.') && !dot_files;
        if hidden || matches!(&*name, "." | "..") || name.contains(['/', '\\', '\0']) {
            return None;
        }
        relative.push(&*name);
    }
    Some(relative)
}

fn refuse(
    response: &mut HttpListenerResponse,
    status: HttpStatusCode,
) -> Result<(), HttpListenerError> {
    response.set_status_code(status)?;
    response.set_content_type("text/plain; charset=utf-8")?;
    response.close_with(format!("{} {}\n", status.as_u16(), status.description()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_below_the_root() {
        for (path, relative) in [
            ("/", Some("")),
            ("/a/b.txt", Some("a/b.txt")),
            ("//a///b", Some("a/b")),
            ("/%C3%BC%20x", Some("ü x")),
            ("/..a", None),
            ("/.git/config", None),
        ] {
            let expected = relative.map(PathBuf::from);
            assert_eq!(relative_path(path, false), expected, "{path}");
        }
        // Whatever the rule for hidden names is.
        for path in [
            "/..",
            "/.",
            "/a/../b",
            "/%2e%2e/b",
            "/%2E%2e",
            "/%2e",
            "/.%2e/",
            "/a/%2e%2e%2fb",
            "/..%2f",
            "/..%5cb",
            "/..\\b",
            "/a%2fb",
            "/a%5Cb",
            "/a%00",
            "/%00",
            "/%ff",
            "/%c0%ae%c0%ae/",
        ] {
            for dot_files in [false, true] {
                assert_eq!(relative_path(path, dot_files), None, "{path}");
            }
        }
        let git = Some(PathBuf::from(".git/config"));
        assert_eq!(relative_path("/.git/config", true), git);
        // Decoded once.
        let odd = Some(PathBuf::from("%2e%2e"));
        assert_eq!(relative_path("/%252e%252e", false), odd);
    }
}
