//! Builds the log viewer's world with a nested cargo, so that the server can embed its bytes.
//!
//! Runs for the server build only. `FRERETH_WORLD=<file>` skips the nested build: lint runs and editors use a stub.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use flate2::Compression;
use flate2::write::GzEncoder;

/// What of the caller's environment reaches the nested cargo; everything else, wrappers and flags above all, stays out.
const KEPT: [&str; 9] =
    ["PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "CARGO_NET_OFFLINE", "TMPDIR", "TERM", "USER"];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it for build scripts"));
    if cfg!(any(feature = "ssr", feature = "hydrate")) {
        // Page and server are told the same name for the same sources.
        for changed in ["src", "Cargo.lock"] {
            println!("cargo::rerun-if-changed={changed}");
        }
        println!("cargo::rustc-env=FRERETH_BUILD={}", build_name(&root));
    }
    // The macro, not the variable: a nested cargo inherits CARGO_FEATURE_*, and would recurse on it.
    if !cfg!(feature = "ssr") {
        return;
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it for build scripts"));

    println!("cargo::rerun-if-changed=Cargo.toml");
    println!("cargo::rerun-if-env-changed=FRERETH_WORLD");
    let module = match env::var_os("FRERETH_WORLD") {
        Some(path) => PathBuf::from(path),
        None => build_world(&root, &out),
    };
    println!("cargo::rerun-if-changed={}", module.display());
    let bytes = fs::read(&module).unwrap_or_else(|error| panic!("cannot read {}: {error}", module.display()));
    fs::write(out.join("world.wasm"), &bytes).expect("OUT_DIR can be written");
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    let gzipped = gzip.write_all(&bytes).and_then(|()| gzip.finish()).expect("memory can be written");
    fs::write(out.join("world.wasm.gz"), gzipped).expect("OUT_DIR can be written");

    // The page is built before the server in a release; in a lint run the folder may not exist yet.
    let site = root.join("target/site");
    fs::create_dir_all(&site).expect("the target folder can be written");
    println!("cargo::rerun-if-changed={}", site.display());
    println!("cargo::rustc-env=FRERETH_SITE={}", site.display());
}

/// Runs the nested cargo and returns the module it made.
fn build_world(root: &Path, out: &Path) -> PathBuf {
    let target = target_dir(root, out).join("world");
    let mut cargo = Command::new(env::var_os("CARGO").expect("cargo sets it for build scripts"));
    cargo.env_clear();
    for (name, value) in env::vars_os() {
        let name_text = name.to_string_lossy();
        if KEPT.contains(&&*name_text)
            || name_text.starts_with("CARGO_REGISTRIES_")
            || name_text.starts_with("CARGO_SOURCE_")
        {
            cargo.env(name, value);
        }
    }
    let status = cargo
        .current_dir(root)
        .env("CARGO_TARGET_DIR", &target)
        .env("RUSTFLAGS", "-C target-feature=+simd128 -C link-arg=--max-memory=536870912")
        .args(["build", "--locked", "--quiet", "--lib", "--profile", "world", "--features", "worker"])
        .args(["--target", "wasm32-unknown-unknown"])
        .status()
        .expect("cargo runs");
    assert!(status.success(), "the world did not build; run `make setup` if its target is missing");
    target.join("wasm32-unknown-unknown/world/frereth.wasm")
}

/// The target directory that the outer cargo uses: OUT_DIR is `<target>[/<triple>]/<profile>/build/<package>/out`.
fn target_dir(root: &Path, out: &Path) -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root.join(dir),
        None => out.ancestors().nth(4).map_or_else(|| root.join("target"), Path::to_path_buf),
    }
}

/// What page and server compare to learn that they are of one build: the package's version and a hash of the page's code.
fn build_name(root: &Path) -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    for source in ["src", "Cargo.lock"] {
        hash_tree(&root.join(source), &mut hash);
    }
    let digest = hash.finalize();
    let version = env::var("CARGO_PKG_VERSION").expect("cargo sets it for build scripts");
    format!("{version}+{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3])
}

fn hash_tree(path: &Path, hash: &mut impl sha2::Digest) {
    if path.is_dir() {
        let mut entries: Vec<_> =
            fs::read_dir(path).expect("a source folder can be read").flatten().map(|entry| entry.path()).collect();
        entries.sort();
        for entry in entries {
            hash_tree(&entry, hash);
        }
    } else {
        hash.update(fs::read(path).expect("a source file can be read"));
    }
}
