//! Logins by messages in the fields of HTTP, against this library's own servers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use system_net_config::{Configuration, NetContext};
use system_net_primitives::{CredentialCache, Credentials, NetworkCredential};
use system_net_uri::Uri;

use super::LogonModule;
use crate::authentication::{
    AuthenticationModule as _, AuthenticationRequest, AuthenticationState, Authorization,
    Challenges, Update,
};
use crate::extended_protection::{BindingCheck, ChannelBinding, ChannelBindingKind};
use crate::mechanism::{LogonErrorKind, Mechanism};
use crate::negotiate::NegotiateServer;
use crate::ntlm::{NtHash, NtlmProvider, NtlmServer, NtlmServerOptions, OwnChallenges};
use system_net_testkit::PASSWORD;

fn accounts(user: &str, domain: &str) -> Option<NtHash> {
    (user == "ann" && domain == "EXAMPLE").then(|| NtHash::of_password(PASSWORD))
}

fn ann() -> NetworkCredential {
    NetworkCredential::with_domain("ann", PASSWORD, "EXAMPLE")
}

fn provider() -> NtlmProvider {
    NtlmProvider {
        own_challenges: OwnChallenges::new(),
        ..NtlmProvider::default()
    }
}

/// One request that logs in.
struct Request {
    uri: Uri,
    target: String,
    binding: Option<ChannelBinding>,
    state: AuthenticationState,
}

impl Request {
    fn to(uri: &str) -> Self {
        let uri = Uri::parse(uri).unwrap();
        Self {
            target: format!("HTTP/{}", uri.host()),
            uri,
            binding: None,
            state: AuthenticationState::new(),
        }
    }

    fn facts(&mut self) -> AuthenticationRequest<'_> {
        let request = AuthenticationRequest::new(&self.uri, "GET", true, &mut self.state)
            .to_target(&self.target);
        match &self.binding {
            Some(binding) => request.over_channel(binding),
            None => request,
        }
    }

    /// Answers the field of a challenge.
    fn answer(
        &mut self,
        module: &LogonModule,
        field: &str,
        credentials: &dyn Credentials,
    ) -> Option<Authorization> {
        let challenges = Challenges::parse([field.as_bytes()]);
        module.authenticate(&challenges, &mut self.facts(), credentials)
    }

    /// Says what the server answers in the end, and how many messages the client sent.
    fn log_in(
        &mut self,
        module: &LogonModule,
        server: &mut dyn Mechanism,
        credentials: &dyn Credentials,
    ) -> Result<usize, Option<LogonErrorKind>> {
        let scheme = module.authentication_type().to_owned();
        let mut field = scheme.clone();
        for sent in 1..10 {
            let authorization = self.answer(module, &field, credentials).ok_or(None)?;
            assert_eq!(authorization.connection_group_id(), Some("EXAMPLE\\ann"));
            let token = authorization.message().strip_prefix(&scheme).unwrap();
            let token = STANDARD.decode(token.trim_start()).unwrap();
            let step = server.step(Some(&token));
            let step = step.map_err(|error| Some(error.kind()))?;
            let token = step.message.map(|token| STANDARD.encode(token));
            field = format!("{scheme} {}", token.unwrap_or_default());
            if step.complete {
                let last = Challenges::parse([field.as_bytes()]);
                let update = module.update(&last, None, &mut self.facts());
                assert!(matches!(update, Update::Unchanged), "{update:?}");
                return Ok(sent);
            }
        }
        panic!("the login does not end");
    }
}

#[test]
fn logins_by_ntlm_and_by_negotiation() {
    let binding = ChannelBinding::new(ChannelBindingKind::Endpoint, &b"the channel"[..]);
    for negotiate in [false, true] {
        let module = match negotiate {
            true => LogonModule::negotiate(vec![std::sync::Arc::new(provider())]),
            false => LogonModule::ntlm(provider()),
        };
        assert!(module.binds_connection());
        let mut request = Request::to("https://server.example/x");
        request.binding = Some(binding.clone());
        let options = NtlmServerOptions {
            channel_binding: Some(binding.clone()),
            ..NtlmServerOptions::default()
        };
        let ntlm = Box::new(NtlmServer::new(accounts, options));
        let mut server: Box<dyn Mechanism> = match negotiate {
            true => Box::new(NegotiateServer::new(vec![ntlm])),
            false => ntlm,
        };
        assert_eq!(request.log_in(&module, &mut *server, &ann()), Ok(2));
        let accepted = server.accepted().unwrap();
        assert_eq!(accepted.binding, BindingCheck::Matches);
        assert_eq!(
            accepted.service_name.as_deref(),
            Some("HTTP/server.example")
        );
        // Asked from the beginning on once more: it was refused.
        assert_eq!(
            request.answer(&module, module.authentication_type(), &ann()),
            None
        );
    }
}

