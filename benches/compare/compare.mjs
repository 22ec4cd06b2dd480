// Frereth beside ripgrep and lnav on the same logs, in turns, in one run: `node benches/compare/compare.mjs [bytes]`. Prints
// ratios and fails only where two count differently. FRERETH_BIN names the program; `rg` has to be installed, lnav is left out
// where it is not. The logs stay in the system's folder for temporary files, or in FRERETH_BENCH_LOGS; the indexes in a folder
// beside them that is emptied first.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { log } from "./logs.mjs";

const PROGRAM = process.env.FRERETH_BIN ?? fileURLToPath(new URL("../../dist/frereth", import.meta.url));
const FOLDER = process.env.FRERETH_BENCH_LOGS ?? join(tmpdir(), "frereth-compare");
const BYTES = Number(process.argv[2] ?? 1_000_000_000);
const TURNS = 7;
/** The issue's: at most so much of ripgrep's time, and with an index that prunes. */
const TARGET = 0.7;
const INDEXED_TARGET = 0.1;
/** An index is built at so many bytes per second at least, and in so much of lnav's time and memory at most. */
const INDEX_BYTES_PER_SECOND = 1e9;
const LNAV_TARGET = 0.1;
const LNAV_HITS_TARGET = 0.05;
const CACHE = join(FOLDER, "cache");
process.env.XDG_CACHE_HOME = CACHE;

const QUESTIONS = [
  { name: "a rare word", query: "Quagga", rg: ["-F", "Quagga"] },
  { name: "a frequent word", query: "worker-7", rg: ["-i", "-F", "worker-7"] },
  { name: "a frequent word, as it is written", query: `"WARN "`, rg: ["-F", "WARN "], only: "plain" },
  { name: "a regex with a literal in it", query: String.raw`/Quagg[a-z]|Zebr[a-z]/`, rg: ["Quagg[a-z]|Zebr[a-z]"] },
  { name: "a regex of digits", query: String.raw`/request":? ?9\d{6}[^\d]/`, rg: ["-i", String.raw`request":? ?9\d{6}[^\d]`] },
];

const INDEXED_QUESTIONS = [
  { name: "a level", query: "level>=error", rg: { plain: ["-F", "Z ERROR "], json: ["-F", '"level":"error"'] } },
  {
    name: "five minutes",
    query: "since:2026-01-01T01:00Z until:2026-01-01T01:04:59.999Z",
    rg: { plain: ["^2026-01-01T01:0[0-4]"], json: ["^.{9}2026-01-01T01:0[0-4]"] },
  },
];

if (!existsSync(PROGRAM)) throw new Error(`there is no ${PROGRAM}: build it first (make build), or name it in FRERETH_BIN`);
const version = spawnSync("rg", ["--version"], { encoding: "utf8" });
if (version.error) throw new Error("ripgrep (rg) is not installed: there is nothing to compare with");

mkdirSync(FOLDER, { recursive: true });
const load = loadavg().map((one) => one.toFixed(1)).join(" ");
console.log(`# ${new Date().toISOString()}, ${cpus().length} cores (${cpus()[0]?.model ?? "?"}), load ${load}, ${version.stdout.split("\n")[0]}`);
console.log(`# ${BYTES / 1e6} MB each, page cache warm, best of ${TURNS} turns; target: at most ${TARGET} of ripgrep's time`);
let hasDiffered = false;
rmSync(CACHE, { recursive: true, force: true });
for (const kind of ["plain", "json"]) {
  const path = await log(FOLDER, kind, BYTES);
  timed("cat", [path]);
  for (const { name, query, rg, only } of QUESTIONS) {
    if (only !== undefined && only !== kind) continue;
    compare(`${kind}: ${name}`, path, query, rg, TARGET);
  }
  const built = index(kind, path);
  for (const { name, query, rg } of INDEXED_QUESTIONS) {
    compare(`${kind}, indexed: ${name}`, path, query, rg[kind], INDEXED_TARGET);
  }
  await besideLnav(kind, path, built);
}
process.exitCode = hasDiffered ? 1 : 0;

