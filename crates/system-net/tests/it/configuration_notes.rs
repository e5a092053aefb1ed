//! What configuration files say in vain is told once to whoever listens, whatever class a program
//! uses first. Files are read once for a process, so each case has one of its own.

use std::process::Command;

use system_net::{AddressFamily, ProtocolType, SocketType};
use system_net::{Dns, HttpListener, NetContext, Socket, TcpClient, WebRequest};

const CHILD: &str = "SYSTEM_NET_TEST_NOTES";

/// What each case does, and in which source it is traced.
const CASES: &[(&str, &str)] = &[
    ("Socket", "System.Net.Sockets"),
    ("Dns", "System.Net.Sockets"),
    ("TcpClient", "System.Net.Sockets"),
    ("HttpListener", "System.Net.HttpListener"),
    ("WebRequest", "System.Net"),
];

fn use_class(class: &str) {
    match class {
        "Socket" => drop(Socket::new(
            AddressFamily::InterNetwork,
            SocketType::Stream,
            ProtocolType::TCP,
        )),
        "Dns" => drop(Dns::get_host_addresses("127.0.0.1")),
        "TcpClient" => drop(TcpClient::new()),
        "HttpListener" => drop(HttpListener::new().start()),
        "WebRequest" => {
            let context = NetContext::global();
            drop(WebRequest::create_in(context, "http://127.0.0.1/"));
        }
        _ => panic!("{class}"),
    }
}

/// The lines of a process that uses a class, once or twice, with this source traced.
fn log(class: &str, source: &str, level: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (file, log) = (
        folder.path().join("app.config"),
        folder.path().join("n.log"),
    );
    let text = format!(
        "<configuration><system.net>\n<requestCaching disableAllCaching='true'/>\n\
         <webRequestModules><add prefix='svn:' type='Later'/></webRequestModules>\n\
         </system.net><system.diagnostics>\
         <sources><source name='{source}'><listeners><add name='log' \
         type='System.Diagnostics.TextWriterTraceListener' initializeData='{}'/>\
         </listeners></source></sources>\
         <switches><add name='{source}' value='{level}'/></switches>\
         </system.diagnostics></configuration>",
        log.display()
    );
    std::fs::write(&file, text).unwrap();
    let name = "configuration_notes::what_is_said_in_vain_is_told_whatever_is_used";
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name])
        .env(CHILD, class)
        .env("SYSTEM_NET_MACHINE_CONFIG", "")
        .env("SYSTEM_NET_CONFIG", &file)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    std::fs::read_to_string(log).unwrap_or_default()
}

#[test]
fn what_is_said_in_vain_is_told_whatever_is_used() {
    if let Ok(class) = std::env::var(CHILD) {
        use_class(&class);
        use_class(&class);
        return;
    }
    for (class, source) in CASES {
        let log = log(class, source, "Verbose");
        let told: Vec<_> = log
            .lines()
            .filter(|line| line.contains("Configuration::Load() - "))
            .collect();
        let [line] = told[..] else {
            panic!("{class}: {log}");
        };
        assert!(
            line.contains("app.config:2:") && line.contains("`requestCaching`"),
            "{line}"
        );
        assert!(log.lines().count() > 1, "{class} itself: {log}");
    }
    // Of errors alone no warning is told.
    assert_eq!(log("Socket", "System.Net.Sockets", "Error"), "");
}
