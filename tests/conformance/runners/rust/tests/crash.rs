//! The process dies in the middle of its tests.

#[test]
fn a_before() {}

#[test]
fn b_aborts() {
    std::process::abort();
}

#[test]
fn c_after() {}
