//! A test has no end.

use std::{thread, time::Duration};

#[test]
fn a_before() {}

#[test]
fn b_hangs() {
    thread::sleep(Duration::from_secs(3600));
}
