//! Randomness that others must not guess, from the operating system through the crypto provider of the WebRTC stack.

use rtc::crypto;

/// Letters that ICE allows in user fragments and passwords, and that need no escaping in a URL: 64 of them, so that six
/// bits make one letter without bias.
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The operating system gave no randomness.
#[derive(Debug, thiserror::Error)]
#[error("no randomness from the operating system: {0}")]
pub struct NoRandomness(String);

/// Fills `bytes`.
///
/// # Errors
/// The operating system's refusal.
pub fn fill(bytes: &mut [u8]) -> Result<(), NoRandomness> {
    let provider = crypto::default_provider().map_err(|error| NoRandomness(error.to_string()))?;
    provider.random().fill(bytes).map_err(|error| NoRandomness(error.to_string()))
}

/// `len` letters of six random bits each, as ICE spells its user fragments and passwords (RFC 8839, section 5.4).
///
/// # Errors
/// The operating system's refusal.
pub fn ice_letters(len: usize) -> Result<String, NoRandomness> {
    let mut bytes = vec![0; len];
    fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 64)])).collect())
}

/// 128 random bits in hexadecimal: a name that nobody guesses.
///
/// # Errors
/// The operating system's refusal.
pub fn name() -> Result<String, NoRandomness> {
    let mut bytes = [0; 16];
    fill(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

/// A number to start counting at; where there is no randomness, zero does as well.
#[must_use]
pub fn random_u32() -> u32 {
    let mut bytes = [0; 4];
    match fill(&mut bytes) {
        Ok(()) => u32::from_be_bytes(bytes),
        Err(error) => {
            tracing::warn!(%error, "counting starts at zero");
            0
        }
    }
}
