//! What is told of an answer.

use system_net::{HttpWebResponse, WebResponse};

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
        report.http_version = Some(http.protocol_version().to_string());
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

fn status_line(http: &HttpWebResponse) -> String {
    format!(
        "HTTP/{} {} {}\r\n",
        http.protocol_version(),
        http.status_code().as_u16(),
        http.status_description()
    )
}

pub(super) fn show_response(response: &WebResponse) {
    for line in head_text(response).lines() {
        eprintln!("< {line}");
    }
}
