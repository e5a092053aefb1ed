//! A protocol of another author that uses all that the built-in ones have: the context's
//! authentication modules, credentials, a proxy, connection groups and a pool of its own.
//!
//! Its dialogue is lines over TCP. `ASK path` is answered by `GIVE text`, or by `LOGIN challenge`
//! until a line `AUTH answer` was right; `VIA host:port` before all else has a relay connect there.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use system_net_config::NetContext;
use system_net_primitives::{CredentialCache, Credentials, Misuse, NetworkCredential};
use system_net_requests::{
    AuthenticationManager, BoxFuture, Phase, WebError, WebExceptionStatus as Status, WebRequest,
    WebRequestCreate, WebRequestImpl, WebResponse,
};
use system_net_security::authentication::{AuthenticationRequest, AuthenticationState, Challenges};
use system_net_uri::Uri;
use system_net_web_proxy::{Proxy, WebProxy};

use crate::{check_status, context};
use system_net_testkit::{PASSWORD, basic_login};

// ---- The protocol ----

type Line = BufReader<TcpStream>;

/// Idle connections by connection group, server and relay.
#[derive(Default)]
struct LinePool(Mutex<HashMap<PoolKey, Vec<Line>>>);

type PoolKey = (Option<String>, String, Option<String>);

struct LineRequest {
    context: NetContext,
    uri: Uri,
    group: Option<String>,
    credentials: Option<Arc<dyn Credentials>>,
    proxy: Option<Arc<dyn Proxy>>,
}

fn authority(uri: &Uri) -> String {
    format!("{}:{}", uri.host(), uri.port().unwrap_or(7))
}

fn say(line: &mut Line, words: &str) -> io::Result<String> {
    line.get_mut().write_all(format!("{words}\n").as_bytes())?;
    let mut answer = String::new();
    line.read_line(&mut answer)?;
    Ok(answer.trim_end().to_owned())
}

impl LineRequest {
    fn relay(&self) -> Option<Uri> {
        let proxy = self.proxy.as_ref()?;
        match proxy.is_bypassed(&self.uri) {
            true => None,
            false => proxy.get_proxy(&self.uri),
        }
    }

    fn exchange(&self) -> Result<WebResponse, WebError> {
        let fail =
            |error: io::Error| WebError::from_io(error, Status::ReceiveFailure, Phase::Sending);
        let pool = self.context.slot(|_| LinePool::default());
        let relay = self.relay();
        let target = authority(&self.uri);
        let key = (
            self.group.clone(),
            target.clone(),
            relay.as_ref().map(authority),
        );
        let kept = pool.0.lock().unwrap().get_mut(&key).and_then(Vec::pop);
        let mut line = match kept {
            Some(line) => line,
            None => {
                let to = key.2.as_deref().unwrap_or(&target);
                let mut line = BufReader::new(TcpStream::connect(to).map_err(fail)?);
                if relay.is_some() {
                    say(&mut line, &format!("VIA {target}")).map_err(fail)?;
                }
                line
            }
        };
        let ask = format!("ASK {}", self.uri.absolute_path());
        let mut answer = say(&mut line, &ask).map_err(fail)?;
        if let Some(challenge) = answer.strip_prefix("LOGIN ") {
            let reply = self.log_in(challenge)?;
            answer = say(&mut line, &format!("AUTH {reply}")).map_err(fail)?;
            if answer == "OK" {
                answer = say(&mut line, &ask).map_err(fail)?;
            }
        }
        match answer.strip_prefix("GIVE ") {
            Some(text) => {
                pool.0.lock().unwrap().entry(key).or_default().push(line);
                Ok(WebResponse::from_bytes(text.to_owned()))
            }
            None => Err(WebError::new(
                Status::ProtocolError,
                Phase::ReadingHead,
                answer,
            )),
        }
    }

