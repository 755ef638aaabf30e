//! Writes a C file that compiles only where postern.rs says of sizes, offsets and numbers what postern/module.h says.
mod postern;

fn main() {
    println!("#include <postern/module.h>");
    for claim in postern::layout() {
        println!("_Static_assert({}, \"postern.rs differs from the header\");", claim);
    }
}
