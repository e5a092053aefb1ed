//! Logins that wait: where a key distribution center does not answer, the task that asks it stands
//! still, and no other.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::ThreadId;
use std::time::Duration;

use system_net_config::NetContext;
use system_net_requests::HttpWebRequest;
use system_net_security::authentication::{AuthenticationModules, LogonModule};
use system_net_security::mechanism::{
    ClientLogon, LogonError, LogonErrorKind, Mechanism, MechanismProvider, Step,
};
use system_net_testkit::HttpPeer;
use tokio::io::AsyncReadExt as _;

use crate::connection_logins::{user, with};
use crate::context;

/// Only so that a test which fails does not stand for ever.
const HANG: Duration = Duration::from_secs(30);

/// A login whose first step waits until somebody lets it go on.
struct Slow {
    go: Arc<Mutex<Receiver<()>>>,
    begun: Sender<ThreadId>,
}

struct SlowProvider {
    go: Arc<Mutex<Receiver<()>>>,
    begun: Sender<ThreadId>,
}

impl MechanismProvider for SlowProvider {
    fn name(&self) -> &'static str {
        "Kerberos"
    }

    fn may_block(&self) -> bool {
        true
    }

    fn client(&self, _: &ClientLogon<'_>) -> Result<Box<dyn Mechanism>, LogonError> {
        Ok(Box::new(Slow {
            go: Arc::clone(&self.go),
            begun: self.begun.clone(),
        }))
    }
}

impl Mechanism for Slow {
    fn name(&self) -> &'static str {
        "Kerberos"
    }

    fn oid(&self) -> &'static [u8] {
        &[0x2a]
    }

    fn step(&mut self, _: Option<&[u8]>) -> Result<Step, LogonError> {
        self.begun.send(std::thread::current().id()).unwrap();
        self.go.lock().unwrap().recv_timeout(HANG).map_err(|_| {
            LogonError::new(LogonErrorKind::Unavailable, "nobody let the login go on")
        })?;
        Ok(Step {
            message: Some(b"ticket".to_vec()),
            complete: true,
        })
    }

    fn is_complete(&self) -> bool {
        true
    }

    fn sign(&mut self, _: &[u8]) -> Result<Vec<u8>, LogonError> {
        unreachable!("requests are not signed")
    }

    fn verify(&mut self, _: &[u8], _: &[u8]) -> Result<(), LogonError> {
        unreachable!("requests are not signed")
    }

    fn wrap(&mut self, _: &[u8], _: bool) -> Result<Vec<u8>, LogonError> {
        unreachable!("requests are not hidden")
    }

    fn unwrap(&mut self, _: &[u8], _: bool) -> Result<Vec<u8>, LogonError> {
        unreachable!("requests are not hidden")
    }

    fn can_encrypt(&self) -> bool {
        false
    }

    fn can_sign(&self) -> bool {
        false
    }
}

/// A server that wants the scheme `Kerberos` and takes whatever comes.
fn server() -> HttpPeer {
    HttpPeer::converse(|talk| {
        loop {
            let head = talk.head()?;
            let answer = match head.header("Authorization") {
                None => "HTTP/1.1 401 X\r\nWWW-Authenticate: Kerberos\r\nContent-Length: 0\r\n\r\n",
                Some(_) => "HTTP/1.1 200 X\r\nContent-Length: 2\r\n\r\nin",
            };
            talk.send(answer)?;
        }
    })
}

/// A context that logs in so, who lets a login go on, and who hears that one has begun.
fn slow() -> (NetContext, Sender<()>, Receiver<ThreadId>) {
    let (let_go, go) = channel();
    let (begun, has_begun) = channel();
    let context = context();
    let modules = context.slot(|_| AuthenticationModules::empty());
    modules.register(Arc::new(LogonModule::kerberos(Arc::new(SlowProvider {
        go: Arc::new(Mutex::new(go)),
        begun,
    }))));
    (context, let_go, has_begun)
}

fn asking(context: &NetContext, peer: &HttpPeer) -> HttpWebRequest {
    with(context, &peer.url("/"), user("ann"))
}

/// One thread drives both tasks: if the login stood on it, the other could not let it go on.
#[test]
fn a_login_that_waits_stops_no_other_task() {
    let peer = server();
    let (context, let_go, has_begun) = slow();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let here = std::thread::current().id();
    runtime.block_on(async {
        let mut request = asking(&context, &peer);
        let request = tokio::spawn(async move {
            let response = request.get_response_async().await.unwrap();
            let mut text = String::new();
            let mut body = response.get_response_stream().unwrap().into_async();
            body.read_to_string(&mut text).await.unwrap();
            text
        });
        let other = tokio::spawn(async move {
            let thread = loop {
                match has_begun.try_recv() {
                    Ok(thread) => break thread,
                    Err(_) => tokio::task::yield_now().await,
                }
            };
            let_go.send(()).unwrap();
            thread
        });
        let (text, thread) = tokio::join!(request, other);
        assert_eq!(text.unwrap(), "in");
        assert_ne!(thread.unwrap(), here);
    });
}

/// A blocking call logs in on its own thread.
#[test]
fn a_blocking_call_waits_on_its_own_thread() {
    let peer = server();
    let (context, let_go, has_begun) = slow();
    let_go.send(()).unwrap();
    let mut request = asking(&context, &peer);
    let text = request.get_response().unwrap().into_string().unwrap();
    assert_eq!(text, "in");
    assert_eq!(has_begun.recv().unwrap(), std::thread::current().id());
}

/// A request that is given up does not wait for its login.
#[test]
fn a_request_that_is_given_up_does_not_wait_for_its_login() {
    let peer = server();
    let (context, let_go, has_begun) = slow();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut request = asking(&context, &peer);
        let abort = request.abort_handle();
        let request = tokio::spawn(async move { request.get_response_async().await.map(drop) });
        while has_begun.try_recv().is_err() {
            tokio::task::yield_now().await;
        }
        abort.abort();
        let error = request.await.unwrap().unwrap_err();
        assert_eq!(
            error.status(),
            system_net_requests::WebExceptionStatus::RequestCanceled
        );
    });
    // The thread that asks goes on to its end; the runtime would wait for it.
    let_go.send(()).unwrap();
}
