//! A file that does not compile.

#[test]
fn never_starts() {
    shop::subtract(2, 1);
}
