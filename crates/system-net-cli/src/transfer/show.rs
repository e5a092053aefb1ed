//! What is told of an answer.

use system_net::{HttpVersion, HttpWebResponse, WebResponse};

use crate::password;
use crate::report::TransferReport;

pub(super) fn describe(response: &WebResponse, report: &mut TransferReport) {
    report.response_url = response
        .response_uri()
        .ok()
        .map(|uri| password::hidden(uri.absolute_uri()));
    if let Some(http) = response.as_http() {
        report.status = Some(http.status_code().as_u16());
        report.reason = Some(http.status_description().to_owned());
        report.http_version = Some(version(http));
    }
    report.redirect_url = redirect_of(response);
    if let Ok(headers) = response.headers() {
        let owned = |(name, value): (_, _)| (String::from(name), String::from(value));
        report.headers = headers.iter().map(owned).collect();
    }
}

/// Where an answer redirects to.
fn redirect_of(response: &WebResponse) -> Option<String> {
    let http = response.as_http()?;
    if !(300..400).contains(&http.status_code().as_u16()) {
        return None;
    }
    let location = http.headers().get("Location")?;
    let to = http.response_uri().combine(&location).ok()?;
    Some(password::hidden(to.absolute_uri()))
}

pub(super) fn head_text(response: &WebResponse) -> String {
    let mut text = response.as_http().map(status_line).unwrap_or_default();
    if let Ok(headers) = response.headers() {
        for (name, value) in headers.iter() {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    text.push_str("\r\n");
    text
}

/// The version as it is written: HTTP/2 has no minor one.
fn version(http: &HttpWebResponse) -> String {
    match http.protocol_version() {
        HttpVersion::VERSION20 => "2".to_owned(),
        version => version.to_string(),
    }
}

fn status_line(http: &HttpWebResponse) -> String {
    format!(
        "HTTP/{} {} {}\r\n",
        version(http),
        http.status_code().as_u16(),
        http.status_description()
    )
}

pub(super) fn show_response(response: &WebResponse) {
    for line in head_text(response).lines() {
        eprintln!("< {line}");
    }
}