#[test]
fn what_a_module_does_not_answer() {
    let module = LogonModule::ntlm(provider());
    let mut request = Request::to("http://server.example/");
    assert_eq!(request.answer(&module, "Negotiate", &ann()), None);
    assert_eq!(request.answer(&module, "Basic realm=x", &ann()), None);
    let nobody = CredentialCache::new();
    assert_eq!(request.answer(&module, "NTLM", &nobody), None);
    // A message that cannot be read, or is none of the login's, ends it.
    for message in ["NTLM =", "NTLM AAAA", "NTLM TlRMTVNTUAA="] {
        let mut request = Request::to("http://server.example/");
        assert!(request.answer(&module, "NTLM", &ann()).is_some());
        assert_eq!(request.answer(&module, message, &ann()), None, "{message}");
        assert_eq!(request.answer(&module, "NTLM", &ann()), None);
    }
}

#[test]
fn default_credentials_need_a_login_of_the_users_own() {
    let default = CredentialCache::default_credentials();
    let mut request = Request::to("http://server.example/");
    let module = LogonModule::ntlm(provider());
    assert_eq!(request.answer(&module, "NTLM", &*default), None);
    let module = LogonModule::ntlm(NtlmProvider {
        default_credential: Some(ann()),
        ..provider()
    });
    let answer = request.answer(&module, "NTLM", &*default).unwrap();
    assert_eq!(answer.connection_group_id(), Some("(default)"));
    assert!(!answer.complete());
}

/// A server of this process, under a name: whether its challenge is answered.
fn reflected(host: &str, change: impl FnOnce(&mut NtlmProvider)) -> bool {
    let mut provider = provider();
    change(&mut provider);
    let options = NtlmServerOptions {
        own_challenges: provider.own_challenges.clone(),
        ..NtlmServerOptions::default()
    };
    let mut server = NtlmServer::new(accounts, options);
    let mut request = Request::to(&format!("http://{host}/"));
    match request.log_in(&LogonModule::ntlm(provider), &mut server, &ann()) {
        Ok(_) => false,
        Err(None) => true,
        Err(Some(kind)) => panic!("{kind:?}"),
    }
}

#[test]
fn loopback_is_this_computer_and_other_names_are_not() {
    for (host, refused) in [
        ("localhost", false),
        ("LOCALHOST.", false),
        ("127.0.0.1", false),
        ("127.1.2.3:8080", false),
        ("[::1]:8080", false),
        ("[::ffff:127.0.0.1]", false),
        ("server.example", true),
        ("10.0.0.1", true),
        ("localhost.example", true),
    ] {
        assert_eq!(reflected(host, |_| {}), refused, "{host}");
    }
}

#[test]
fn back_connection_host_names() {
    let named = |provider: &mut NtlmProvider| {
        provider.back_connection_host_names = vec!["Server.Example".to_owned()];
    };
    assert!(!reflected("server.example", named));
    assert!(reflected("other.example", named));
}

/// A context whose traces of `System.Net` stand in the file that is given.
fn traced() -> (NetContext, tempfile::NamedTempFile) {
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = format!(
        "<configuration><system.diagnostics><sources><source name='System.Net'><listeners>\
         <add name='file' type='System.Diagnostics.TextWriterTraceListener' initializeData='{}'/>\
         </listeners></source></sources><switches><add name='System.Net' value='Warning'/></switches>\
         <trace autoflush='true'/></system.diagnostics></configuration>",
        file.path().display()
    );
    let mut configuration = Configuration::new();
    configuration.apply_str(&text, "app.config").unwrap();
    (NetContext::from_configuration(configuration), file)
}

