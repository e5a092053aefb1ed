//! Looks a host up and connects to it, telling what came of each attempt:
//! `cargo run -p system-net-sockets --example resolve_and_connect -- HOST PORT`.

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use system_net_runtime::{Transport, block_on};
use system_net_sockets::{ConnectOptions, Connector, Resolver, SystemResolver};
use system_net_uri::HostAddress;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, port] = arguments.as_slice() else {
        return report("usage: resolve_and_connect HOST PORT", 2);
    };
    match run(host, port) {
        Ok(line) => report(&line, 0),
        Err(error) => report(&format!("error: {error}"), 1),
    }
}

#[allow(clippy::print_stdout, reason = "it is a program")]
fn report(line: &str, code: u8) -> ExitCode {
    println!("{line}");
    ExitCode::from(code)
}

fn run(host: &str, port: &str) -> Result<String, Box<dyn Error>> {
    let resolver = Arc::new(SystemResolver::new());
    let connector = Connector::new(Arc::clone(&resolver) as Arc<dyn Resolver>);
    let port = port.parse()?;
    block_on(async {
        let addresses = resolver.resolve(host).await?;
        let options = ConnectOptions::default();
        let transport = connector
            .connect(HostAddress::Dns(host), port, &options)
            .await?;
        let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
        let peer = transport
            .remote_endpoint()
            .map(|peer| peer.to_string())
            .unwrap_or_default();
        Ok(format!(
            "{host} is {}; connected to {peer}",
            addresses.join(", ")
        ))
    })
}
