//! How to: Override a Global Proxy Selection.
//!
//! `cargo run --example override_proxy -- [PROXY]`
#![allow(clippy::print_stdout, reason = "the program prints what it gets")]

mod fixture;

use std::error::Error;
use std::sync::Arc;

use system_net::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    // A proxy that nobody would get through.
    let everywhere = WebProxy::new(fixture::closed_port())?;
    WebRequest::set_default_web_proxy(Some(Arc::new(everywhere)));

    // The other one of the guide is at http://alternateproxy:80/.
    let mut req = WebRequest::create("http://www.contoso.com/default.html")?;
    req.set_proxy(Some(Arc::new(WebProxy::new(fixture::address("/"))?)))?;
    println!("{}", req.get_response()?.into_string()?);

    // No proxy at all: the server is asked directly, here one of our own. No automatic detection
    // either.
    let mut req = WebRequest::create(fixture::start("/default.html"))?;
    req.set_proxy(None)?;
    println!("{}", req.get_response()?.into_string()?);
    Ok(())
}