/// The switch lets the process log in to itself under any name, and says so each time; where the
/// name itself allows it, nothing is said.
#[test]
fn disable_loopback_check_warns() {
    let (_context, log) = traced();
    let warnings = |host: &str| {
        let text = std::fs::read_to_string(log.path()).unwrap();
        let of_host = text
            .lines()
            .filter(|line| line.contains(&format!("HTTP/{host}")));
        of_host.map(str::to_owned).collect::<Vec<_>>()
    };
    let off = |provider: &mut NtlmProvider| provider.disable_loopback_check = true;
    assert!(reflected("checked.example", |_| {}));
    assert_eq!(warnings("checked.example"), [""; 0]);
    for logins in 1..=2 {
        assert!(!reflected("unchecked.example", off));
        let said = warnings("unchecked.example");
        assert_eq!(said.len(), logins, "{said:?}");
        for line in said {
            assert!(
                line.contains("the loopback check of NTLM is turned off"),
                "{line}"
            );
            assert!(line.contains("back connection host names"), "{line}");
        }
    }
    assert!(!reflected("listed.example", |provider| {
        off(provider);
        provider.back_connection_host_names = vec!["listed.example".to_owned()];
    }));
    assert!(!reflected("127.0.0.1", off));
    for host in ["listed.example", "127.0.0.1"] {
        assert_eq!(warnings(host), [""; 0]);
    }
}

/// What registry texts say is what logins do.
#[test]
fn back_connection_names_of_registry_texts() {
    const NTLM: &str = r"[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Lsa\MSV1_0]";
    const LSA: &str = r"[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Lsa]";
    let multi = |names: &[&str]| {
        let text: String = names.iter().map(|name| format!("{name}\0")).collect();
        let units: Vec<String> = (text + "\0")
            .encode_utf16()
            .map(|unit| format!("{:02x},{:02x}", unit & 0xff, unit >> 8))
            .collect();
        // As regedit breaks its lines.
        let lines: Vec<String> = units.chunks(12).map(|line| line.join(",")).collect();
        format!(
            "\"BackConnectionHostNames\"=hex(7):{}",
            lines.join(",\\\r\n  ")
        )
    };
    let read = |text: &str| provider().with_registry_text(text);
    let file = |lines: &[&str]| {
        format!(
            "\u{feff}Windows Registry Editor Version 5.00\r\n\r\n{}\r\n",
            lines.join("\r\n")
        )
    };
    let names = multi(&["contoso", "www.contoso.example"]);
    let both = read(&file(&[NTLM, &names])).unwrap();
    assert_eq!(
        both.back_connection_host_names,
        ["contoso", "www.contoso.example"]
    );
    assert!(!both.disable_loopback_check);
    for (host, refused) in [
        ("contoso", false),
        ("WWW.Contoso.Example", false),
        ("contoso.example", true),
    ] {
        let with = |provider: &mut NtlmProvider| {
            *provider = provider
                .clone()
                .with_registry_text(&file(&[NTLM, &names]))
                .unwrap();
        };
        assert_eq!(reflected(host, with), refused, "{host}");
    }
    // A single text, and one of which the file takes everything back.
    let single = read(&file(&[
        NTLM,
        "\"backconnectionhostnames\"=\"one.example\"",
    ]))
    .unwrap();
    assert_eq!(single.back_connection_host_names, ["one.example"]);
    let none = read(&file(&[NTLM, &names, "\"BackConnectionHostNames\"=-"])).unwrap();
    assert!(none.back_connection_host_names.is_empty());
    // The names are not those of another key; a switch is a number.
    let other = read(&file(&[
        LSA,
        &names,
        "\"DisableLoopbackCheck\"=dword:00000001",
    ]))
    .unwrap();
    assert!(other.back_connection_host_names.is_empty() && other.disable_loopback_check);
    let on = read(&file(&[LSA, "\"DisableLoopbackCheck\"=dword:00000000"])).unwrap();
    assert!(!on.disable_loopback_check);
    for wrong in [
        file(&[NTLM, "\"BackConnectionHostNames\"=dword:00000001"]),
        file(&[LSA, "\"DisableLoopbackCheck\"=\"1\""]),
        file(&[NTLM, "\"BackConnectionHostNames\"=hex(7):61"]),
    ] {
        assert_eq!(read(&wrong).unwrap_err().line(), 4, "{wrong}");
    }
}
