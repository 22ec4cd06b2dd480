// Runs a test program compiled to wasm32-wasip1: cargo's runner for the pure core's tests as WebAssembly.
import { readFile } from "node:fs/promises";
import { WASI } from "node:wasi";

/** Thrown through the program when it ends itself. */
class Exit {
  constructor(code) {
    this.code = code;
  }
}

const [program, ...args] = process.argv.slice(2);
const wasi = new WASI({ version: "preview1", args: [program, ...args], env: { RUST_TEST_THREADS: "1" } });
// Each call goes through a function of JavaScript: Node 20 takes a short cut to its own ones that crashes once the
// program's memory has grown.
const calls = Object.entries(wasi.wasiImport).map(([name, call]) => [name, (...values) => call(...values)]);
const imports = {
  wasi_snapshot_preview1: {
    ...Object.fromEntries(calls),
    proc_exit(code) {
      throw new Exit(code);
    },
  },
};
const instance = await WebAssembly.instantiate(await WebAssembly.compile(await readFile(program)), imports);
try {
  process.exitCode = wasi.start(instance);
} catch (end) {
  if (!(end instanceof Exit)) throw end;
  process.exitCode = end.code;
}
