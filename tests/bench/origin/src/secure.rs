//! The same answers over TLS: a throw-away authority, one certificate, session tickets.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::crypto::aws_lc_rs;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A configuration whose certificate is for 127.0.0.1 and localhost; the certificate of its
/// authority goes to `file`, in PEM.
pub(crate) fn config(file: &str) -> io::Result<Arc<ServerConfig>> {
    let made = make(file);
    made.map_err(|error| io::Error::other(format!("{file}: {error}")))
}

fn make(file: &str) -> Result<Arc<ServerConfig>, Box<dyn std::error::Error>> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_key = KeyPair::generate()?;
    std::fs::write(file, params.self_signed(&ca_key)?.pem())?;
    let issuer = Issuer::new(params, ca_key);
    let key = KeyPair::generate()?;
    let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
    let leaf = CertificateParams::new(names)?.signed_by(&key, &issuer)?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key.into())?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.ticketer = aws_lc_rs::Ticketer::new()?;
    Ok(Arc::new(config))
}

/// A TLS connection that says goodbye when it is dropped.
pub(crate) struct Secure(StreamOwned<ServerConnection, TcpStream>);

impl Secure {
    pub(crate) fn new(config: &Arc<ServerConfig>, stream: TcpStream) -> io::Result<Self> {
        let session = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
        Ok(Self(StreamOwned::new(session, stream)))
    }
}

impl Read for Secure {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Secure {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.0.write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Drop for Secure {
    fn drop(&mut self) {
        self.0.conn.send_close_notify();
        // The client may be gone already.
        let _ = self.0.flush();
    }
}
