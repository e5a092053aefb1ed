//! Reads configuration files, the later over the earlier, and shows what they set and what in
//! them has no effect.
//!
//! `cargo run -p system-net-config --features xml --example check_configuration FILE...`
#![allow(clippy::print_stdout, reason = "the output of the example")]

use std::error::Error;

use system_net_config::{Configuration, NetContext};

/// What is read when no file is given.
const SAMPLE: &str = r#"<configuration>
  <system.net>
    <connectionManagement>
      <add address="*" maxconnection="8" />
    </connectionManagement>
    <settings>
      <servicePointManager expect100Continue="false" />
      <socket alwaysUseCompletionPortsForAccept="true" />
    </settings>
  </system.net>
</configuration>"#;

fn main() -> Result<(), Box<dyn Error>> {
    let mut configuration = Configuration::new();
    let mut files = std::env::args_os().skip(1).peekable();
    if files.peek().is_none() {
        configuration.apply_str(SAMPLE, "sample.config")?;
    }
    for file in files {
        configuration.apply_file(file)?;
    }
    for warning in configuration.warnings() {
        println!("{warning}");
    }
    let context = NetContext::from_configuration(configuration);
    println!("{:#?}", context.settings());
    Ok(())
}