/** Both count in turns; the best of each. */
function compare(name, path, query, rg, target) {
  const best = { ours: Infinity, theirs: Infinity };
  let counts;
  for (let turn = 0; turn < TURNS; turn++) {
    const ours = timed(PROGRAM, ["cat", "--count", "-q", query, path]);
    const theirs = timed("rg", ["-c", ...rg, path]);
    counts = [ours.count, theirs.count];
    best.ours = Math.min(best.ours, ours.millis);
    best.theirs = Math.min(best.theirs, theirs.millis);
  }
  const same = counts[0] === counts[1];
  hasDiffered ||= !same;
  const found = same ? `${counts[0]} found` : `COUNTS DIFFER: ${counts.join(" and ")}`;
  print(name, best.ours, "rg", best.theirs, target, found);
}

/** Builds the index anew in each turn; returns the best time. */
function index(kind, path) {
  let best = Infinity;
  for (let turn = 0; turn < TURNS; turn++) {
    rmSync(CACHE, { recursive: true, force: true });
    best = Math.min(best, timed(PROGRAM, ["index", path]).millis);
  }
  const folder = join(CACHE, "frereth", "index");
  const share = statSync(join(folder, readdirSync(folder)[0])).size / statSync(path).size;
  const rate = (BYTES / 1e6 / best).toFixed(2);
  print(`${kind}: index`, best, "goal", (BYTES / INDEX_BYTES_PER_SECOND) * 1000, 1, `${rate} GB/s, ${(share * 100).toFixed(2)} % of the log`);
  return best;
}

/** lnav reads the whole log to know its lines, and once more to find hits. */
async function besideLnav(kind, path, built) {
  if (spawnSync("lnav", ["-V"]).error) return console.log("# lnav is not installed: left out");
  const asks = (text) => ["-n", "-c", text, path];
  const read = timed("lnav", asks(";SELECT count(*) FROM all_logs"));
  print(`${kind}: index, beside lnav`, built, "lnav", read.millis, LNAV_TARGET);
  rmSync(CACHE, { recursive: true, force: true });
  const ours = await anonymousMegabytes(PROGRAM, ["index", path]);
  const theirs = await anonymousMegabytes("lnav", asks(";SELECT count(*) FROM all_logs"));
  console.log(`${`${kind}: anonymous memory, beside lnav`.padEnd(46)}${ours.toFixed(0).padStart(6)} MB  lnav ${theirs.toFixed(0).padStart(5)} MB  ratio ${(ours / theirs).toFixed(2)}`);
  const hits = timed("lnav", asks(":filter-in Quagga"));
  const found = timed(PROGRAM, ["cat", "-q", "Quagga", path]);
  print(`${kind}: all hits, beside lnav`, found.millis, "lnav", hits.millis, LNAV_HITS_TARGET);
}

function print(name, ours, who, theirs, target, more = "") {
  const ratio = ours / theirs;
  const figures = `${ours.toFixed(0).padStart(6)} ms  ${who} ${theirs.toFixed(0).padStart(6)} ms  ratio ${ratio.toFixed(2)}`;
  console.log(`${name.padEnd(46)}${figures}  ${ratio <= target ? "met" : "MISSED"}  ${more}`);
}

/** The most anonymous memory that a program had, looked at every few milliseconds. */
async function anonymousMegabytes(command, args) {
  const child = spawn(command, args, { stdio: "ignore" });
  let most = 0;
  const look = setInterval(() => {
    try {
      const kilobytes = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"));
      most = Math.max(most, Number(kilobytes?.[1] ?? 0));
    } catch {
      // It has ended.
    }
  }, 5);
  await new Promise((done) => child.on("exit", done));
  clearInterval(look);
  return most / 1000;
}

function timed(command, args) {
  const begin = process.hrtime.bigint();
  const { stdout, status, stderr } = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 20, stdio: ["ignore", command === "cat" ? "ignore" : "pipe", "pipe"] });
  const millis = Number(process.hrtime.bigint() - begin) / 1e6;
  if (status > 1) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
  return { millis, count: Number((stdout ?? "").trim() || 0) };
}
