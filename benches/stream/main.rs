//! The benchmark of the stream. scripts/bench.sh builds it and runs it on one core; benches/README.md says how it measures.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark ends when something is wrong"
)]

#[cfg(target_os = "linux")]
mod bench;

#[cfg(target_os = "linux")]
fn main() {
    // `cargo bench` adds a word of its own.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["floor", port, redis_port] => bench::floor::serve(number(port), number(redis_port)),
        [extent @ ("whole" | "quick"), rest @ ..] => bench::conductor::run(*extent == "quick", rest),
        _ => println!("Run `make bench` or `make bench-quick`, which start what is measured beside this."),
    }
}

#[cfg(target_os = "linux")]
fn number(word: &str) -> u16 {
    word.parse().expect("a port")
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("This benchmark reads what Linux alone tells of a process and of a socket.");
}
