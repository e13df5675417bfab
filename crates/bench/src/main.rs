//! Load generator: drives a running server over its public API.

fn main() {}
