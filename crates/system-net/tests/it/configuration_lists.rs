//! What lists of configuration files take out again, and the lists of .NET's own machine file, through
//! the facade alone.

use std::sync::Arc;

use system_net::diagnostics::{Emitter, Source, Traced};
use system_net::prelude::*;
use system_net::{Configuration, ConfigurationWarningKind, ServicePointManager};
use system_net_testkit::{HttpPeer, PASSWORD, Response, basic_login};

/// The context of files applied one over the other, each given as what stands in `<configuration>`.
#[track_caller]
fn context_of(files: &[&str]) -> NetContext {
    let mut configuration = Configuration::new();
    for inner in files {
        let text = format!("<configuration>{inner}</configuration>");
        configuration.apply_str(&text, "app.config").unwrap();
    }
    NetContext::from_configuration(configuration)
}

#[test]
fn config_removed_limits() {
    let machine = "<system.net><connectionManagement>\
                   <add address='*' maxconnection='3'/>\
                   <add address='WWW.contoso.com' maxconnection='7'/>\
                   </connectionManagement></system.net>";
    let over = |changes: &str| {
        let text = format!(
            "<system.net><connectionManagement>{changes}</connectionManagement></system.net>"
        );
        let context = context_of(&[machine, &text]);
        let manager = ServicePointManager::of(&context);
        let limit = |url: &str| manager.find(url).unwrap().connection_limit();
        (
            limit("http://www.contoso.com/"),
            limit("http://www.adatum.com/"),
        )
    };
    let (_, usual) = over("<clear/>");
    for (changes, expected) in [
        ("", (7, 3)),
        ("<remove address='www.CONTOSO.com'/>", (3, 3)),
        ("<remove address='*'/>", (7, usual)),
        ("<clear/>", (usual, usual)),
        ("<clear/><add address='*' maxconnection='5'/>", (5, 5)),
    ] {
        assert_eq!(over(changes), expected, "{changes}");
    }
    assert_ne!(usual, 3);
}

#[test]
fn config_removed_modules() {
    let peer = HttpPeer::serve(|_| Response::new(200).body("built in"));
    let outcome = |changes: &str| {
        let context = context_of(&[&format!(
            "<system.net><webRequestModules>{changes}</webRequestModules></system.net>"
        )]);
        match WebRequest::create_in(&context, peer.url("/")) {
            Ok(mut request) => request.get_response().unwrap().into_string().unwrap(),
            Err(error) => error.to_string(),
        }
    };
    assert_eq!(outcome(""), "built in");
    assert_eq!(outcome("<remove prefix='FILE'/>"), "built in");
    assert!(outcome("<remove prefix='Http:'/>").contains("no protocol is registered"));
    assert!(outcome("<clear/>").contains("no protocol is registered"));
    // What was taken out is put back under .NET's name of its type.
    let back = "<clear/><add prefix='http' type='System.Net.HttpRequestCreator'/>";
    assert_eq!(outcome(back), "built in");
}

#[test]
fn config_removed_sources_and_switches() {
    let folder = tempfile::tempdir().unwrap();
    let heard = |changes: &str| {
        let log = folder.path().join("network.log");
        let _ = std::fs::remove_file(&log);
        let machine = format!(
            "<system.diagnostics>\
             <sources><source name='System.Net.HttpListener'><listeners>\
             <remove name='Default'/>\
             <add name='l' type='System.Diagnostics.TextWriterTraceListener' initializeData='{}'/>\
             </listeners></source></sources>\
             <switches><add name='System.Net.HttpListener' value='Verbose'/></switches>\
             <trace autoflush='true'/></system.diagnostics>",
            log.display()
        );
        let application = format!("<system.diagnostics>{changes}</system.diagnostics>");
        let context = context_of(&[&machine, &application]);
        let object = Traced::new();
        let emitter = Emitter::new(Source::HttpListener, "HttpListener", &object);
        drop(emitter.enter("Removed", format_args!("")));
        drop(context);
        let number = format!("#{}::Removed()", object.number());
        std::fs::read_to_string(log).is_ok_and(|text| text.contains(&number))
    };
    for (changes, expected) in [
        ("", true),
        ("<sources><remove name='System.Net'/></sources>", true),
        (
            "<sources><remove name='System.Net.HttpListener'/></sources>",
            false,
        ),
        ("<sources><clear/></sources>", false),
        ("<switches><remove name='System.Net'/></switches>", true),
        (
            "<switches><remove name='System.Net.HttpListener'/></switches>",
            false,
        ),
        ("<switches><clear/></switches>", false),
    ] {
        assert_eq!(heard(changes), expected, "{changes}");
    }
}

