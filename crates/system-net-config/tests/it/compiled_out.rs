//! Traces compiled out. With the feature `trace`, as when the whole workspace is built, the same
//! is held against its opposite.

use std::fs;

use system_net_config::{Configuration, NetContext};
use system_net_diagnostics::{Emitter, Source, Traced};

const TOLD: [&str; 1] = [
    "app.config:1:16: element `system.diagnostics`: not applied: built without traces, the feature \
     `trace`",
];

#[test]
fn trace_compiled_out() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("network.log");
    let text = format!(
        "<configuration><system.diagnostics>
           <sources><source name='System.Net' switchValue='Verbose'><listeners>
             <add name='file' type='System.Diagnostics.TextWriterTraceListener'
               initializeData='{}'/></listeners></source></sources>
           <switches><add name='System.Net' value='Verbose'/></switches>
           <trace autoflush='true'/>
         </system.diagnostics></configuration>",
        log.display()
    );
    let mut configuration = Configuration::new();
    configuration.apply_str(&text, "app.config").unwrap();
    let context = NetContext::from_configuration(configuration);
    let warnings: Vec<String> = context
        .configuration_warnings()
        .iter()
        .map(|warning| warning.to_string())
        .collect();
    let object = Traced::new();
    let emitter = Emitter::new(Source::Net, "Thing", &object);
    let call = emitter.enter("Call", format_args!(""));
    emitter.data("Call", b"abc");
    let compiled_in = call.is_heard();
    call.exit(format_args!(""));
    if compiled_in {
        assert_eq!(warnings, Vec::<String>::new());
        assert_eq!(fs::read_to_string(log).unwrap().lines().count(), 4);
    } else {
        // The feature is `system-net-diagnostics`'s to switch on; alone it claims what is not so.
        let told = if cfg!(feature = "trace") {
            &[][..]
        } else {
            &TOLD[..]
        };
        assert_eq!(warnings, told);
        assert!(!log.exists());
        // What is left of a call is nothing to drop and nothing to draw.
        assert_eq!(format!("{object:?}"), "Traced(0)");
    }
}
