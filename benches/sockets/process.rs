//! What Linux says of a process: its processor time and its resident memory; and of the machine.

use std::fs;

/// Ticks of `/proc/<pid>/stat` per second: 100 on every Linux that this runs on (`getconf CLK_TCK`).
const TICKS_PER_SECOND: f64 = 100.0;

/// Returns the processor time that a process has used, user and system, in microseconds; to 10 ms.
pub fn cpu_micros(id: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).expect("the process runs, on Linux");
    // The name stands in parentheses and may hold anything; behind it, utime and stime are fields 12 and 13.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: f64 = fields[11..13].iter().map(|field| field.parse::<f64>().expect("a number of ticks")).sum();
    ticks / TICKS_PER_SECOND * 1e6
}

/// Returns the resident memory of a process in bytes.
pub fn resident_bytes(id: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).expect("the process runs, on Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("every process has some");
    line.split_whitespace().nth(1).expect("a number").parse::<f64>().expect("a number") * 1024.0
}

/// Returns how many files this process, and what it starts, may have open.
pub fn open_files_max() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").expect("Linux");
    let line = limits.lines().find(|line| line.starts_with("Max open files")).expect("Linux has this limit");
    line.split_whitespace().nth(3).and_then(|soft| soft.parse().ok()).unwrap_or(usize::MAX)
}

/// Returns cores and load, for the reader of the figures.
pub fn conditions() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!("{cores} cores, load {}", load.split_whitespace().take(3).collect::<Vec<_>>().join(" "))
}
