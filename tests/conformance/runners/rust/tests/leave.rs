//! A test ends the process, successfully: what follows never runs.

#[test]
fn a_before() {}

#[test]
fn b_leaves() {
    std::process::exit(0);
}

#[test]
fn c_after() {
    panic!("never seen");
}