    fn log_in(&self, challenge: &str) -> Result<String, WebError> {
        let modules = AuthenticationManager::of(&self.context)?;
        let mut state = AuthenticationState::default();
        let mut request = AuthenticationRequest::new(&self.uri, "ASK", true, &mut state);
        let challenges = Challenges::parse([challenge.as_bytes()]);
        let answer = self
            .credentials
            .as_deref()
            .and_then(|credentials| modules.authenticate(&challenges, &mut request, credentials));
        match answer {
            Some(answer) => Ok(answer.authorization().message().to_owned()),
            None => {
                let phase = Phase::ReadingHead;
                Err(WebError::new(
                    Status::ProtocolError,
                    phase,
                    "a login is needed",
                ))
            }
        }
    }
}

impl WebRequestImpl for LineRequest {
    fn send_async(&mut self) -> BoxFuture<Result<WebResponse, WebError>> {
        let answer = self.exchange();
        Box::pin(async { answer })
    }

    fn request_uri(&self) -> Result<&Uri, Misuse> {
        Ok(&self.uri)
    }

    fn credentials(&self) -> Result<Option<Arc<dyn Credentials>>, Misuse> {
        Ok(self.credentials.clone())
    }

    fn set_credentials(&mut self, credentials: Option<Arc<dyn Credentials>>) -> Result<(), Misuse> {
        self.credentials = credentials;
        Ok(())
    }

    fn proxy(&self) -> Result<Option<Arc<dyn Proxy>>, Misuse> {
        Ok(self.proxy.clone())
    }

    fn set_proxy(&mut self, proxy: Option<Arc<dyn Proxy>>) -> Result<(), Misuse> {
        self.proxy = proxy;
        Ok(())
    }

    fn connection_group_name(&self) -> Result<Option<&str>, Misuse> {
        Ok(self.group.as_deref())
    }

    fn set_connection_group_name(&mut self, name: Option<&str>) -> Result<(), Misuse> {
        self.group = name.map(str::to_owned);
        Ok(())
    }
}

struct LineCreator;

impl WebRequestCreate for LineCreator {
    fn create(&self, context: &NetContext, uri: &Uri) -> Result<WebRequest, WebError> {
        Ok(WebRequest::new(LineRequest {
            context: context.clone(),
            uri: uri.clone(),
            group: None,
            credentials: None,
            // What every protocol gets unless told otherwise.
            proxy: WebRequest::default_web_proxy_in(context)?,
        }))
    }
}

// ---- Its peers, which know nothing of the above ----

struct LinePeer {
    address: SocketAddr,
    opened: Arc<AtomicUsize>,
    heard: Arc<Mutex<Vec<String>>>,
}

impl LinePeer {
    /// Serves connections by themselves until the program ends.
    fn new(serve: impl Fn(&str, &mut bool) -> String + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let peer = Self {
            address: listener.local_addr().unwrap(),
            opened: Arc::default(),
            heard: Arc::default(),
        };
        let (opened, heard) = (Arc::clone(&peer.opened), Arc::clone(&peer.heard));
        let serve = Arc::new(serve);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                opened.fetch_add(1, Ordering::SeqCst);
                let (heard, serve) = (Arc::clone(&heard), Arc::clone(&serve));
                let mut line = BufReader::new(stream.unwrap());
                std::thread::spawn(move || {
                    let mut known = false;
                    let mut words = String::new();
                    while line.read_line(&mut words).is_ok_and(|length| length > 0) {
                        heard.lock().unwrap().push(words.trim_end().to_owned());
                        let answer = serve(words.trim_end(), &mut known);
                        if line.get_mut().write_all(answer.as_bytes()).is_err() {
                            return;
                        }
                        words.clear();
                    }
                });
            }
        });
        peer
    }

    fn opened(&self) -> usize {
        self.opened.load(Ordering::SeqCst)
    }

    fn heard(&self) -> Vec<String> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }
}

/// Lets in `user` with the password of all tests, for what lies below `/secret`.
fn server(name: &'static str) -> LinePeer {
    LinePeer::new(move |words, known| {
        let answer = match words.split_once(' ') {
            Some(("AUTH", login)) if login == basic_login("user") => {
                *known = true;
                "OK".to_owned()
            }
            Some(("ASK", path)) if *known || !path.starts_with("/secret") => {
                format!("GIVE {name} {path}")
            }
            Some(("ASK", _)) => "LOGIN Basic realm=\"line\"".to_owned(),
            Some(("VIA", _)) => "OK".to_owned(),
            _ => "NO".to_owned(),
        };
        answer + "\n"
    })
}

