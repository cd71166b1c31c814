//! Rebuilds the server when the browser client was built anew; its files are embedded by `http::page`.

fn main() {
    println!("cargo:rerun-if-changed=../ui/dist");
}
