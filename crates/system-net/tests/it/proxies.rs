//! What `<defaultProxy>` does, from a file's text on, seen at a proxy.
//!
//! The servers have names that nobody can look up: what answers is the proxy, and what goes
//! directly fails.

use std::process::Command;
use std::sync::Arc;

use system_net::prelude::*;
use system_net::{
    Configuration, ConfigurationWarningKind, DefaultWebProxy, Dns, OverrideResolver,
    register_authentication_module_in, register_proxy_module_in,
};
use system_net_testkit::{HttpPeer, Response};

use crate::login_module::LoginModule;

/// A proxy that answers with its name and the target.
fn proxy(name: &'static str) -> HttpPeer {
    HttpPeer::proxy(move |request| {
        let text = format!("{name} {}", request.target());
        Response::new(200).body(text).into()
    })
}

/// A context of a file that holds this inside of `<system.net>`; nothing of it is in vain, but for
/// what the system's proxy overrides, and types that are registered later.
#[track_caller]
fn configured(system_net: &str) -> NetContext {
    let text = format!("<configuration><system.net>{system_net}</system.net></configuration>");
    let mut configuration = Configuration::new();
    configuration.apply_str(&text, "app.config").unwrap();
    let mut in_vain = configuration.warnings().to_vec();
    in_vain.retain(|it| !it.message().contains("usesystemdefault=\"true\""));
    in_vain.retain(|it| it.kind() != ConfigurationWarningKind::UnregisteredType);
    assert_eq!(in_vain, []);
    let context = NetContext::from_configuration(configuration);
    Dns::set_resolver_in(&context, Some(Arc::new(OverrideResolver::closed())));
    context
}

/// What a request comes to: the proxy's answer, or `direct` if the server's name was looked up.
#[track_caller]
fn get(context: &NetContext, url: &str) -> String {
    outcome(WebRequest::create_in(context, url).unwrap())
}

#[track_caller]
fn outcome(mut request: WebRequest) -> String {
    match request.get_response() {
        Ok(response) => response.into_string().unwrap(),
        Err(error) => {
            let status = error.status();
            assert_eq!(
                status,
                WebExceptionStatus::NameResolutionFailure,
                "{error:#}"
            );
            "direct".to_owned()
        }
    }
}

#[test]
fn config_default_proxy() {
    let peer = proxy("file");
    let section = |attributes: &str| {
        format!(
            "<defaultProxy {attributes}><proxy proxyaddress='{}'/></defaultProxy>",
            peer.url("")
        )
    };
    const URL: &str = "http://www.contoso.com/";
    assert_eq!(
        get(&configured(&section("")), URL),
        "file http://www.contoso.com/"
    );
    assert_eq!(
        get(&configured(&section("enabled='true'")), URL),
        "file http://www.contoso.com/"
    );
    let off = configured(&section("enabled='false'"));
    assert_eq!(get(&off, URL), "direct");
    assert!(WebRequest::default_web_proxy_in(&off).unwrap().is_none());
    assert_eq!(peer.request_count(), 2);

    // useDefaultCredentials: a scheme that needs no password of its own gets in by them.
    let guarded = HttpPeer::proxy(|request| {
        let known = request.header("Proxy-Authorization").as_deref() == Some("X-User me");
        let response = match known {
            true => Response::new(200).body("in"),
            false => Response::new(407).header("Proxy-Authenticate", "X-User"),
        };
        response.into()
    });
    for (attribute, expected) in [("", 407), ("useDefaultCredentials='true'", 200)] {
        let context = configured(&format!(
            "<defaultProxy {attribute}><proxy proxyaddress='{}'/></defaultProxy>\
             <authenticationModules><add type='Contoso.User'/></authenticationModules>",
            guarded.url("")
        ));
        register_authentication_module_in(&context, "Contoso.User", USER);
        let mut request = WebRequest::create_in(&context, URL).unwrap();
        let response = match request.get_response() {
            Ok(response) => response,
            Err(error) => error.into_response().unwrap(),
        };
        assert_eq!(
            response.as_http().unwrap().status_code().as_u16(),
            expected,
            "{attribute}"
        );
    }
}

/// A login for whoever runs the process.
const USER: LoginModule = LoginModule {
    scheme: "X-User",
    answer: "X-User me",
    answers: |request, credentials| request.is_proxy() && credentials.is_default(),
};

