//! The schemes that are there from the beginning, and how each is taken away: by the program and by
//! the configuration file. What is looked at is what a server gets that offers them all.

use std::sync::{Arc, Mutex};

use system_net::authentication::AuthenticationModules;
use system_net::prelude::*;
use system_net::{Configuration, NetworkCredential};
use system_net_testkit::{HttpPeer, PASSWORD, Response};

/// As they stand in the order of strength, with .NET's names of their types.
const FIVE: [(&str, &str); 5] = [
    ("Negotiate", "System.Net.NegotiateClient"),
    ("Kerberos", "System.Net.KerberosClient"),
    ("NTLM", "System.Net.NtlmClient"),
    ("Digest", "System.Net.DigestClient"),
    ("Basic", "System.Net.BasicClient"),
];

/// The scheme of the first answer to a server that offers these; `None` if there is none.
fn answer_to(context: &NetContext, offered: &[&'static str]) -> Option<String> {
    let said = Arc::new(Mutex::new(None));
    let heard = Arc::clone(&said);
    let offered: Vec<String> = offered
        .iter()
        .map(|scheme| match *scheme {
            "Digest" => "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"".to_owned(),
            "Basic" => "Basic realm=\"r\"".to_owned(),
            bare => bare.to_owned(),
        })
        .collect();
    let peer = HttpPeer::serve(move |request| match request.header("Authorization") {
        Some(answer) => {
            let scheme = answer.split(' ').next().unwrap_or_default().to_owned();
            heard.lock().unwrap().get_or_insert(scheme);
            Response::new(200)
        }
        None => offered.iter().fold(Response::new(401), |response, field| {
            response.header("WWW-Authenticate", field)
        }),
    });
    let mut request = WebRequest::create_http_in(context, peer.url("/")).unwrap();
    let ann = NetworkCredential::with_domain("ann", PASSWORD, "EXAMPLE");
    request.set_credentials(Some(Arc::new(ann))).unwrap();
    let _refused = request.get_response();
    said.lock().unwrap().take()
}

fn registered(context: &NetContext) -> Vec<String> {
    let modules = context.slot(|_| AuthenticationModules::new());
    let names = modules.registered_modules();
    names
        .iter()
        .map(|module| module.authentication_type().to_owned())
        .collect()
}

/// A context of a file with these `authenticationModules`.
fn configured(changes: &str) -> NetContext {
    let mut configuration = Configuration::new();
    let text = format!(
        "<configuration><system.net><authenticationModules>{changes}</authenticationModules>\
         </system.net></configuration>"
    );
    configuration.apply_str(&text, "app.config").unwrap();
    NetContext::from_configuration(configuration)
}

#[test]
fn auth_default_modules() {
    let names = FIVE.map(|(scheme, _)| scheme);
    assert_eq!(registered(&NetContext::new()), names);
    // Alone, each is answered where it can be: a bare Kerberos login needs a ticket.
    for (scheme, type_name) in FIVE.iter().filter(|(scheme, _)| *scheme != "Kerberos") {
        let here = answer_to(&NetContext::new(), &[scheme]);
        assert_eq!(here.as_deref(), Some(*scheme));
        // Taken away by the program: it is not answered any more, and the others are.
        let context = NetContext::new();
        let modules = context.slot(|_| AuthenticationModules::new());
        modules.unregister(scheme).unwrap();
        assert_eq!(answer_to(&context, &[scheme]), None, "{scheme}");
        let rest: Vec<&str> = names.into_iter().filter(|name| name != scheme).collect();
        assert_eq!(registered(&context), rest);
        let best = rest.iter().find(|name| **name != "Kerberos").copied();
        assert_eq!(answer_to(&context, &names).as_deref(), best, "{scheme}");
        // Taken away by the file.
        let context = configured(&format!("<remove type='{type_name}'/>"));
        assert_eq!(answer_to(&context, &[scheme]), None, "{type_name}");
        assert_eq!(registered(&context), rest, "{type_name}");
        // And the only one that the file leaves.
        let context = configured(&format!("<clear/><add type='{type_name}'/>"));
        let alone = answer_to(&context, &names);
        assert_eq!(alone.as_deref(), Some(*scheme), "{type_name}");
        assert_eq!(registered(&context), [*scheme]);
    }
    // Kerberos is registered and taken away as the others are.
    let context = NetContext::new();
    let modules = context.slot(|_| AuthenticationModules::new());
    modules.unregister("kerberos").unwrap();
    assert_eq!(
        registered(&context),
        ["Negotiate", "NTLM", "Digest", "Basic"]
    );
    let context = configured("<clear/><add type='System.Net.KerberosClient, System'/>");
    assert_eq!(answer_to(&context, &["Basic", "NTLM"]), None);
    assert_eq!(registered(&context), ["Kerberos"]);
}
