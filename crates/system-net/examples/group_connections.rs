//! How to: Assign User Information to Group Connections: no user's requests go over connections that
//! were opened for another.
//!
//! The guide names a user's group by the SHA-1 of the name, the password and the domain. Whoever
//! sees such a name, in a trace or in a dump of the memory, can guess passwords until one fits. The
//! name need only be the user's own, so here it is a keyed hash, HMAC-SHA-256, of name and domain
//! without the password, and the key is one that nobody knows outside of this run.
//!
//! `cargo run --example group_connections -- [URL]`
#![allow(clippy::print_stdout, reason = "the program prints what it gets")]

mod fixture;

use std::error::Error;
use std::sync::Arc;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use system_net::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    let address = fixture::address("/payroll");
    let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new())?;
    // Where an application has them from is its own affair.
    let users = [("Joe", "Joe's password"), ("Susan", "Susan's password")];
    let users = users.map(|(name, password)| {
        Arc::new(NetworkCredential::with_domain(name, password, "CONTOSO"))
    });

    for user in users.iter().chain(&users) {
        // Create a connection group name.
        let secure_group_name = group_name(&key, user);

        // Create a request for a specific URL.
        let mut my_web_request = WebRequest::create(&address)?;
        my_web_request.set_credentials(Some(Arc::clone(user) as Arc<dyn Credentials>))?;
        my_web_request.set_connection_group_name(Some(&secure_group_name))?;

        let my_web_response = my_web_request.get_response()?;
        println!("{}: {}", user.user_name(), my_web_response.into_string()?);
    }

    let point = ServicePointManager::find_service_point(&address)?;
    println!("{} connections", point.current_connections());
    Ok(())
}

/// A name that only this user's group has in this run of the program.
fn group_name(key: &hmac::Key, user: &NetworkCredential) -> String {
    let mut context = hmac::Context::with_key(key);
    for part in [user.user_name(), user.domain()] {
        // With its length, so that no two users run together to the same bytes.
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    let tag = context.sign();
    tag.as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
