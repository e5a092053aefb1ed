//! Default credentials: a request in the name of the user who runs the program, by the ticket of
//! `kinit` (Kerberos), or by what the file that `NTLM_USER_FILE` names has for this user.
//!
//! `cargo run --example default_credentials -- [URL]`
#![allow(clippy::print_stdout, reason = "the program prints what it gets")]

mod fixture;

use std::error::Error;

use system_net::AuthenticationSchemes;
use system_net::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    let address = match std::env::args().nth(1) {
        Some(address) => address,
        None => {
            fixture::logins::start("http", &[("CONTOSO", "joe", "Joe's password")], |server| {
                server.set_authentication_schemes(
                    AuthenticationSchemes::NEGOTIATE | AuthenticationSchemes::NTLM,
                );
                Ok(())
            })?
        }
    };

    let mut request = WebRequest::create(&address)?;
    request.set_credentials(Some(CredentialCache::default_credentials()))?;
    match request.get_response() {
        Ok(response) => println!("{}", response.into_string()?),
        // Nobody may be logged in here.
        Err(error) if error.response().is_some() => {
            println!("{error}");
            println!("get a ticket with kinit, or name a file with NTLM_USER_FILE");
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
