//! The binary `caas`.

fn main() {}
