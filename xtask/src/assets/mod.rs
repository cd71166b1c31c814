//! stub
use anyhow::Result;
/// The stage that `demo` serves, relative to the root.
pub const SAMPLE: &str = "assets/robot_cell/robot_cell.usda";
pub fn write_sample() -> Result<()> {
    Ok(())
}
pub fn check_sample() -> Result<()> {
    Ok(())
}
pub fn write_bench() -> Result<()> {
    Ok(())
}
