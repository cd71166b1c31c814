//! How the program ends: one exit code and one line on stderr, the cause and the remedy.

use std::fmt;

/// Exit codes of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Something that nobody foresaw.
    Unexpected = 1,
    /// Wrong usage, or a part that is not available.
    Usage = 2,
    /// The port is taken.
    PortInUse = 3,
    /// The stage cannot be opened.
    Stage = 4,
    /// No usable renderer or encoder.
    NoBackend = 5,
    /// Settings or data cannot be written.
    NotWritable = 6,
}

/// Why the program ends, for a person.
#[derive(Debug)]
pub struct Failure {
    /// The code.
    pub exit: Exit,
    /// What happened.
    pub cause: String,
    /// What to do about it; empty if there is nothing to do.
    pub remedy: String,
}

impl Failure {
    /// A failure with its remedy.
    #[must_use]
    pub fn new(exit: Exit, cause: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        Self { exit, cause: cause.to_string(), remedy: remedy.to_string() }
    }

    /// Something that the contract names and this version does not have.
    #[must_use]
    pub fn not_available(what: &str) -> Self {
        Self::new(Exit::Usage, format_args!("{what} is not available in this version"), "leave it out")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One line, whatever a library put into its message.
        let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        write!(f, "{}", one_line(&self.cause))?;
        if !self.remedy.is_empty() {
            write!(f, "; {}", one_line(&self.remedy))?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::new(Exit::Unexpected, format_args!("{error:#}"), "")
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(Exit::Unexpected, error, "")
    }
}
