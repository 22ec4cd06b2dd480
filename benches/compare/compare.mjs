// Frereth beside ripgrep on the same logs, in turns, in one run: `node benches/compare/compare.mjs [bytes]`. Prints ratios and
// fails only where the two count differently. FRERETH_BIN names the program; `rg` has to be installed. The logs stay in the
// system's folder for temporary files, or in FRERETH_BENCH_LOGS.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { log } from "./logs.mjs";

const PROGRAM = process.env.FRERETH_BIN ?? fileURLToPath(new URL("../../dist/frereth", import.meta.url));
const FOLDER = process.env.FRERETH_BENCH_LOGS ?? join(tmpdir(), "frereth-compare");
const BYTES = Number(process.argv[2] ?? 1_000_000_000);
const TURNS = 7;
/** The issue's: at most so much of ripgrep's time. */
const TARGET = 0.7;

const QUESTIONS = [
  { name: "a rare word", query: "Quagga", rg: ["-F", "Quagga"] },
  { name: "a frequent word", query: "worker-7", rg: ["-i", "-F", "worker-7"] },
  { name: "a frequent word, as it is written", query: `"WARN "`, rg: ["-F", "WARN "], only: "plain" },
  { name: "a regex with a literal in it", query: String.raw`/Quagg[a-z]|Zebr[a-z]/`, rg: ["Quagg[a-z]|Zebr[a-z]"] },
  { name: "a regex of digits", query: String.raw`/request":? ?9\d{6}[^\d]/`, rg: ["-i", String.raw`request":? ?9\d{6}[^\d]`] },
];

if (!existsSync(PROGRAM)) throw new Error(`there is no ${PROGRAM}: build it first (make build), or name it in FRERETH_BIN`);
const version = spawnSync("rg", ["--version"], { encoding: "utf8" });
if (version.error) throw new Error("ripgrep (rg) is not installed: there is nothing to compare with");

mkdirSync(FOLDER, { recursive: true });
const load = loadavg().map((one) => one.toFixed(1)).join(" ");
console.log(`# ${new Date().toISOString()}, ${cpus().length} cores (${cpus()[0]?.model ?? "?"}), load ${load}, ${version.stdout.split("\n")[0]}`);
console.log(`# ${BYTES / 1e6} MB each, page cache warm, best of ${TURNS} turns; target: at most ${TARGET} of ripgrep's time`);
let hasDiffered = false;
for (const kind of ["plain", "json"]) {
  const path = await log(FOLDER, kind, BYTES);
  timed("cat", [path]);
  for (const { name, query, rg, only } of QUESTIONS) {
    if (only !== undefined && only !== kind) continue;
    const best = { ours: Infinity, theirs: Infinity };
    let counts;
    for (let turn = 0; turn < TURNS; turn++) {
      const ours = timed(PROGRAM, ["cat", "--count", "-q", query, path]);
      const theirs = timed("rg", ["-c", ...rg, path]);
      counts = [ours.count, theirs.count];
      best.ours = Math.min(best.ours, ours.millis);
      best.theirs = Math.min(best.theirs, theirs.millis);
    }
    const ratio = best.ours / best.theirs;
    const same = counts[0] === counts[1];
    hasDiffered ||= !same;
    const verdict = !same ? `COUNTS DIFFER: ${counts.join(" and ")}` : ratio <= TARGET ? "met" : "MISSED";
    const figures = `${best.ours.toFixed(0).padStart(6)} ms  rg ${best.theirs.toFixed(0).padStart(6)} ms  ratio ${ratio.toFixed(2)}`;
    console.log(`${`${kind}: ${name}`.padEnd(46)}${figures}  ${verdict}  ${counts[0]} found`);
  }
}
process.exitCode = hasDiffered ? 1 : 0;

function timed(command, args) {
  const begin = process.hrtime.bigint();
  const { stdout, status, stderr } = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 20, stdio: ["ignore", command === "cat" ? "ignore" : "pipe", "pipe"] });
  const millis = Number(process.hrtime.bigint() - begin) / 1e6;
  if (status > 1) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
  return { millis, count: Number((stdout ?? "").trim() || 0) };
}
