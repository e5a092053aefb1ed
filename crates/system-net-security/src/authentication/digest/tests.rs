//! Known answers, servers of all kinds, and what must not work.

mod bodies;
mod odd_servers;
mod prepared;
mod replay;
mod server;
mod vectors;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use system_net_primitives::{Credentials, NetworkCredential};
use system_net_uri::Uri;

use super::Digest;
use crate::authentication::{
    AuthenticationModule, AuthenticationRequest, AuthenticationState, Authorization, Challenge,
    Challenges,
};
use crate::mechanism::{LogonError, Randomness};

/// Bytes that differ at each call, the same in each run.
#[derive(Default)]
struct Counting(AtomicU8);

impl Randomness for Counting {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), LogonError> {
        bytes.fill(self.0.fetch_add(1, Ordering::Relaxed));
        Ok(())
    }
}

fn client() -> Digest {
    Digest::with_randomness(Arc::new(Counting::default()))
}

/// One request of a client, with what its exchange remembers.
struct Exchange {
    uri: Uri,
    method: &'static str,
    body: Option<&'static [u8]>,
    proxied: Option<&'static str>,
    state: AuthenticationState,
}

impl Exchange {
    fn new(uri: &str) -> Self {
        Self {
            uri: Uri::parse(uri).unwrap(),
            method: "GET",
            body: Some(b""),
            proxied: None,
            state: AuthenticationState::new(),
        }
    }

    fn request(&mut self) -> AuthenticationRequest<'_> {
        let request = AuthenticationRequest::new(&self.uri, self.method, false, &mut self.state);
        let request = match self.body {
            Some(body) => request.with_body(body),
            None => request,
        };
        match self.proxied {
            Some(target) => request.for_proxy(target),
            None => request,
        }
    }

    fn answer_by(
        &mut self,
        client: &Digest,
        challenges: &[&str],
        who: &dyn Credentials,
    ) -> Option<Authorization> {
        let challenges = Challenges::parse(challenges.iter().map(|field| field.as_bytes()));
        client.authenticate(&challenges, &mut self.request(), who)
    }

    fn answer(&mut self, client: &Digest, challenge: &str) -> Option<Authorization> {
        self.answer_by(client, &[challenge], &joe())
    }

    fn unasked(&mut self, client: &Digest) -> Option<Authorization> {
        client.pre_authenticate(&mut self.request(), &joe())
    }
}

fn joe() -> NetworkCredential {
    NetworkCredential::new("joe", "secret")
}

/// The parameters of a field, read by the parser of challenges.
fn fields(authorization: &Authorization) -> Challenge {
    Challenge::parse_credentials(authorization.message().as_bytes()).unwrap()
}

#[track_caller]
fn field(authorization: &Authorization, name: &str) -> String {
    let fields = fields(authorization);
    fields
        .parameter(name)
        .unwrap_or_else(|| panic!("no {name}"))
        .to_owned()
}
