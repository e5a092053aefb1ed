//! What was negotiated, in the terms of .NET.
//!
//! To read: RFC 5246 appendix C and RFC 8446 appendix B.4 (the names of cipher suites).

/// The cipher that hides what is said.
///
/// .NET: `System.Security.Authentication.CipherAlgorithmType`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CipherAlgorithmType {
    /// None that .NET has a name for: ChaCha20.
    None = 0,
    /// AES with keys of 128 bits.
    Aes128 = 26126,
    /// AES with keys of 256 bits.
    Aes256 = 26128,
}

/// The algorithm that guards what is said against changes.
///
/// .NET: `System.Security.Authentication.HashAlgorithmType`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HashAlgorithmType {
    /// None of its own: the cipher guards as well (AEAD), as all do that are spoken here.
    None = 0,
}

/// How the keys were agreed on.
///
/// .NET: `System.Security.Authentication.ExchangeAlgorithmType`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExchangeAlgorithmType {
    /// The cipher suite does not say, as all of TLS 1.3.
    None = 0,
    /// Diffie-Hellman with new keys for each connection.
    DiffieHellman = 43522,
}

/// What the name of a cipher suite says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Suite {
    pub(super) cipher: CipherAlgorithmType,
    pub(super) cipher_bits: u32,
    pub(super) exchange: ExchangeAlgorithmType,
}

impl Suite {
    pub(super) fn of(name: &str) -> Self {
        let (cipher, cipher_bits) = if name.contains("_AES_128_") {
            (CipherAlgorithmType::Aes128, 128)
        } else if name.contains("_AES_256_") {
            (CipherAlgorithmType::Aes256, 256)
        } else if name.contains("_CHACHA20_POLY1305_") {
            (CipherAlgorithmType::None, 256)
        } else {
            (CipherAlgorithmType::None, 0)
        };
        let exchange = match name.starts_with("TLS_ECDHE_") {
            true => ExchangeAlgorithmType::DiffieHellman,
            false => ExchangeAlgorithmType::None,
        };
        Self {
            cipher,
            cipher_bits,
            exchange,
        }
    }
}