/// The lists as the machine's file of .NET 1.1 has them, with the names of assemblies.
#[test]
fn config_lists_of_a_machine_file() {
    const SYSTEM: &str =
        "System, Version=1.0.5000.0, Culture=neutral, PublicKeyToken=b77a5c561934e089";
    let login = |name: &str| format!("<add type='System.Net.{name}Client, {SYSTEM}'/>\n");
    let logins: String = ["Digest", "Negotiate", "Kerberos", "Ntlm", "Basic"]
        .map(login)
        .concat();
    let file = format!(
        "<system.net><authenticationModules>\n{logins}</authenticationModules>\
         <connectionManagement><add address='*' maxconnection='2'/></connectionManagement>\
         <webRequestModules>\
         <add prefix='http' type='System.Net.HttpRequestCreator, {SYSTEM}'/>\
         <add prefix='https' type='System.Net.HttpRequestCreator, {SYSTEM}'/>\
         <add prefix='file' type='System.Net.FileWebRequestCreator, {SYSTEM}'/>\
         <add prefix='ftp' type='System.Net.FtpWebRequestCreator, {SYSTEM}'/>\
         </webRequestModules></system.net>"
    );
    let context = context_of(&[&file]);
    let told: Vec<_> = context.configuration_warnings();
    let shown: Vec<_> = told.iter().map(|it| (it.line(), it.message())).collect();
    assert_eq!(shown, [(7, "not applied: nothing serves ftp: yet")]);
    assert!(
        told.iter()
            .all(|it| it.kind() == ConfigurationWarningKind::NotApplied)
    );

    let peer = HttpPeer::serve(|request| match request.header("Authorization") {
        Some(login) if login == basic_login("user") => Response::new(200).body("in"),
        _ => Response::new(401).header("WWW-Authenticate", "Basic realm='r'"),
    });
    let mut request = WebRequest::create_in(&context, peer.url("/")).unwrap();
    let user: Arc<dyn Credentials> = Arc::new(NetworkCredential::new("user", PASSWORD));
    request.set_credentials(Some(user)).unwrap();
    let body = request.get_response().unwrap().into_string().unwrap();
    assert_eq!(body, "in");

    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "a file").unwrap();
    let url = format!("file://{}", file.path().display());
    let mut request = WebRequest::create_in(&context, url).unwrap();
    assert_eq!(
        request.get_response().unwrap().into_string().unwrap(),
        "a file"
    );
    let error = WebRequest::create_in(&context, "ftp://www.contoso.com/").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("System.Net.FtpWebRequestCreator"),
        "{error}"
    );
}

/// A type that nobody registered is told with its place when the file takes effect, is gone once it is
/// registered, and else is an error where it is needed.
#[test]
fn config_unregistered_types_are_told() {
    let context = context_of(&[
        "<system.net>\n<authenticationModules>\n  <add type='Contoso.Login, Contoso'/>\n\
         </authenticationModules>\n<webRequestModules>\n\
         <add prefix='svn:' type='Contoso.Svn'/></webRequestModules>\n\
         <defaultProxy>\n<module type='Contoso.Proxy'/></defaultProxy></system.net>",
    ]);
    let told = || -> Vec<String> {
        let told = context.configuration_warnings();
        assert!(
            told.iter()
                .all(|it| it.kind() == ConfigurationWarningKind::UnregisteredType)
        );
        assert_eq!(context.configuration_notes().len(), told.len());
        told.iter().map(ToString::to_string).collect()
    };
    let login = "app.config:3:8: element `add`, attribute `type`: no type `Contoso.Login, Contoso` \
                 is registered; the program has to, by `register_authentication_module_in`";
    let svn = "app.config:6:20: element `add`, attribute `type`: no type `Contoso.Svn` is \
               registered; the program has to, by `register_module_in`";
    let proxy = "app.config:8:9: element `module`, attribute `type`: no type `Contoso.Proxy` is \
                 registered; the program has to, by `register_proxy_module_in`";
    assert_eq!(told(), [login, svn, proxy]);
    // Where it is needed it is an error.
    let error = WebRequest::create_in(&context, "svn:x").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("no type `Contoso.Svn` is registered"),
        "{error}"
    );
    let error = WebRequest::create_in(&context, "http://www.contoso.com/").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("no type `Contoso.Proxy` is registered"),
        "{error}"
    );
    let make = || Arc::new(WebProxy::default()) as Arc<dyn Proxy>;
    system_net::register_proxy_module_in(&context, "Contoso.Proxy", make);
    assert_eq!(told(), [login, svn]);
    let basic = system_net::authentication::Basic::new();
    system_net::register_authentication_module_in(&context, "Contoso.Login", basic);
    assert_eq!(told(), [svn]);
}
