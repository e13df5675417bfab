//! What must not compile: each file names one misuse, and the compiler's own
//! words are kept beside it (rustc 1.95).

#[test]
fn misuse_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
