// Fuzz target: any text as cookies, a jar, public suffixes, HSTS and escapes. The body is the very
// file that the crate's own tests run over the kept inputs.
#![no_main]

#[path = "../../../../crates/system-net-primitives/tests/it/fuzz_cookie.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|data: &[u8]| body::fuzz_cookie(data));
