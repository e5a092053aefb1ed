//! `--cert`, `--key`, `--cert-type`, `--key-type`, `--pass`: what is shown to a server that asks who
//! is there. The meanings are curl's.

use std::path::Path;

use system_net::{TlsError, X509Certificate2, X509CertificateCollection};

use crate::arguments::{CertificateType, KeyType, Route};
use crate::failure::{CLIENT_CERTIFICATE, Failure};

/// The certificate that the options name; empty without.
pub(crate) fn of(options: &Route) -> Result<X509CertificateCollection, Failure> {
    let Some(cert) = &options.cert else {
        return Ok(X509CertificateCollection::new());
    };
    let (file, behind) = file_and_password(cert);
    let password = options.pass.as_deref().or(behind.as_deref());
    let certificate = read(options, Path::new(&file), password)?;
    if !certificate.has_private_key() {
        let message = format_args!("--cert {file}: its private key is missing");
        return Err(Failure::new(CLIENT_CERTIFICATE, message).advise("name it with --key"));
    }
    Ok(certificate.into())
}

fn read(options: &Route, file: &Path, password: Option<&str>) -> Result<X509Certificate2, Failure> {
    let content = content_of(file)?;
    let refused = |file: &Path| {
        let file = file.display().to_string();
        move |error: TlsError| Failure::new(CLIENT_CERTIFICATE, format_args!("{file}: {error}"))
    };
    let certificate = match (options.cert_type, &options.key) {
        (CertificateType::P12, _) => X509Certificate2::from_pkcs12(&content, password),
        (CertificateType::Der, _) => X509Certificate2::from_der(&content),
        (CertificateType::Pem, Some(_)) => X509Certificate2::from_pem(&content),
        (CertificateType::Pem, None) => match password {
            None => X509Certificate2::create_from_pem(&content, &content),
            Some(password) => {
                X509Certificate2::create_from_encrypted_pem(&content, &content, password)
            }
        },
    };
    let certificate = certificate.map_err(refused(file))?;
    let Some(key) = &options.key else {
        return Ok(certificate);
    };
    let content = content_of(key)?;
    let with_key = match options.key_type {
        KeyType::Pem => certificate.copy_with_private_key_pem(&content, password),
        KeyType::Der => certificate.copy_with_private_key(&content, password),
    };
    with_key.map_err(refused(key))
}

fn content_of(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file).map_err(|error| Failure::file(CLIENT_CERTIFICATE, file.display(), &error))
}

/// As curl takes `--cert` apart: at the first `:` without a `\\` before it.
fn file_and_password(text: &str) -> (String, Option<String>) {
    let (mut file, mut characters) = (String::new(), text.chars());
    while let Some(character) = characters.next() {
        match character {
            ':' => return (file, Some(characters.as_str().to_owned())),
            '\\' => match characters.as_str().chars().next() {
                Some(escaped @ (':' | '\\')) => {
                    characters.next();
                    file.push(escaped);
                }
                _ => file.push('\\'),
            },
            other => file.push(other),
        }
    }
    (file, None)
}

#[cfg(test)]
mod tests {
    use super::file_and_password;

    #[test]
    fn files_and_passwords() {
        for (text, file, password) in [
            ("client.pem", "client.pem", None),
            ("client.pem:secret", "client.pem", Some("secret")),
            ("client.pem:", "client.pem", Some("")),
            ("a:b:c\\:d", "a", Some("b:c\\:d")),
            ("a\\:b:c", "a:b", Some("c")),
            ("a\\\\:c", "a\\", Some("c")),
            ("a\\b", "a\\b", None),
        ] {
            let expected = (file.to_owned(), password.map(str::to_owned));
            assert_eq!(file_and_password(text), expected, "{text}");
        }
    }
}