#[test]
fn config_proxy_attrs() {
    let peer = proxy("file");
    let with = |attributes: &str| {
        let address = peer.url("");
        configured(&format!(
            "<defaultProxy><proxy proxyaddress='{address}' {attributes}/></defaultProxy>"
        ))
    };
    // proxyaddress, and no name is looked up.
    assert_eq!(
        get(&with(""), "http://www.contoso.com/x?y"),
        "file http://www.contoso.com/x?y"
    );
    // bypassonlocal: names without a dot.
    for (value, expected) in [
        ("true", "direct"),
        ("false", "file http://intranet/"),
        ("Unspecified", "file http://intranet/"),
    ] {
        assert_eq!(
            get(
                &with(&format!("bypassonlocal='{value}'")),
                "http://intranet/"
            ),
            expected,
            "{value}"
        );
    }
    // usesystemdefault: no system has a proxy in this process, so that `true` means none.
    for (value, expected) in [
        ("true", "direct"),
        ("false", "file http://www.contoso.com/"),
        ("Unspecified", "file http://www.contoso.com/"),
    ] {
        assert_eq!(
            get(
                &with(&format!("usesystemdefault='{value}'")),
                "http://www.contoso.com/"
            ),
            expected,
            "{value}"
        );
    }
    let alone = configured("<defaultProxy><proxy usesystemdefault='false'/></defaultProxy>");
    assert_eq!(get(&alone, "http://www.contoso.com/"), "direct");
    // This machine never goes through it.
    let origin = HttpPeer::serve(|_| Response::new(200).body("origin"));
    assert_eq!(get(&with(""), &origin.url("/")), "origin");
    // What concerns scripts is reported.
    let mut configuration = Configuration::new();
    let scripts = "<configuration><system.net><defaultProxy>\
        <proxy autoDetect='true' scriptLocation='http://wpad/wpad.dat'/>\
        </defaultProxy></system.net></configuration>";
    configuration.apply_str(scripts, "app.config").unwrap();
    let told: Vec<_> = configuration
        .warnings()
        .iter()
        .map(|warning| warning.attribute())
        .collect();
    assert_eq!(told, [Some("autoDetect"), Some("scriptLocation")]);
}

#[test]
fn config_bypass_regex() {
    let peer = proxy("file");
    let with = |list: &str| {
        format!(
            "<defaultProxy><proxy proxyaddress='{}'/><bypasslist>{list}</bypasslist></defaultProxy>",
            peer.url("")
        )
    };
    // The guide's static proxy.
    let context = configured(&with("<add address='[a-z]+.blueyonderairlines.com$'/>"));
    assert_eq!(
        get(&context, "http://www.blueyonderairlines.com/a"),
        "direct"
    );
    assert_eq!(
        get(&context, "http://www.BlueYonderAirlines.com/a"),
        "direct"
    );
    let other = "http://www.blueyonderairlines.com.evil.com/";
    assert_eq!(get(&context, other), format!("file {other}"));
    assert_eq!(
        get(&context, "http://www.contoso.com/"),
        "file http://www.contoso.com/"
    );
    // add, remove, clear.
    let removed =
        with("<add address='contoso'/><add address='fabrikam'/><remove address='contoso'/>");
    let context = configured(&removed);
    assert_eq!(
        get(&context, "http://www.contoso.com/"),
        "file http://www.contoso.com/"
    );
    assert_eq!(get(&context, "http://www.fabrikam.com/"), "direct");
    let context = configured(&with(
        "<add address='contoso'/><clear/><add address='tailspin'/>",
    ));
    assert_eq!(
        get(&context, "http://www.contoso.com/"),
        "file http://www.contoso.com/"
    );
    assert_eq!(get(&context, "http://tailspin.com/"), "direct");
    // The guide's first listing has a slip in it, which is told with its place.
    let slip = with(r"<add address='http://[a-z]+\.\contoso\.com/'/>");
    let text = format!("<configuration>\n<system.net>{slip}</system.net></configuration>");
    let error = Configuration::new()
        .apply_str(&text, "app.config")
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("app.config:2:") && error.contains(r"`\c`"),
        "{error}"
    );
    assert!(
        error.contains(r"meant is perhaps `http://[a-z]+\.contoso\.com$`"),
        "{error}"
    );
}

#[test]
fn config_proxy_module_by_name() {
    let peer = proxy("module");
    let address = Uri::parse(&peer.url("/")).unwrap();
    let context =
        configured("<defaultProxy><module type='Contoso.NearestProxy, Contoso'/></defaultProxy>");
    // Not registered: said when a request is made, with what to do.
    let error = WebRequest::create_in(&context, "http://www.contoso.com/").unwrap_err();
    let told = error.to_string();
    assert!(
        told.contains("element `module`, attribute `type`")
            && told.contains("Contoso.NearestProxy"),
        "{told}"
    );
    struct Nearest(Uri);
    impl Proxy for Nearest {
        fn get_proxy(&self, _destination: &Uri) -> Option<Uri> {
            Some(self.0.clone())
        }
        fn is_bypassed(&self, host: &Uri) -> bool {
            host.host().ends_with(".direct")
        }
    }
    let make = move || Arc::new(Nearest(address.clone())) as Arc<dyn Proxy>;
    assert!(register_proxy_module_in(
        &context,
        "Contoso.NearestProxy",
        make
    ));
    assert_eq!(
        get(&context, "http://www.contoso.com/"),
        "module http://www.contoso.com/"
    );
    assert_eq!(get(&context, "http://a.direct/"), "direct");
}

