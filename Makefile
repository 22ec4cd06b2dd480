# Frereth: every target does its own set-up. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

# One target directory for every checkout on this machine, so that a fresh clone can use what is built already.
CACHE := $(if $(XDG_CACHE_HOME),$(XDG_CACHE_HOME),$(HOME)/.cache)/frereth
export CARGO_TARGET_DIR ?= $(CACHE)/target
export CARGO_TERM_PROGRESS_WHEN ?= never
WASM := wasm32-unknown-unknown
WASI := wasm32-wasip1
STUB := $(CARGO_TARGET_DIR)/stub.wasm
# What goes into the executable; folders too, whose times tell of files that came or went.
SOURCES = $(shell find src style public .cargo build.rs Cargo.toml Cargo.lock rust-toolchain.toml package-lock.json)

## run: build, then open LOGS (or the machine's own logs) on http://localhost:3000; LOGS="a.log b.log"
.PHONY: run
run: build
	exec ./dist/frereth $(ARGS) $(LOGS)

## build: one self-contained release executable, dist/frereth
.PHONY: build
build: setup dist/frereth
	@ls -l dist/frereth

# cargo-leptos writes the page anew each time, and the server that embeds it would be compiled anew with it.
dist/frereth: $(SOURCES) | setup
	cargo leptos build --release --precompress --cargo-locked
	mkdir -p dist
	install -m 755 $(CARGO_TARGET_DIR)/release/frereth dist/frereth

## watch: rebuild and reload while you edit (cargo leptos watch)
.PHONY: watch
watch: setup
	cargo leptos watch

## test: lint, Rust tests, the core's tests as WebAssembly, then the browser tests against dist/frereth
.PHONY: test
test: lint test-rust test-wasm test-end2end

.PHONY: test-rust
test-rust: setup
	cargo test --locked --features ssr
	cargo test --locked --features worker --lib worker::

# The pure core's own tests and the cases of formats and queries, compiled to WebAssembly and run by Node.
.PHONY: test-wasm
test-wasm: setup
	CARGO_TARGET_WASM32_WASIP1_RUNNER="node --no-warnings end2end/wasi.mjs" \
	  cargo test --locked --target $(WASI) --lib --test formats --test queries

.PHONY: test-end2end
test-end2end: build setup-browser
	node --test end2end/unit/
	cd end2end && npm test

## lint: rustfmt, clippy for all three builds and the fuzz targets with warnings denied, cargo-deny
.PHONY: lint
lint: setup $(STUB) setup-deny
	cargo fmt --check
	FRERETH_WORLD=$(STUB) cargo clippy --locked --features ssr --all-targets -- -D warnings
	cargo clippy --locked --features hydrate --target $(WASM) --lib -- -D warnings
	cargo clippy --locked --features worker --target $(WASM) --lib -- -D warnings
	cargo deny --log-level error check bans licenses sources
	CUSTOM_LIBFUZZER_PATH=$(STUB) cargo clippy --locked --manifest-path fuzz/Cargo.toml --target-dir $(CARGO_TARGET_DIR) -- -D warnings

$(STUB):
	mkdir -p $(dir $@)
	printf '\0asm\1\0\0\0' > $@

## bench: every benchmark, and what a person feels in Chromium; figures and ratios printed, no target fails it
.PHONY: bench
bench: build setup-browser
	cargo bench --locked --features ssr
	node end2end/performance/measure.mjs
	if command -v rg >/dev/null; then node benches/compare/compare.mjs; else echo "ripgrep (rg) is not installed: not compared with it"; fi

## bench-wasm: what a query costs as WebAssembly, beside the same natively
.PHONY: bench-wasm
bench-wasm: setup
	cargo bench --locked --bench query
	CARGO_TARGET_WASM32_WASIP1_RUNNER="node --no-warnings end2end/wasi.mjs" RUSTFLAGS="-C target-feature=+simd128" \
	  cargo bench --locked --target $(WASI) --bench query

## fuzz: every fuzz target for FUZZ_SECONDS (60); what was tried is kept, and gone on from, in the cache directory
FUZZ_SECONDS ?= 60
FUZZ := $(CACHE)/fuzz
# What libFuzzer needs to see which branches were taken, in words that the stable compiler knows too.
FUZZ_FLAGS := --cfg fuzzing --cfg erase_components -Cpasses=sancov-module -Ccodegen-units=1 -Cdebug-assertions -Coverflow-checks \
  $(addprefix -Cllvm-args=-sanitizer-coverage-,level=4 inline-8bit-counters pc-table trace-compares)
.PHONY: fuzz
fuzz:
	@./.ci/setup fuzz
	host=$$(rustc -vV | sed -n 's/^host: //p')
	(cd fuzz && CARGO_TARGET_DIR=$(FUZZ)/target RUSTFLAGS="$(FUZZ_FLAGS)" cargo build --release --locked --target "$$host")
	node fuzz/seeds.mjs $(FUZZ)/seeds
	for source in fuzz/fuzz_targets/*.rs; do
	  target=$$(basename "$$source" .rs)
	  mkdir -p $(FUZZ)/corpus/$$target $(FUZZ)/seeds/$$target $(FUZZ)/found
	  echo "fuzz: $$target, $(FUZZ_SECONDS) s"
	  $(FUZZ)/target/$$host/release/$$target -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -verbosity=0 \
	    -print_final_stats=1 -artifact_prefix=$(FUZZ)/found/$$target- $(FUZZ)/corpus/$$target $(FUZZ)/seeds/$$target
	done

## setup: install what is missing (WebAssembly targets, cargo-leptos, wasm-bindgen, wasm-opt)
.PHONY: setup
setup:
	@./.ci/setup build

.PHONY: setup-deny
setup-deny:
	@./.ci/setup deny

.PHONY: setup-browser
setup-browser:
	@./.ci/setup browser

## clean: remove what this checkout built (the shared target directory stays)
.PHONY: clean
clean:
	rm -rf dist target node_modules end2end/node_modules

## help: this list
.PHONY: help
help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST) | awk -F': ' '{printf "  make %-8s %s\n", $$1, $$2}'
