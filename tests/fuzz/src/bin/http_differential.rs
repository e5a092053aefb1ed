// Fuzz target: any bytes, read whole and in pieces, give the same events. The body is the very file
// that the crate's own tests run over the kept inputs.
#![no_main]

#[path = "../../../../crates/system-net-http-proto/tests/it/fuzz_differential.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::fuzz_differential(data));
