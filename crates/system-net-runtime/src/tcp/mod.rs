//! TCP as a transport: the socket, its options, and the listening socket.

mod acceptor;
mod options;
mod socket;
mod transport;

pub use acceptor::TcpAcceptor;
pub use options::{TcpKeepAlive, TcpOptions};
pub(crate) use socket::KillableSocket;
pub use transport::TcpTransport;
