//! The path as the file system of the URI spells it.

use std::borrow::Cow;

use crate::UriComponents;
use crate::escape::{Context, Unescape, unescape};
use crate::flags::Flags;
use crate::iri::Part;
use crate::path::{Form, RawPath, compress};
use crate::uri::Uri;

impl Uri {
    /// The path fully unescaped; paths of Windows with backslashes, and with their server.
    ///
    /// .NET: `Uri.LocalPath`
    ///
    /// # Examples
    /// ```
    /// use system_net_uri::Uri;
    /// assert_eq!(Uri::parse("file:///c:/a%20b/c.txt")?.local_path(), r"c:\a b\c.txt");
    /// assert_eq!(Uri::parse("file://server/share/x")?.local_path(), r"\\server\share\x");
    /// # Ok::<(), system_net_uri::UriFormatError>(())
    /// ```
    #[doc(alias = "Uri.LocalPath")]
    #[must_use]
    pub fn local_path(&self) -> Cow<'_, str> {
        let inner = self.inner();
        if !self.is_absolute_uri() {
            return Cow::Borrowed("");
        }
        if !inner.flags.any(Flags::FILE_PATH) {
            let parts = UriComponents::PATH | UriComponents::KEEP_DELIMITER;
            return self.compose(parts, Form::Unescaped);
        }
        Cow::Owned(self.windows_path())
    }

    /// A path without a scheme is the local path as it was written, with the white space behind
    /// it, if there is nothing to repair in it.
    fn whole_text_as_path(&self) -> Option<&str> {
        let inner = self.inner();
        let repairs = Flags::HOST_NOT_DISPLAY
            .with(Flags::PATH_NOT_DISPLAY)
            .with(Flags::SHOULD_COMPRESS);
        let slashes = if self.is_unc() { 2 } else { 0 };
        let begins = inner.source.host == inner.source_text.start + slashes;
        let path = RawPath {
            text: inner.slice(inner.source.path, inner.source.query),
            flags: inner.flags,
            rules: inner.rules,
        };
        (inner.flags.any(Flags::IMPLICIT_FILE)
            && begins
            && !inner.flags.any(repairs)
            && !path.has_bar_drive())
        .then(|| inner.at(inner.source_text))
    }

    fn windows_path(&self) -> String {
        let inner = self.inner();
        let flags = inner.flags;
        if let Some(text) = self.whole_text_as_path() {
            return text.replace('/', r"\");
        }
        let mut out = String::with_capacity(inner.text.len());
        if self.is_unc() {
            out.push_str(r"\\");
            out.push_str(self.host());
        }
        let server = out.len();
        let mut path = inner.slice(inner.source.path, inner.source.query);
        if flags.any(Flags::DOS_PATH) {
            path = path.strip_prefix(['/', '\\']).unwrap_or(path);
        }
        let escaped = flags.any(Flags::PATH_NOT_DISPLAY) && !flags.any(Flags::IMPLICIT_FILE);
        let mode = if escaped { Unescape::All } else { Unescape::No };
        let context = Context::of(Part::Other, inner.rules, b"");
        out.push_str(&unescape(path, mode, context));
        if out.as_bytes().get(1) == Some(&b'|') {
            out.replace_range(1..2, ":");
        }
        if flags.any(Flags::SHOULD_COMPRESS) {
            // A drive stays, whatever follows.
            let fixed = if flags.any(Flags::DOS_PATH) {
                server + 2
            } else {
                server
            };
            let compressed = compress(&out[fixed..], inner.rules);
            out.truncate(fixed);
            out.push_str(&compressed);
        }
        out.replace('/', r"\")
    }
}
