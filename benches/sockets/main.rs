//! What a server costs over real loopback sockets: a fork, an idle connection, a million Hellos.
//!
//! The server is the release program in a process of its own, so that its processor time and its memory are its alone; this
//! process is the load, but for the machine-level Hellos, which run here under a counting allocator. Prints figures beside
//! their targets and never fails on one. `cargo bench --features ssr --bench sockets -- forks idle hellos`.

use std::fmt::Display;

#[path = "../../tests/routes/client.rs"]
#[allow(dead_code)]
mod client;
#[path = "../../tests/routes/server.rs"]
#[allow(dead_code)]
mod server;

mod forks;
mod heap;
mod hellos;
mod idle;
mod process;
mod pure;

/// Lifts every cap that a load from one address would meet.
const LIFTED: &str = "log = \"error\"\n\
    [frereth.limits]\n\
    sockets_per_address = 1000000\n\
    sockets_per_user = 1000000\n\
    fork_burst = 1000000000\n\
    forks_per_second = 1000000000\n\
    worlds_per_session = 64\n";

fn main() {
    // cargo adds `--bench`.
    let names: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let is_wanted = |name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);
    println!("# {}", process::conditions());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime can be built");
    if is_wanted("hellos") {
        hellos::in_process();
        runtime.block_on(hellos::over_sockets());
    }
    if is_wanted("forks") {
        runtime.block_on(forks::measure());
    }
    if is_wanted("idle") {
        runtime.block_on(idle::measure());
    }
}

/// Prints one figure.
fn report(name: &str, measured: f64, unit: &str, target: Option<f64>, conditions: impl Display) {
    let (aim, ratio) = match target {
        Some(target) => (format!("target {target:.0} {unit}"), format!("ratio {:.2}", measured / target)),
        None => ("no target".to_owned(), String::new()),
    };
    println!("{name:<58}  {measured:>10.1} {unit:<9} {aim:>22}  {ratio:>12}  {conditions}");
}
