//! What nobody hears, in a process that has never had a subscriber: what one wanted, `tracing`
//! remembers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fmt;

use system_net_config::{Configuration, NetContext};
use system_net_diagnostics::{Emitter, Source, Traced};

struct Never;

impl fmt::Display for Never {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("formatted");
    }
}

/// Nothing is drawn and nothing formatted, though another source is heard.
#[test]
fn what_nobody_hears_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("network.log");
    let text = format!(
        "<configuration><system.diagnostics><sources>\
         <source name='System.Net' switchValue='Verbose'><listeners><add name='file' \
         type='System.Diagnostics.TextWriterTraceListener' initializeData='{}'/></listeners>\
         </source></sources></system.diagnostics></configuration>",
        log.display()
    );
    let mut configuration = Configuration::new();
    configuration.apply_str(&text, "app.config").unwrap();
    let _context = NetContext::from_configuration(configuration);
    let object = Traced::new();
    // The first of the process finds out who hears, and so may draw a number.
    Emitter::new(Source::Cache, "Cache", &Traced::new()).note(format_args!(""));
    let cache = Emitter::new(Source::Cache, "Cache", &object);
    let call = cache.enter("M", format_args!("{Never}"));
    cache.data("M", b"abc");
    cache.note(format_args!("{Never}"));
    call.exit(format_args!("{Never}"));
    assert_eq!(format!("{object:?}"), "Traced(0)");
    assert!(!log.exists());
    let net = Emitter::new(Source::Net, "Net", &object);
    net.note(format_args!("heard"));
    assert_ne!(format!("{object:?}"), "Traced(0)");
    assert!(log.exists());
}
