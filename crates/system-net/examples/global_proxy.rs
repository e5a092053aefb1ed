//! How to: Enable a WebRequest to Use a Proxy to Communicate With the Internet.
//!
//! `cargo run --example global_proxy -- [PROXY]`
#![allow(clippy::print_stdout, reason = "the program prints what it gets")]
#![allow(
    deprecated,
    reason = "the guide shows the older name of the default proxy"
)]

mod fixture;

use std::error::Error;
use std::sync::Arc;

use system_net::GlobalProxySelection;
use system_net::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    // The proxy of the guide is at http://webproxy:80/.
    let proxy_object = WebProxy::new(fixture::address("/"))?;
    GlobalProxySelection::set_select(Arc::new(proxy_object));
    // From now on every request that names no proxy goes through it.
    let mut request = WebRequest::create("http://www.contoso.com/default.html")?;
    println!("{}", request.get_response()?.into_string()?);
    Ok(())
}
