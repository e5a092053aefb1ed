// Fuzz target: any bytes as requests to a server. The body is the very file
// that the crate's own tests run over the kept inputs.
#![no_main]

#[path = "../../../../crates/system-net-http-proto/tests/it/fuzz_server.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::fuzz_server(data));
