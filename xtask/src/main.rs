//! Test, generate, tidy.

fn main() {}
