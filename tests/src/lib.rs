//! Black-box stories against the binary, on both engines and in all tiers.
