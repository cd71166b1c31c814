//! Where `watch` hands pictures on to, as they were encoded and in order.

use telestage_client::AccessUnit;

use crate::exit::Failure;

/// Takes every picture that is received.
pub trait UnitSink {
    /// Takes one. Waiting in here makes this program a slow viewer.
    ///
    /// # Errors
    /// It cannot be kept: the command ends with this failure.
    fn take(&mut self, unit: &AccessUnit) -> Result<(), Failure>;

    /// There will be no more.
    ///
    /// # Errors
    /// What was taken cannot be kept.
    fn finish(&mut self) -> Result<(), Failure>;
}
