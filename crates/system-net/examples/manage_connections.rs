//! Managing Connections: how many connections there may be to a server, for all of them and for one.
//!
//! `cargo run --example manage_connections -- [URL]`
#![allow(clippy::print_stdout, reason = "the program prints what it gets")]

mod fixture;

use std::thread;

use system_net::prelude::*;

fn main() -> Result<(), WebError> {
    // Set the maximum number of connections per server to 4.
    ServicePointManager::global().set_default_connection_limit(4)?;

    let address = fixture::address("/");
    get_at_once(&address, 8)?;

    // That does not affect service points that are there: change the limit of this one.
    let uri = Uri::parse(&address)?;
    let sp = ServicePointManager::find_service_point(&uri)?;
    let new_limit = 6;
    println!(
        "{} connections at most, now {new_limit}",
        sp.connection_limit()
    );
    sp.set_connection_limit(new_limit)?;
    get_at_once(&address, 12)?;
    Ok(())
}

/// Sends requests all at once; those without a connection wait for one.
fn get_at_once(address: &str, count: usize) -> Result<(), WebError> {
    let get = || {
        let mut request = WebRequest::create(address)?;
        request.get_response()?.into_string()
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(get)).collect();
        for thread in threads {
            thread.join().expect("it does not panic")?;
        }
        println!("{count} responses");
        Ok(())
    })
}
