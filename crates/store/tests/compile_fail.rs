//! Code that must not compile. Each file contains one misuse, with the output of the compiler next
//! to it (rustc 1.95).

#[test]
fn misuse_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
