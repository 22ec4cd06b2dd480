//! The rules of the house, checked: who may import whom, where features stand, how files open, what each build holds.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Each folder of `src` and the folders it may name as `crate::…`.
const MAY_IMPORT: [(&str, &[&str]); 7] = [
    ("log", &[]),
    ("protocol", &[]),
    ("world", &["log", "protocol"]),
    ("app", &["log", "world", "protocol"]),
    ("worker", &["log", "world", "protocol"]),
    ("client", &["app", "world", "protocol", "log"]),
    ("server", &["app", "world", "protocol", "log"]),
];

/// The only files that may hold `cfg(feature …)`.
const FEATURE_GATES: [&str; 2] = ["lib.rs", "main.rs"];

/// The one platform seam, whose files stand in twins behind one signature.
const PLATFORM_SEAM: &str = "app/platform/";

/// Server functions name the server inside their bodies, and nowhere else in the app.
const SERVER_FUNCTIONS: &str = "app/api.rs";

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("src can be read").flatten() {
            let path: PathBuf = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).expect("it lies under src").to_string_lossy().replace('\\', "/");
                files.push((name, fs::read_to_string(&path).expect("a source is text")));
            }
        }
    }
    assert!(files.len() > 20, "the sources were not found");
    files.sort();
    files
}

/// The lines of a file without comments, with their numbers.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[test]
fn folders_import_only_what_lies_below_them() {
    let mut broken = Vec::new();
    for (name, text) in sources() {
        let Some((folder, allowed)) = MAY_IMPORT.iter().find(|(folder, _)| name.starts_with(&format!("{folder}/")))
        else {
            continue;
        };
        for (number, line) in code_lines(&text) {
            for (at, _) in line.match_indices("crate::") {
                let target: String =
                    line[at + 7..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                let is_folder = MAY_IMPORT.iter().any(|(other, _)| *other == target);
                let in_server_function = name == SERVER_FUNCTIONS && target == "server" && line.starts_with("    ");
                if is_folder && target != *folder && !allowed.contains(&&*target) && !in_server_function {
                    broken.push(format!("src/{name}:{number}: {folder} may not import {target}"));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn feature_gates_stand_at_the_edges_only() {
    let mut broken = Vec::new();
    for (name, text) in sources() {
        if FEATURE_GATES.contains(&&*name) || name.starts_with(PLATFORM_SEAM) {
            continue;
        }
        for (number, line) in code_lines(&text) {
            if line.contains("cfg") && line.contains("feature =") {
                broken.push(format!("src/{name}:{number}: {}", line.trim()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_file_says_what_lives_in_it() {
    let silent: Vec<_> = sources()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(name, _)| format!("src/{name} does not open with //!"))
        .collect();
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

#[test]
fn the_core_does_no_io_and_asks_no_clock() {
    const FORBIDDEN: [&str; 9] = [
        "std::fs",
        "std::net",
        "std::io",
        "std::thread",
        "std::env",
        "Instant::now",
        "SystemTime",
        "getrandom",
        "std::process",
    ];
    let mut broken = Vec::new();
    for (name, text) in sources() {
        if !["log/", "protocol/", "world/", "worker/"].iter().any(|core| name.starts_with(core)) {
            continue;
        }
        for (number, line) in code_lines(&text) {
            for word in FORBIDDEN.iter().filter(|word| line.contains(**word)) {
                broken.push(format!("src/{name}:{number}: the core uses {word}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The packages that cargo would build for these features and this target.
fn packages(features: &str, target: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["tree", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .args(["--features", features, "--target", target])
        .output()
        .expect("cargo tree runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_string)
        .collect()
}

#[test]
fn the_worker_build_holds_no_javascript_and_no_server() {
    let held = packages("worker", "wasm32-unknown-unknown");
    assert!(held.contains("minicbor"), "the listing is not what it was thought to be: {held:?}");
    for foreign in ["leptos", "wasm-bindgen", "web-sys", "js-sys", "axum", "tokio", "getrandom", "serde"] {
        assert!(!held.contains(foreign), "the worker build holds {foreign}");
    }
}

#[test]
fn the_page_build_holds_no_server() {
    let held = packages("hydrate", "wasm32-unknown-unknown");
    assert!(held.contains("leptos"), "the listing is not what it was thought to be: {held:?}");
    for foreign in ["axum", "tokio", "redb", "ed25519-dalek", "chacha20poly1305"] {
        assert!(!held.contains(foreign), "the page build holds {foreign}");
    }
}
