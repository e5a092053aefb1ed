//! A page with the visible names of a folder.

use std::io;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use rustix::fs::{Dir, FileType};

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
    .add(b'?')
    .add(b'\\');

/// The page of a folder, whose address has this path; `is_folder` looks at links, and at what the system
/// says nothing of.
pub(super) fn page(
    path: &str,
    folder: Dir,
    dot_files: bool,
    is_folder: impl Fn(&str) -> bool,
) -> io::Result<String> {
    let mut names = Vec::new();
    for entry in folder {
        let entry = entry?;
        // What is no text has no address here.
        let Ok(name) = entry.file_name().to_str() else {
            continue;
        };
        if matches!(name, "." | "..") || (name.starts_with('.') && !dot_files) {
            continue;
        }
        let slash = match entry.file_type() {
            FileType::Directory => "/",
            FileType::Symlink | FileType::Unknown if is_folder(name) => "/",
            _ => "",
        };
        names.push(format!("{name}{slash}"));
    }
    names.sort();
    let shown = percent_decode_str(path).decode_utf8_lossy();
    let title = in_html(&shown);
    let mut page = format!("<!DOCTYPE html>\n<title>{title}</title>\n<h1>{title}</h1>\n<ul>\n");
    if !path.trim_matches('/').is_empty() {
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
