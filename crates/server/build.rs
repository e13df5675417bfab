//! Has the binary rebuilt when a page is added: what is embedded is a folder,
//! which the compiler does not watch.

fn main() {
    println!("cargo::rerun-if-changed=../../console");
    println!("cargo::rerun-if-changed=../../sdk/js/src");
}
