//! A picture's size as people write it: `1280x720`.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// Columns and rows: even, because video halves its colour planes, and within what encoders take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Size {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Size {
    /// Smallest and largest side in pixels.
    pub const RANGE: std::ops::RangeInclusive<u32> = 16..=4096;

    /// A size, if it is one.
    ///
    /// # Errors
    /// A sentence that says what sizes there are.
    pub fn new(width: u32, height: u32) -> Result<Self, String> {
        let fits = |side: u32| side.is_multiple_of(2) && Self::RANGE.contains(&side);
        if fits(width) && fits(height) {
            Ok(Self { width, height })
        } else {
            Err(format!("{width}x{height} is no picture size: both sides are even and between 16 and 4096"))
        }
    }

    /// Columns and rows.
    #[must_use]
    pub fn array(self) -> [u32; 2] {
        [self.width, self.height]
    }
}

impl FromStr for Size {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let sides = text.split_once(['x', 'X']).and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
        let (width, height) =
            sides.ok_or_else(|| format!("{text} is no picture size: write it as 1280x720"))?;
        Self::new(width, height)
    }
}

impl TryFrom<String> for Size {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        assert_eq!("1280x720".parse(), Ok(Size { width: 1280, height: 720 }));
        assert_eq!("640X360".parse::<Size>().map(|s| s.to_string()), Ok("640x360".into()));
    }

    #[test]
    fn what_no_encoder_takes_is_refused_with_the_rule() {
        for text in ["", "x", "1280", "1281x720", "0x0", "8192x16", "-2x16", "99999999999x2"] {
            let error = text.parse::<Size>().unwrap_err();
            assert!(error.contains("picture size"), "{text}: {error}");
        }
    }
}
