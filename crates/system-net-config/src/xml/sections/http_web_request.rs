//! `<settings><httpWebRequest>`: limits of HTTP requests.
//!
//! .NET: `System.Net.Configuration.HttpWebRequestElement`

use super::super::document::Element;
use super::super::error::Fault;
use super::super::report::Report;
use super::super::value;
use crate::{HttpWebRequestSettings, Settings};

pub(super) fn read(
    element: &Element<'_>,
    settings: &mut Settings,
    report: &mut Report<'_>,
) -> Result<(), Fault> {
    report.check_leaf(element, "system.net/settings/httpWebRequest");
    let into = &mut settings.http_web_request;
    let limit = |name| value::number(element, name, value::from(-1));
    if let Some(kib) = limit("maximumResponseHeadersLength")? {
        // -1 asks for no limit; heads have one.
        let kib = u32::try_from(kib).unwrap_or(u32::MAX);
        into.maximum_response_headers_length = kib.min(HttpWebRequestSettings::MAX_HEAD_KIB);
    }
    if let Some(kib) = limit("maximumErrorResponseLength")? {
        into.maximum_error_response_length = u32::try_from(kib).ok();
    }
    if let Some(bytes) = limit("maximumUnauthorizedUploadLength")? {
        into.maximum_unauthorized_upload_length = u64::try_from(bytes).ok();
    }
    let unsafe_parsing = &mut into.use_unsafe_header_parsing;
    value::set(
        element,
        "useUnsafeHeaderParsing",
        value::boolean,
        unsafe_parsing,
    )?;
    if *unsafe_parsing && element.attribute("useUnsafeHeaderParsing").is_some() {
        let why = "every response of the program is read leniently, which can smuggle headers and \
                   responses past others; a request can do so alone: \
                   HttpWebRequest::set_use_unsafe_header_parsing";
        report.dangerous(element, "useUnsafeHeaderParsing", why);
    }
    Ok(())
}
