// Fuzz target: any bytes as the answer to a client. The body is the very file
// that the crate's own tests run over the kept inputs.
#![no_main]

#[path = "../../../../crates/system-net-http-proto/tests/it/fuzz_client.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::fuzz_client(data));
