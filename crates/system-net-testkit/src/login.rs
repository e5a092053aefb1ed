//! The one password that the tests log in with, and what Basic sends of it.
//!
//! One word for all of them makes a leak visible: `cargo xtask secrets` runs the tests with
//! everything traced and looks for it, in all its spellings, in whatever they wrote. A test that
//! needs passwords that differ, or one that a standard's example has, keeps its own.

/// The password of every login in the tests that does not need another one.
pub const PASSWORD: &str = "geheim-Zx81";

/// The value of `Authorization` with which this user logs in by Basic with [`PASSWORD`]; a domain
/// stands before the name, as in `domain\user`.
pub fn basic_login(user: &str) -> String {
    format!("Basic {}", base64(format!("{user}:{PASSWORD}").as_bytes()))
}

/// RFC 4648 section 4.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let number = |index: usize| u32::from(group.get(index).copied().unwrap_or_default());
        let bits = number(0) << 16 | number(1) << 8 | number(2);
        for digit in 0..4 {
            text.push(match digit <= group.len() {
                true => char::from(DIGITS[(bits >> (18 - 6 * digit)) as usize & 63]),
                false => '=',
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_logins_are_those_of_other_programs() {
        // By the program base64 of coreutils.
        assert_eq!(basic_login("user"), "Basic dXNlcjpnZWhlaW0tWng4MQ==");
        assert_eq!(basic_login("ben"), "Basic YmVuOmdlaGVpbS1aeDgx");
        assert_eq!(
            basic_login("dom\\user"),
            "Basic ZG9tXHVzZXI6Z2VoZWltLVp4ODE="
        );
    }
}
