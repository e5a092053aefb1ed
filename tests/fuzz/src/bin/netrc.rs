// Fuzz target: any text as a netrc file. The body is the very file that the crate's own tests run over
// the kept inputs.
#![no_main]

#[path = "../../../../crates/system-net-security/tests/it/fuzz_netrc.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::fuzz_netrc(data));
