//! One test fails the first time.

use std::{fs, path::Path};

#[test]
fn is_steady() {}

#[test]
fn wavers() {
    let again = Path::new("wavered").exists();
    fs::write("wavered", "").unwrap();
    assert!(again);
}
