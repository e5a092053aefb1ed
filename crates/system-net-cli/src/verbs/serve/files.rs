//! The files of a folder, read-only. Nothing outside of it, and nothing hidden, can be named.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use system_net::{HttpListenerContext, HttpListenerError, HttpListenerResponse, HttpStatusCode};

/// What must be escaped in a path within HTML.
const IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'&')
    .add(b'\'')
    .add(b'<')
    .add(b'>')
    .add(b'?');

/// Names of files by the ends of their names; what is not listed is not guessed.
const TYPES: &[(&str, &str)] = &[
    ("css", "text/css; charset=utf-8"),
    ("gif", "image/gif"),
    ("htm", "text/html; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("md", "text/markdown; charset=utf-8"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("txt", "text/plain; charset=utf-8"),
    ("wasm", "application/wasm"),
    ("webp", "image/webp"),
    ("xml", "application/xml"),
];

/// A served folder.
pub(super) struct Folder {
    /// Canonical: what is served is compared with it.
    root: PathBuf,
}

/// What a request's path leads to.
enum Found {
    File(File, u64, PathBuf),
    Listing(PathBuf),
    /// A folder whose address lacks the slash at its end.
    AddSlash,
    Nothing,
}

impl Folder {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let root = path.canonicalize()?;
        match root.is_dir() {
            true => Ok(Self { root }),
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
        let method = request.http_method();
        if !matches!(method, "GET" | "HEAD") {
            response.add_header("Allow", "GET, HEAD")?;
            return refuse(response, HttpStatusCode::METHOD_NOT_ALLOWED);
        }
        let raw = request.raw_url();
        let path = raw.split(['?', '#']).next().unwrap_or_default();
        match self.find(path) {
            Found::File(file, length, name) => send_file(response, file, length, &name, method),
            Found::Listing(folder) => {
                response.set_content_type("text/html; charset=utf-8")?;
                match listing(path, &folder) {
                    Ok(page) => response.close_with(page),
                    Err(_) => refuse(response, HttpStatusCode::NOT_FOUND),
                }
            }
            Found::AddSlash => {
                response.set_status_code(HttpStatusCode::MOVED_PERMANENTLY)?;
                // Only the last part: a whole path that begins with two slashes names a host.
                let last = path.rsplit('/').next().unwrap_or_default();
                response.set_redirect_location(&format!("./{last}/"))?;
                response.close()
            }
            Found::Nothing => refuse(response, HttpStatusCode::NOT_FOUND),
        }
    }

    /// What a path of a request names, if it is below the root and not hidden.
    fn find(&self, path: &str) -> Found {
        let Some(relative) = relative_path(path) else {
            return Found::Nothing;
        };
        // Links are followed before the comparison: one that leads out of the folder is not served.
        let Ok(target) = self.root.join(relative).canonicalize() else {
            return Found::Nothing;
        };
        if !target.starts_with(&self.root) {
            return Found::Nothing;
        }
        if target.is_dir() {
            if !path.ends_with('/') {
                return Found::AddSlash;
            }
            let index = target.join("index.html");
            return match index.canonicalize() {
                Ok(index) if index.starts_with(&self.root) => open(index),
                _ => Found::Listing(target),
            };
        }
        match path.ends_with('/') {
            true => Found::Nothing,
            false => open(target),
        }
    }
}

/// Opens a plain file; pipes and devices would block or never end.
fn open(path: PathBuf) -> Found {
    if !path.is_file() {
        return Found::Nothing;
    }
    let opened = File::open(&path).and_then(|file| Ok((file.metadata()?.len(), file)));
    match opened {
        Ok((length, file)) => Found::File(file, length, path),
        Err(_) => Found::Nothing,
    }
}

/// The decoded parts of a path; `None` if one of them is not a plain, visible name.
fn relative_path(path: &str) -> Option<PathBuf> {
    let mut relative = PathBuf::new();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        let name = percent_decode_str(part).decode_utf8().ok()?;
        if name.starts_with('.') || name.contains(['/', '\\', '\0']) {
            return None;
        }
        relative.push(&*name);
    }
    Some(relative)
}

fn send_file(
    response: &mut HttpListenerResponse,
    file: File,
    length: u64,
    path: &Path,
    method: &str,
) -> Result<(), HttpListenerError> {
    let ending = path.extension().and_then(|ending| ending.to_str());
    let known = TYPES
        .iter()
        .find(|(known, _)| ending.is_some_and(|ending| ending.eq_ignore_ascii_case(known)));
    response.set_content_type(known.map_or("application/octet-stream", |(_, name)| name))?;
    response.add_header("X-Content-Type-Options", "nosniff")?;
    response.set_content_length64(length)?;
    if method == "HEAD" {
        return response.close();
    }
    let mut output = response.output_stream()?;
    let mut file = file.take(length);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return output.close(),
            // A client that has gone away needs no answer; one that is cut off sees it by the length.
            Ok(read) if output.write_all(&buffer[..read]).is_err() => return Ok(()),
            Ok(_) => {}
            Err(_) => return Ok(()),
        }
    }
}

fn refuse(
    response: &mut HttpListenerResponse,
    status: HttpStatusCode,
) -> Result<(), HttpListenerError> {
    response.set_status_code(status)?;
    response.set_content_type("text/plain; charset=utf-8")?;
    response.close_with(format!("{} {}\n", status.as_u16(), status.description()))
}

/// A page with the visible names of a folder.
fn listing(path: &str, folder: &Path) -> io::Result<String> {
    let mut names = Vec::new();
    for entry in folder.read_dir()? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            let slash = if entry.path().is_dir() { "/" } else { "" };
            names.push(format!("{name}{slash}"));
        }
    }
    names.sort();
    let shown = percent_decode_str(path).decode_utf8_lossy();
    let title = in_html(&shown);
    let mut page = format!("<!DOCTYPE html>\n<title>{title}</title>\n<h1>{title}</h1>\n<ul>\n");
    if path != "/" {
        page.push_str("<li><a href=\"../\">../</a>\n");
    }
    for name in names {
        // The dot keeps a name with a colon from being taken for a scheme.
        let link = utf8_percent_encode(&name, IN_PATH);
        page.push_str(&format!(
            "<li><a href=\"./{link}\">{}</a>\n",
            in_html(&name)
        ));
    }
    page.push_str("</ul>\n");
    Ok(page)
}

fn in_html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
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
            ("/..", None),
            ("/a/../b", None),
            ("/%2e%2e/b", None),
            ("/a/%2e%2e%2fb", None),
            ("/..%5cb", None),
            ("/a%2fb", None),
            ("/.git/config", None),
            ("/a%00", None),
            ("/%ff", None),
        ] {
            let expected = relative.map(PathBuf::from);
            assert_eq!(relative_path(path), expected, "{path}");
        }
    }
}
