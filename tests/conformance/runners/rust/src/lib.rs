//! Adds prices.

/// The sum of two prices.
pub fn add(one: u32, other: u32) -> u32 {
    one + other
}
