//! Connection grouping: a middle tier that serves several users keeps their connections to the back
//! end apart, one group for each, and closes a user's when the user has gone.
//!
//! `cargo run --example connection_group`; how to name groups so that nothing can be guessed from a
//! name is in the example `group_connections`.
#![allow(clippy::print_stdout, reason = "the program prints what it gets")]

mod fixture;

use std::error::Error;
use std::sync::Arc;

use system_net::AuthenticationSchemes;
use system_net::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    let users = [
        ("CONTOSO", "joe", "Joe's password"),
        ("CONTOSO", "susan", "Susan's"),
    ];
    let address = fixture::logins::start("http", &users, |server| {
        server.set_authentication_schemes(AuthenticationSchemes::NTLM);
        // A login holds for its connection, so that not each request has to make it again.
        server.set_unsafe_connection_ntlm_authentication(true);
        Ok(())
    })?;
    let point = ServicePointManager::find_service_point(&address)?;
    for _ in 0..2 {
        for (domain, name, password) in users {
            let mut request = WebRequest::create_http(&address)?;
            let user = NetworkCredential::with_domain(name, password, domain);
            request.set_credentials(Some(Arc::new(user)))?;
            request.set_connection_group_name(Some(name))?;
            // Within a group everybody is the same user.
            request.set_unsafe_authenticated_connection_sharing(true)?;
            println!("{name} is {}", request.get_response()?.into_string()?);
        }
    }
    println!("{} connections", point.current_connections());
    point.close_connection_group(Some("joe"));
    println!("{} when joe has gone", point.current_connections());
    Ok(())
}
