//! A login of the program's own: an `AuthenticationModule` that the `AuthenticationManager` asks like
//! those that are built in, and the server that understands it.
//!
//! The scheme is made up: the server sends a question, and the client answers with a code over it
//! under a key that both know, so that the key itself never travels.
//!
//! `cargo run --example custom_auth_module`
#![allow(clippy::print_stdout, reason = "the program prints what it gets")]
#![allow(clippy::disallowed_methods, reason = "the server has a thread")]

use std::error::Error;
use std::sync::Arc;
use std::thread;

use aws_lc_rs::hmac;
use system_net::AuthenticationManager;
use system_net::authentication::{
    AuthenticationModule, AuthenticationRequest, Authorization, Challenge, Challenges,
};
use system_net::prelude::*;

const SCHEME: &str = "Contoso-Code";

/// The client's side.
struct CodeModule;

impl AuthenticationModule for CodeModule {
    fn authentication_type(&self) -> &str {
        SCHEME
    }

    fn can_pre_authenticate(&self) -> bool {
        // There is no question yet to answer.
        false
    }

    fn authenticate(
        &self,
        challenges: &Challenges,
        request: &mut AuthenticationRequest<'_>,
        credentials: &dyn Credentials,
    ) -> Option<Authorization> {
        let question = challenges.find(SCHEME)?.parameter("question")?.to_owned();
        if request.state().get::<String>() == Some(&question) {
            // This question was answered, and the answer was wrong.
            return None;
        }
        let user = credentials.get_credential(request.challenged_uri(), SCHEME)?;
        let code = code(user.password(), &question);
        request.state().set(question);
        let name = user.user_name();
        Some(Authorization::new(format!(
            "{SCHEME} name=\"{name}\", code=\"{code}\""
        )))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    AuthenticationManager::global()?.register(Arc::new(CodeModule));
    let address = start()?;
    for password in ["the key", "another key"] {
        let mut request = WebRequest::create(&address)?;
        let joe = NetworkCredential::new("joe", password);
        request.set_credentials(Some(Arc::new(joe)))?;
        match request.get_response() {
            Ok(response) => println!("{}", response.into_string()?),
            Err(error) if error.response().is_some() => println!("{error}"),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The code over a question.
fn code(key: &str, question: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    let tag = hmac::sign(&key, question.as_bytes());
    let bytes = tag.as_ref().iter();
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

/// The server's side. To the listener such requests are anonymous: it looks at none of their logins.
fn start() -> Result<String, HttpListenerError> {
    let listener = HttpListener::new();
    listener.prefixes().add("http://localhost:0/")?;
    listener.start()?;
    let address = listener.url("account")?.replace("127.0.0.1", "localhost");
    thread::spawn(move || -> Result<(), Misuse> {
        // A question of one's own for each client, in earnest.
        let question = "what is new?";
        while let Ok(mut context) = listener.get_context() {
            let field = context.request().headers().get("Authorization");
            let answer = field.and_then(|field| Challenge::parse_credentials(field.as_bytes()));
            let name = answer.filter(|answer| {
                answer.is_scheme(SCHEME)
                    && answer.parameter("code") == Some(&*code("the key", question))
            });
            let name = name.and_then(|answer| answer.parameter("name").map(str::to_owned));
            let response = context.response_mut();
            let text = match name {
                Some(name) => format!("Hello {name}"),
                None => {
                    let challenge = format!("{SCHEME} question=\"{question}\"");
                    response.ask_for_login(&challenge)?;
                    String::new()
                }
            };
            let _client_has_gone = response.close_with(text);
        }
        Ok(())
    });
    Ok(address)
}