/// What a program does that knows `WebRequest` alone.
fn ask(
    context: &NetContext,
    url: &str,
    prepare: impl FnOnce(&mut WebRequest),
) -> Result<String, WebError> {
    let mut request = WebRequest::create_in(context, url)?;
    prepare(&mut request);
    request.get_response()?.into_string()
}

#[test]
fn custom_protocol_full_impl() {
    let context = context();
    WebRequest::register_prefix_in(&context, "line:", LineCreator);
    let (origin, relay) = (server("origin"), server("relay"));
    let url = |path: &str| format!("line://{}{path}", origin.address);
    let login = |request: &mut WebRequest, password: &str| {
        let uri = request.request_uri().unwrap().clone();
        let mut cache = CredentialCache::new();
        cache
            .add(&uri, "Basic", NetworkCredential::new("user", password))
            .unwrap();
        request.set_credentials(Some(Arc::new(cache))).unwrap();
    };

    // The pool: one connection after another, and another one for another group.
    for _ in 0..3 {
        assert_eq!(ask(&context, &url("/a"), |_| {}).unwrap(), "origin /a");
    }
    assert_eq!(origin.opened(), 1);
    let in_group = |request: &mut WebRequest| request.set_connection_group_name(Some("g")).unwrap();
    for _ in 0..2 {
        ask(&context, &url("/a"), in_group).unwrap();
    }
    assert_eq!(origin.opened(), 2);

    // The login, by the context's modules; the connection that is known is the group's alone.
    check_status(
        ask(&context, &url("/secret"), |_| {}),
        Status::ProtocolError,
    );
    let wrong = |request: &mut WebRequest| login(request, "wrong");
    check_status(ask(&context, &url("/secret"), wrong), Status::ProtocolError);
    origin.heard();
    let text = ask(&context, &url("/secret"), |request| {
        in_group(request);
        login(request, PASSWORD);
    });
    assert_eq!(text.unwrap(), "origin /secret");
    assert_eq!(
        origin.heard(),
        [
            "ASK /secret",
            &format!("AUTH {}", basic_login("user")),
            "ASK /secret"
        ]
    );
    assert_eq!(
        ask(&context, &url("/secret"), in_group).unwrap(),
        "origin /secret"
    );
    check_status(
        ask(&context, &url("/secret"), |_| {}),
        Status::ProtocolError,
    );
    // A module that is taken away answers no more, for this protocol either.
    let modules = AuthenticationManager::of(&context).unwrap();
    modules.unregister("Basic").unwrap();
    let right = |request: &mut WebRequest| login(request, PASSWORD);
    check_status(ask(&context, &url("/secret"), right), Status::ProtocolError);

    // The proxy: the request's, the context's, and none for this machine.
    let through = |bypass: bool| {
        let proxy = WebProxy::new(format!("http://{}", relay.address)).unwrap();
        proxy.set_bypass_proxy_on_local(bypass);
        Arc::new(proxy) as Arc<dyn Proxy>
    };
    let by_relay = |request: &mut WebRequest| request.set_proxy(Some(through(false))).unwrap();
    let far = "line://far.example:7/x";
    for _ in 0..2 {
        assert_eq!(ask(&context, far, by_relay).unwrap(), "relay /x");
    }
    assert_eq!(relay.heard(), ["VIA far.example:7", "ASK /x", "ASK /x"]);
    WebRequest::set_default_web_proxy_in(&context, Some(through(true)));
    assert_eq!(ask(&context, far, |_| {}).unwrap(), "relay /x");
    assert_eq!(relay.opened(), 1, "one relay, one server, one group");
    assert_eq!(ask(&context, &url("/a"), |_| {}).unwrap(), "origin /a");
    assert_eq!(relay.heard(), ["ASK /x"]);
}
