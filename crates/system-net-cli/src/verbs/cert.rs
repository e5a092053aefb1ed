//! `sysnet cert`: the certificates of `sysnet serve --cert-store`, by the names that they are for.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Serialize;
use system_net::{CertificateFacts, X509Certificate2, X509FindType, X509Store};

use super::Outcome;
use crate::arguments::{AddCert, Cert, DeleteCert, ListCerts};
use crate::excerpt::visible;
use crate::failure::{CLIENT_CERTIFICATE, FAILED, Failure};
use crate::report;

/// What `list --json` prints.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    store: PathBuf,
    certificates: Vec<Kept>,
}

#[derive(Serialize)]
struct Kept {
    thumbprint: String,
    names: Vec<String>,
    subject: String,
    issuer: String,
    /// As HTTP writes dates.
    not_after: String,
}

pub(super) fn run(verb: &Cert) -> Outcome {
    match verb {
        Cert::Add(options) => add(options),
        Cert::List(options) => list(options),
        Cert::Delete(options) => delete(options),
    }
}

/// The folder that is named, or the user's: `sysnet/certificates` below `XDG_DATA_HOME`, or below
/// `~/.local/share`.
pub(super) fn folder(named: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(named) = named {
        return Ok(named.to_owned());
    }
    let data = match (variable("XDG_DATA_HOME"), variable("HOME")) {
        (Some(data), _) => PathBuf::from(data),
        (None, Some(home)) => Path::new(&home).join(".local/share"),
        (None, None) => {
            let message = "the user's store cannot be found: HOME is not set";
            return Err(Failure::new(FAILED, message).advise("name a folder with --store"));
        }
    };
    Ok(data.join("sysnet/certificates"))
}

#[allow(
    clippy::disallowed_methods,
    reason = "where the user keeps things is a setting of the whole system"
)]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

pub(super) fn open(folder: &Path) -> Result<X509Store, Failure> {
    X509Store::open_folder(folder).map_err(|error| Failure::new(FAILED, error))
}

fn add(options: &AddCert) -> Outcome {
    let mut store = open(&folder(options.store.as_deref())?)?;
    let file = options.cert.as_path();
    let refused = |error| Failure::new(CLIENT_CERTIFICATE, error);
    let password = options.pass.as_deref();
    let certificate = X509Certificate2::from_file(file, password).map_err(refused)?;
    let certificate = match &options.key {
        None => certificate,
        Some(key) => {
            let text = std::fs::read(key)
                .map_err(|error| Failure::file(CLIENT_CERTIFICATE, key.display(), &error))?;
            let keyed = certificate.copy_with_private_key_pem(&text, password);
            keyed.map_err(|error| {
                Failure::new(
                    CLIENT_CERTIFICATE,
                    format_args!("{}: {error}", key.display()),
                )
            })?
        }
    };
    if !certificate.has_private_key() {
        let message = format_args!("{}: the private key is missing", file.display());
        return Err(Failure::new(CLIENT_CERTIFICATE, message).advise("name it with --key"));
    }
    let names = names(&certificate);
    if names.is_empty() {
        let message = format_args!("{}: the certificate is for no name", file.display());
        return Err(Failure::new(CLIENT_CERTIFICATE, message)
            .advise("its subject alternative names count, its common name does not"));
    }
    store
        .add(&certificate)
        .map_err(|error| Failure::new(FAILED, error))?;
    report::print_line(&line(&certificate))?;
    Ok(0)
}

fn list(options: &ListCerts) -> Outcome {
    let folder = folder(options.store.as_deref())?;
    let store = open(&folder)?;
    if options.json {
        let kept = store.certificates().iter().map(|certificate| Kept {
            thumbprint: certificate.thumbprint(),
            names: names(certificate),
            subject: certificate.subject().to_owned(),
            issuer: certificate.issuer().to_owned(),
            not_after: date(certificate.not_after()),
        });
        report::print(&Report {
            schema: "sysnet.cert.list/1",
            certificates: kept.collect(),
            store: folder,
        })?;
        return Ok(0);
    }
    for certificate in store.certificates() {
        report::print_line(&line(certificate))?;
    }
    Ok(0)
}

fn delete(options: &DeleteCert) -> Outcome {
    let folder = folder(options.store.as_deref())?;
    let mut store = open(&folder)?;
    let all = store.certificates();
    let mut found = all.find(&X509FindType::Thumbprint(&options.name));
    found.extend(all.iter().filter(|it| is_for(it, &options.name)).cloned());
    if found.is_empty() {
        let message = format_args!(
            "{}: no certificate for {:?}",
            folder.display(),
            options.name
        );
        return Err(Failure::new(FAILED, message).advise("sysnet cert list shows what is there"));
    }
    for certificate in &found {
        store
            .remove(certificate)
            .map_err(|error| Failure::new(FAILED, error))?;
        report::print_line(&line(certificate))?;
    }
    Ok(0)
}

fn is_for(certificate: &X509Certificate2, name: &str) -> bool {
    names(certificate)
        .iter()
        .any(|it| it.eq_ignore_ascii_case(name))
}

fn names(certificate: &X509Certificate2) -> Vec<String> {
    let own = certificate.certificate_chain().first();
    own.and_then(CertificateFacts::read)
        .map(|facts| facts.names)
        .unwrap_or_default()
}

/// Thumbprint, names, and the last day.
fn line(certificate: &X509Certificate2) -> String {
    visible(&format!(
        "{}  {}  until {}",
        certificate.thumbprint(),
        names(certificate).join(" "),
        date(certificate.not_after())
    ))
}

fn date(time: SystemTime) -> String {
    httpdate::fmt_http_date(time)
}
