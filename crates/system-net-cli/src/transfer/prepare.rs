//! What is asked for: options become properties of the request.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use system_net::{
    DecompressionMethods, HttpVersion, HttpVersionPolicy, HttpWebRequest, ServicePointManager, Uri,
    WebRequest,
};

use super::{Job, Session};
use crate::failure::{Failure, NO_UPLOAD};
use crate::headers;
use crate::password;
use crate::retries;
use crate::schemes::login;
use crate::upload::Upload;

/// What `User-Agent` says unless told otherwise.
const USER_AGENT: &str = concat!("sysnet/", env!("CARGO_PKG_VERSION"));

/// Up to so many bytes a body is sent without asking the server first.
const LONGEST_UNASKED: u64 = 1 << 20;

impl Session<'_> {
    pub(super) fn prepare(&self, http: &mut HttpWebRequest, job: &Job<'_>) -> Result<(), Failure> {
        let options = self.options;
        http.set_method(job.method)?;
        if options.http1_0 {
            http.set_protocol_version(HttpVersion::VERSION10)?;
        }
        if options.http2 || options.http2_prior_knowledge {
            http.set_protocol_version(HttpVersion::VERSION20)?;
        }
        if options.http2_prior_knowledge {
            http.set_version_policy(HttpVersionPolicy::RequestVersionExact)?;
        }
        self.prepare_redirects(http, job.follow)?;
        http.set_accept(Some(job.content.accept.unwrap_or("*/*")))?;
        let user_agent = options.user_agent.as_deref().unwrap_or(USER_AGENT);
        http.set_user_agent(Some(user_agent).filter(|text| !text.is_empty()))?;
        http.set_referer(options.referer.as_deref())?;
        http.set_connect_timeout(options.route.connect_timeout)?;
        if options.max_time.is_some() {
            // The one limit is the one that was given.
            http.set_timeout(None)?;
            http.set_read_write_timeout(None)?;
        }
        if options.compressed {
            http.set_automatic_decompression(DecompressionMethods::ALL)?;
        }
        http.set_content_type(job.content.content_type.as_deref())?;
        if let Some(upload) = &job.content.upload {
            match upload.length() {
                Some(length) => http.set_content_length(length)?,
                None if options.http1_0 => {
                    return Err(Failure::new(
                        NO_UPLOAD,
                        "HTTP/1.0 sends no body whose length is not known beforehand",
                    )
                    .advise("leave --http1.0 out, or send a file instead of stdin"));
                }
                None => http.set_send_chunked(true)?,
            }
            // As curl: a short body has arrived before a server could say that it wants none.
            // The configuration may want no question at all.
            let is_long = upload
                .length()
                .is_none_or(|length| length > LONGEST_UNASKED);
            let allowed = ServicePointManager::of(&self.context).expect_100_continue();
            if let Ok(point) = http.service_point() {
                point.set_expect_100_continue(is_long && allowed);
            }
            // What is read once cannot be sent again, and is not kept.
            http.set_allow_write_stream_buffering(!upload.is_stream())?;
        }
        if let Some(path) = &options.unix_socket {
            http.set_unix_socket(Some(&socket_name(path)))?;
        }
        if let Some(retries) = options.retry {
            http.set_retry_policy(Some(retries::policy(retries, options, &self.retries)))?;
        }
        if !self.certificates.is_empty() {
            http.set_client_certificates(self.certificates.clone())?;
        }
        self.prepare_login(http, job)?;
        self.jar.apply(http)?;
        if let Some(range) = job.range {
            headers::add_ranges(http, &format!("bytes={range}"))
                .map_err(|misuse| Failure::usage(format_args!("-r: {misuse}")))?;
        }
        if let Some(condition) = self.condition {
            condition.apply(http)?;
        }
        self.headers
            .iter()
            .try_for_each(|header| header.apply(http))
    }

    fn prepare_redirects(&self, http: &mut HttpWebRequest, follow: bool) -> Result<(), Failure> {
        http.set_allow_auto_redirect(follow)?;
        match self.options.max_redirs {
            // The answer says whether there was one.
            Some(0) => http.set_allow_auto_redirect(false)?,
            Some(limit) => http.set_maximum_automatic_redirections(limit)?,
            None => {}
        }
        Ok(())
    }

    fn prepare_login(&self, http: &mut HttpWebRequest, job: &Job<'_>) -> Result<(), Failure> {
        let uri = http.request_uri();
        let in_file = || self.netrc.as_ref()?.find(uri);
        let in_address = || password::in_address(uri, self.options.silent);
        let found = self.credential.clone().or_else(in_file);
        let Some(credential) = found.or_else(in_address) else {
            return Ok(());
        };
        let schemes = &self.options.route.schemes;
        let allowed = schemes.allowed();
        let basic = allowed
            .as_ref()
            .is_none_or(|allowed| allowed.contains(&"Basic"));
        let only_basic = allowed.as_deref() == Some(&["Basic"]);
        http.set_credentials(Some(login(credential.clone(), allowed)))?;
        let Some(upload) = job.content.upload.as_ref().filter(|it| it.is_stream()) else {
            return Ok(());
        };
        if upload.again().is_some() && schemes.is_given() && !only_basic {
            // The server is asked before the body, and may ask for the login instead.
            let allowed = ServicePointManager::of(&self.context).expect_100_continue();
            if let Ok(point) = http.service_point() {
                point.set_expect_100_continue(allowed);
            }
        } else {
            // A body that can be sent only once cannot wait for the challenge.
            if !basic {
                return Err(Failure::usage(
                    "a body that is read once cannot wait for the server to ask for the login",
                )
                .advise("send files instead of stdin, or allow --basic"));
            }
            let login = format!("{}:{}", credential.user_name(), credential.password());
            let value = format!("Basic {}", STANDARD.encode(login));
            http.headers_mut()?.set("Authorization", &value)?;
        }
        Ok(())
    }

    /// Other protocols: options of HTTP would do nothing, so they are refused.
    pub(super) fn prepare_plain(
        &self,
        request: &mut WebRequest,
        job: &Job<'_>,
        uri: &Uri,
    ) -> Result<(), Failure> {
        let options = self.options;
        let items = self.headers.len() > options.headers.len();
        for (given, option) in [
            (!options.headers.is_empty(), "-H"),
            (items, "an item with a header"),
            (options.route.user.is_some(), "-u"),
            (options.route.schemes.is_given(), "a scheme of logins"),
            (options.netrc, "-n"),
            (options.netrc_file.is_some(), "--netrc-file"),
            (options.netrc_optional, "--netrc-optional"),
            (options.user_agent.is_some(), "-A"),
            (options.referer.is_some(), "-e"),
            (!options.cookie.is_empty(), "-b"),
            (options.cookie_jar.is_some(), "-c"),
            (options.time_cond.is_some(), "-z"),
            (options.compressed, "--compressed"),
            (options.max_redirs.is_some(), "--max-redirs"),
            (options.http1_0, "--http1.0"),
            (options.http2, "--http2"),
            (options.http2_prior_knowledge, "--http2-prior-knowledge"),
            (!options.route.resolve.is_empty(), "--resolve"),
            (options.unix_socket.is_some(), "--unix-socket"),
            (options.retry.is_some(), "--retry"),
            (job.range.is_some(), "-r"),
            (job.continue_at.is_some(), "-C"),
            (self.body.remote_header_name, "-J"),
            (self.body.remote_time, "-R"),
            (options.route.proxy.is_some(), "-x"),
            (options.route.noproxy.is_some(), "--noproxy"),
            (options.route.proxy_user.is_some(), "-U"),
            (
                options.route.proxy_schemes.is_given(),
                "a scheme of logins at proxies",
            ),
            (options.route.connect_timeout.is_some(), "--connect-timeout"),
            (options.route.cert.is_some(), "--cert"),
            (options.route.crl_file.is_some(), "--crl-file"),
            (options.route.cert_status, "--cert-status"),
            (options.route.pinnedpubkey.is_some(), "--pinnedpubkey"),
        ] {
            if given {
                return Err(Failure::usage(format_args!(
                    "{option} means nothing for the scheme {}",
                    uri.scheme()
                )));
            }
        }
        if job.method != "HEAD" {
            request.set_method(job.method)?;
        }
        if let Some(length) = job.content.upload.as_ref().and_then(Upload::length) {
            request.set_content_length(length)?;
        }
        Ok(())
    }
}

/// `@NAME` is an abstract name, which begins with a zero byte.
fn socket_name(path: &Path) -> PathBuf {
    let Some(name) = path.as_os_str().as_bytes().strip_prefix(b"@") else {
        return path.to_owned();
    };
    let abstract_name = [b"\0", name].concat();
    PathBuf::from(OsString::from_vec(abstract_name))
}
