//! Every way in which a test of Rust can end.

#[test]
fn passes() {
    assert_eq!(shop::add(1, 1), 2);
}

#[test]
fn fails() {
    assert_eq!(shop::add(1, 1), 3);
}

#[test]
fn gives_an_error() -> Result<(), String> {
    Err("the till is locked".to_owned())
}

#[test]
#[should_panic(expected = "overflow")]
fn panics_as_expected() {
    shop::add(u32::MAX, 1);
}

#[test]
#[should_panic]
fn does_not_panic() {}

#[test]
#[ignore = "closed on Sundays"]
fn is_ignored() {}