#[test]
fn config_default_proxy_precedence() {
    let (file, code, own) = (proxy("file"), proxy("code"), proxy("own"));
    let set =
        |peer: &HttpPeer| Some(Arc::new(WebProxy::new(peer.url("")).unwrap()) as Arc<dyn Proxy>);
    let section = |enabled: bool| {
        format!(
            "<defaultProxy enabled='{enabled}'><proxy proxyaddress='{}'/></defaultProxy>",
            file.url("")
        )
    };
    const URL: &str = "http://www.contoso.com/";
    let context = configured(&section(true));
    // The file's, for every request and for WebClient, unless it has another or none.
    assert_eq!(get(&context, URL), format!("file {URL}"));
    assert_eq!(
        WebClient::new_in(&context).download_string(URL).unwrap(),
        format!("file {URL}")
    );
    let request = |proxy| {
        let mut request = WebRequest::create_in(&context, URL).unwrap();
        request.set_proxy(proxy).unwrap();
        request
    };
    assert_eq!(outcome(request(set(&own))), format!("own {URL}"));
    assert_eq!(outcome(request(None)), "direct");
    // What the program sets takes the file's place.
    WebRequest::set_default_web_proxy_in(&context, set(&code));
    assert_eq!(get(&context, URL), format!("code {URL}"));
    assert_eq!(outcome(request(set(&own))), format!("own {URL}"));
    WebRequest::set_default_web_proxy_in(&context, None);
    assert_eq!(get(&context, URL), "direct");
    // A section that is off leaves no default, and hinders nobody.
    let off = configured(&section(false));
    assert_eq!(get(&off, URL), "direct");
    assert!(DefaultWebProxy::of(&off).get().unwrap().is_none());
    WebRequest::set_default_web_proxy_in(&off, set(&code));
    assert_eq!(get(&off, URL), format!("code {URL}"));
}

/// Says which test it is that runs as another process.
const CHILD: &str = "SYSTEM_NET_TEST_CHILD";

/// The system's proxy is in the environment: each row is a process of its own, with the global
/// context and its file.
#[test]
fn config_over_system_proxy() {
    if std::env::var_os(CHILD).is_some() {
        let far = outcome(WebRequest::create("http://far.contoso.com/").unwrap());
        let near = outcome(WebRequest::create("http://a.near.com/").unwrap());
        println!("<<{far}|{near}>>");
        return;
    }
    let (system, file) = (proxy("system"), proxy("file"));
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("app.config");
    let run = |section: &str| {
        let text = format!("<configuration><system.net>{section}</system.net></configuration>");
        std::fs::write(&config, text).unwrap();
        let output = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "proxies::config_over_system_proxy",
                "--nocapture",
            ])
            .env(CHILD, "1")
            .env("SYSTEM_NET_CONFIG", &config)
            .env("http_proxy", system.url(""))
            .env("no_proxy", "near.com")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = text
            .split_once("<<")
            .and_then(|(_, rest)| rest.split_once(">>"));
        let (line, _) =
            line.unwrap_or_else(|| panic!("{text}\n{}", String::from_utf8_lossy(&output.stderr)));
        let (far, near) = line.split_once('|').unwrap();
        let first = |text: &str| text.split(' ').next().unwrap().to_owned();
        (first(far), first(near))
    };
    let check = |attributes: &str, list: &str, far: &str, near: &str| {
        let list = match list {
            "" => String::new(),
            list => format!("<bypasslist><add address='{list}'/></bypasslist>"),
        };
        let section = format!("<defaultProxy><proxy {attributes}/>{list}</defaultProxy>");
        assert_eq!(
            run(&section),
            (far.to_owned(), near.to_owned()),
            "{section}"
        );
    };
    let address = format!("proxyaddress='{}'", file.url(""));
    // Nothing said: the system's, its exceptions included.
    check("", "", "system", "direct");
    // Said: the file's, one by one.
    check(&address, "", "file", "direct");
    check("", "far", "direct", "system");
    check(&address, "far", "direct", "file");
    // The system's alone, or not at all.
    check(
        &format!("usesystemdefault='true' {address}"),
        "far",
        "system",
        "direct",
    );
    check(
        &format!("usesystemdefault='false' {address}"),
        "",
        "file",
        "file",
    );
    check("usesystemdefault='false'", "", "direct", "direct");
    // Off is off, whatever the system says.
    let off = run("<defaultProxy enabled='false'/>");
    assert_eq!(off, ("direct".to_owned(), "direct".to_owned()));
}
