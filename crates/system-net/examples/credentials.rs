//! Credentials: a name and a password for Basic and Digest, the domain as well for NTLM, and a cache
//! that has some for each place.
//!
//! `cargo run --example credentials -- [URL]`; without an address it starts a server that wants
//! another scheme under each of its paths.
#![allow(clippy::print_stdout, reason = "the program prints what it gets")]

mod fixture;

use std::error::Error;
use std::sync::Arc;

use system_net::AuthenticationSchemes;
use system_net::prelude::*;

/// Where an application has it from is its own affair.
const SECURELY_STORED_PASSWORD: &str = "Joe's password";

fn main() -> Result<(), Box<dyn Error>> {
    let address = match std::env::args().nth(1) {
        Some(address) => address,
        None => start()?,
    };

    // Basic and Digest: a name and a password. The server says which of the two it wants.
    let joe = NetworkCredential::new("joe", SECURELY_STORED_PASSWORD);
    show(&format!("{address}basic"), joe.clone())?;
    show(&format!("{address}digest"), joe)?;

    // NTLM: the domain as well.
    let joe = NetworkCredential::with_domain("joe", SECURELY_STORED_PASSWORD, "CONTOSO");
    show(&format!("{address}ntlm"), joe.clone())?;

    // A cache: nobody gets what was stored for another, or for another scheme.
    let mut cache = CredentialCache::new();
    cache.add(&Uri::parse(&address)?, "Digest", joe.clone())?;
    cache.add(&Uri::parse("http://www.contoso.com/")?, "Basic", joe)?;
    show(&format!("{address}digest"), cache.clone())?;
    show(&format!("{address}basic"), cache)
}

fn show(address: &str, credentials: impl Credentials + 'static) -> Result<(), Box<dyn Error>> {
    let mut request = WebRequest::create(address)?;
    request.set_credentials(Some(Arc::new(credentials)))?;
    match request.get_response() {
        Ok(response) => println!("{}", response.into_string()?),
        Err(error) if error.response().is_some() => println!("{error}"),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

fn start() -> Result<String, Box<dyn Error>> {
    let users = [
        ("", "joe", SECURELY_STORED_PASSWORD),
        ("CONTOSO", "joe", SECURELY_STORED_PASSWORD),
    ];
    let address = fixture::logins::start("http", &users, |server| {
        server.set_realm(Some("contoso.com"))?;
        server.set_authentication_scheme_selector_delegate(Some(Arc::new(|request| match request
            .raw_url()
        {
            "/basic" => AuthenticationSchemes::BASIC,
            "/digest" => AuthenticationSchemes::DIGEST,
            _ => AuthenticationSchemes::NTLM,
        })));
        Ok(())
    })?;
    Ok(address)
}
