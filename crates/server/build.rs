//! Has the server built again when the console is.

fn main() {
    println!("cargo:rerun-if-changed=../../console/dist");
}
