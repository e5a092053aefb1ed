//! Name servers and how they are asked.

use std::net::SocketAddr;

use hickory_resolver::config::{ConnectionConfig, NameServerConfig};

/// A name server, and how it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameServer {
    address: SocketAddr,
    https: Option<Https>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Https {
    host: String,
    path: String,
}

impl NameServer {
    /// Asked by UDP, and by TCP for what is too long.
    #[must_use]
    pub fn udp_and_tcp(address: SocketAddr) -> Self {
        Self {
            address,
            https: None,
        }
    }

    /// Asked over HTTPS (RFC 8484): at this address, as this host, which the certificate must
    /// name, by this path, such as `/dns-query`.
    #[must_use]
    pub fn https(address: SocketAddr, host: &str, path: &str) -> Self {
        Self {
            address,
            https: Some(Https {
                host: host.to_owned(),
                path: path.to_owned(),
            }),
        }
    }

    pub(super) fn is_https(&self) -> bool {
        self.https.is_some()
    }

    pub(super) fn config(&self) -> NameServerConfig {
        let mut connections = match &self.https {
            None => vec![ConnectionConfig::udp(), ConnectionConfig::tcp()],
            Some(https) => vec![ConnectionConfig::https(
                https.host.as_str().into(),
                Some(https.path.as_str().into()),
            )],
        };
        for connection in &mut connections {
            connection.port = self.address.port();
        }
        NameServerConfig::new(self.address.ip(), true, connections)
    }
}
