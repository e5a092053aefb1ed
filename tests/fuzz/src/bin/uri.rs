// Fuzz target: any text as a URI and as a reference on one. The body is the very file that the
// crate's own tests run over the kept inputs.
#![no_main]

#[path = "../../../../crates/system-net-uri/tests/it/fuzz_uri.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::fuzz_uri(data));
