//! HttpListener: who logs in by which scheme, chosen for each request by a delegate.
//!
//! `cargo run --example listener_auth -- [PREFIX]` listens (at `http://localhost:8080/`, say) until its
//! standard input ends; `/public` is for everybody, `/basic`, `/digest` and `/ntlm` for those who log in
//! as `Joe` with the password `secret`. Without a prefix it takes a free port, sends the requests
//! itself, and ends.
//!
//! Basic sends the password as it is: use it over TLS only, outside of examples.
#![allow(clippy::print_stdout, reason = "the program shows who comes")]
#![allow(clippy::disallowed_methods, reason = "the listener has a thread")]

use std::error::Error;
use std::io::Read;
use std::sync::Arc;
use std::thread;

use system_net::accounts::Accounts;
use system_net::prelude::*;
use system_net::{AuthenticationSchemes, HttpListenerRequest};

fn main() -> Result<(), Box<dyn Error>> {
    let prefix = std::env::args().nth(1);
    let listener = HttpListener::new();
    let free = "http://localhost:0/".to_owned();
    listener.prefixes().add(prefix.as_ref().unwrap_or(&free))?;

    // Who may log in. Programs that have users elsewhere implement CredentialValidator.
    let users = Accounts::new();
    users.add("Joe", "", "secret");
    listener.set_credential_validator(Some(Arc::new(users)));
    listener.set_realm(Some("the office"))?;
    listener.set_authentication_scheme_selector_delegate(Some(Arc::new(scheme_for)));
    listener.start()?;
    println!("Listening at {}", listener.url("")?);

    let serving = listener.clone();
    let thread = thread::spawn(move || {
        while let Ok(mut context) = serving.get_context() {
            let text = match context.user() {
                Some(user) => format!("{} by {}", user.name(), user.authentication_type()),
                None => "somebody".to_owned(),
            };
            // A client that went away has nobody to tell.
            let _ = context.response_mut().close_with_text(&text);
        }
    });
    if prefix.is_none() {
        ask(&listener.url("")?)?;
    } else {
        std::io::stdin().read_to_end(&mut Vec::new())?;
    }
    listener.drain()?;
    thread.join().map_err(|_| "the thread has panicked".into())
}

/// The scheme that is demanded of a request; none at all refuses it with 403.
fn scheme_for(request: &HttpListenerRequest) -> AuthenticationSchemes {
    match request.url().map(Uri::absolute_path) {
        Some("/public") => AuthenticationSchemes::ANONYMOUS,
        Some("/basic") => AuthenticationSchemes::BASIC,
        Some("/digest") => AuthenticationSchemes::DIGEST,
        Some("/ntlm") => AuthenticationSchemes::NTLM,
        _ => AuthenticationSchemes::NONE,
    }
}

/// A client of the listener.
fn ask(address: &str) -> Result<(), Box<dyn Error>> {
    for (path, password) in [
        ("public", None),
        ("basic", Some("secret")),
        ("digest", Some("secret")),
        ("ntlm", Some("secret")),
        ("digest", Some("guess")),
        ("basic", None),
        ("private", Some("secret")),
    ] {
        let mut request = WebRequest::create(format!("{address}{path}"))?;
        if let Some(password) = password {
            let joe: Arc<dyn Credentials> = Arc::new(NetworkCredential::new("Joe", password));
            request.set_credentials(Some(joe))?;
        }
        match request.get_response() {
            Ok(response) => println!("{path}: {}", response.into_string()?),
            Err(error) => println!("{path}: {error}"),
        }
    }
    Ok(())
}
