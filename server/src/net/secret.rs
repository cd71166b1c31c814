//! Randomness that others must not guess, from the operating system through the crypto provider of the WebRTC stack.

use rtc::crypto;

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
