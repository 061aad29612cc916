//! Nothing is wrong.

#[test]
fn adds() {
    assert_eq!(shop::add(1, 1), 2);
}

mod till {
    #[test]
    fn opens() {}
}
