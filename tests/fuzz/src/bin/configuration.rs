// Fuzz target: any bytes as a configuration file. The body is the very file that the crate's own
// tests run over the samples and the kept inputs.
#![no_main]

#[path = "../../../../crates/system-net-config/tests/it/fuzz_configuration.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::fuzz_configuration(data));
