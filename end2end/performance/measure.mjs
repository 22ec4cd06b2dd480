// Measures what a person would feel: delay, smoothness, memory, start, sizes. Prints figures beside their targets and never
// fails on one. Run by `make bench`, or by hand: node end2end/performance/measure.mjs [latency] [flood] [open] [start] [sizes]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { chromium } from "@playwright/test";

import { watchLines, watchPage } from "./probe.mjs";
import { Program } from "./program.mjs";
import { conditions, quantile, report } from "./report.mjs";

const LARGE_LINES = Number(process.env.FRERETH_BENCH_LINES ?? 10_000_000);
const REPEATS = 5;
const WRITER = fileURLToPath(new URL("writer.mjs", import.meta.url));

const all = { latency, flood, open, start, sizes };
const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in all));
if (unknown.length > 0) throw new Error(`no figure is called ${unknown.join(", ")}; there are ${Object.keys(all).join(", ")}`);

const folder = await mkdtemp(join(tmpdir(), "frereth-bench-"));
let large = null;
try {
  conditions();
  for (const [name, measure] of Object.entries(all)) {
    if (names.length === 0 || names.includes(name)) await measure();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** (a) From the line in the file to its text in the document. */
async function latency() {
  const [perSecond, seconds] = [1_000, 20];
  await withViewer(await smallLog("latency.log"), async ({ page, path }) => {
    await page.evaluate(watchLines);
    const { written } = await write(path, perSecond, seconds);
    await rowCount(page, written + 200);
    const delays = await page.evaluate(() => window.frerethDelays);
    const said = `${perSecond} lines/s for ${seconds} s, ${delays.length} of ${written} lines seen in the document`;
    report("line written -> text in the DOM, median", quantile(delays, 0.5), "ms", 60, said);
    report("line written -> text in the DOM, 99th percentile", quantile(delays, 0.99), "ms", 150, said);
  });
}

/** (b) A flood: every line shown or counted, a free main thread, flat memory. */
async function flood() {
  const [perSecond, seconds] = [20_000, 30];
  await withViewer(await smallLog("flood.log"), async ({ browser, page, path }) => {
    const empty = await (await browser.newContext()).newPage();
    await empty.addInitScript(watchPage);
    await empty.goto("about:blank");
    await empty.evaluate(watchPage);
    const from = await Promise.all([page, empty].map((one) => one.evaluate(() => performance.now())));
    const memory = [await memoryOf(browser, page)];
    const writing = write(path, perSecond, seconds);
    await new Promise((resolve) => setTimeout(resolve, (seconds * 1000) / 2));
    memory.push(await memoryOf(browser, page));
    const { written, seconds: took } = await writing;
    const shown = await rowCount(page, written + 200);
    memory.push(await memoryOf(browser, page));

    const seen = await page.evaluate(() => window.frerethSeen);
    const gaps = seen.gaps.map(rowsOfGap);
    const skipped = gaps.reduce((sum, one) => sum + one, 0);
    const said = `${written} lines in ${took.toFixed(1)} s`;
    report("flood: lines lost or uncounted", Math.abs(written + 200 - shown), "lines", null, `${said}, target 0: rows at the end ${shown}, written ${written + 200}`);
    report("flood: entries pushed", seen.batchItems, "entries", null, `${seen.batches} batches, ${(seen.socketBytes / 1e6).toFixed(1)} MB over the socket`);
    report("flood: entries left out and counted", skipped, "entries", null, `${gaps.length} gaps; pushed + left out - written = ${seen.batchItems + skipped - written} (an open last line is pushed twice)`);
    const quiet = await empty.evaluate(() => window.frerethSeen);
    for (const [name, facts, since, target] of [["page", seen, from[0], 50], ["empty page", quiet, from[1], null]]) {
      const tasks = facts.longTasks.filter(([at]) => at >= since).map(([, millis]) => millis);
      const frames = facts.frameGaps.filter(([at]) => at >= since).map(([, millis]) => millis);
      const words = tasks.length === 0 ? "none reaches the 50 ms that the browser reports" : `${tasks.length} of 50 ms or more`;
      report(`flood: longest main-thread task, ${name}`, Math.max(0, ...tasks), "ms", target, words);
      report(`flood: longest pause between two frames, ${name}`, Math.max(16.7, ...frames), "ms", null, `${frames.length} above 34 ms`);
    }
    for (const [index, when] of ["start", "middle", "end"].entries()) {
      report(`flood: renderers' resident memory, ${when}`, memory[index].resident / 1e6, "MB", null, `JavaScript heap ${(memory[index].heap / 1e6).toFixed(1)} MB`);
    }
    report("flood: memory at the end by that in the middle", memory[2].resident / memory[1].resident, "", 1.1, "flat");
  });
}

/** (c) The first row of a long file, on a server that has seen it. */
async function open() {
  await withViewer(await largeLog(), async ({ page, context }) => {
    await rowCount(page, LARGE_LINES);
    for (const [words, disabled] of [["kept by the browser", false], ["fetched anew", true]]) {
      const session = await context.newCDPSession(page);
      await session.send("Network.enable");
      await session.send("Network.setCacheDisabled", { cacheDisabled: disabled });
      const times = [];
      for (let repeat = 0; repeat < REPEATS; repeat++) {
        await page.reload({ waitUntil: "commit" });
        times.push(await (await page.waitForFunction(() => window.frerethSeen?.firstRowMillis)).jsonValue());
      }
      const said = `${LARGE_LINES} lines, page's files ${words}, ${REPEATS} times, longest ${Math.max(...times).toFixed(0)} ms`;
      report("navigation -> first row in the DOM, median", quantile(times, 0.5), "ms", 1000, said);
      await session.detach();
    }
  });
}

/** (d) From the start of the program to its first answer. */
async function start() {
  const path = await largeLog();
  const times = [];
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const program = await Program.start([path]);
    times.push(program.startMillis);
    await program.stop();
  }
  const said = `${LARGE_LINES} lines, ${REPEATS} times, longest ${Math.max(...times).toFixed(0)} ms`;
  report("start of the server -> /healthz says 200, median", quantile(times, 0.5), "ms", 300, said);
}

/** (e) What a browser downloads. */
async function sizes() {
  let world = null;
  const wasm = new Map();
  const path = await smallLog("sizes.log");
  await withViewer(path, async () => {}, (page) => {
    page.on("response", (answer) => {
      const at = new URL(answer.url()).pathname;
      if (at.endsWith(".wasm")) wasm.set(answer.url(), true);
      if (at === "/api/v1/world") world = answer.body();
    });
  }, async () => {
    for (const url of wasm.keys()) {
      const plain = await fetchBytes(url, "identity");
      for (const encoding of ["gzip", "br"]) {
        const sent = await fetchBytes(url, encoding);
        console.log(`# ${new URL(url).pathname}: ${plain.length} bytes, sent with accept-encoding ${encoding}: ${sent.length}`);
      }
      report("page WebAssembly, gzip -9", gzipSync(plain, { level: 9 }).length / 1000, "kB", 400);
    }
    const module = await world;
    report("world WebAssembly, gzip -9", gzipSync(module, { level: 9 }).length / 1000, "kB", 600, `${module.length} bytes plain`);
  });
}

async function withViewer(path, measure, prepare = () => {}, after = async () => {}) {
  const program = await Program.start([path]);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"],
  });
  try {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await page.addInitScript(watchPage);
    prepare(page);
    await page.goto(program.link);
    await page.waitForFunction(() => window.frerethSeen.firstRowMillis !== null, null, { timeout: 60_000 });
    await measure({ browser, context, page, path });
    await after();
  } finally {
    await browser.close();
    await program.stop();
  }
}

/** Waits until the list says that it has `rows` rows, for 30 s at most; returns how many it has. */
async function rowCount(page, rows) {
  const said = () => Number(document.querySelector("[role=grid]")?.getAttribute("aria-rowcount") ?? "-1");
  await page
    .waitForFunction((rows) => document.querySelector("[role=grid]")?.getAttribute("aria-rowcount") === String(rows), rows, { timeout: 30_000 })
    .catch(() => {});
  return page.evaluate(said);
}

async function write(path, perSecond, seconds) {
  const writer = spawn(process.execPath, [WRITER, path, String(perSecond), String(seconds)], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  writer.stdout.on("data", (chunk) => (said += chunk));
  const [code] = await once(writer, "close");
  if (code !== 0) throw new Error(`the writer ended with ${code}`);
  return JSON.parse(said);
}

/** The JavaScript heap of the page; the resident memory of all renderers: the page's, its sandbox's, the empty page's. */
async function memoryOf(browser, page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const { metrics } = await session.send("Performance.getMetrics");
  await session.detach();
  const root = await browser.newBrowserCDPSession();
  const { processInfo } = await root.send("SystemInfo.getProcessInfo");
  await root.detach();
  const resident = processInfo
    .filter(({ type }) => type === "renderer")
    .map(({ id }) => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${id}/status`, "utf8"))[1]) * 1024)
    .reduce((sum, one) => sum + one, 0);
  return { heap: metrics.find(({ name }) => name === "JSHeapUsedSize").value, resident };
}

/** The entries of a Gap's body: the sum of field 3, an array of counts per level. */
function rowsOfGap(body) {
  let at = 0;
  const head = () => {
    const first = body[at++];
    const short = first & 0x1f;
    let value = short;
    if (short >= 24) {
      const bytes = 1 << (short - 24);
      value = 0;
      for (let index = 0; index < bytes; index++) value = value * 256 + body[at++];
    }
    return [first >> 5, value];
  };
  const skip = () => {
    const [major, value] = head();
    if (major === 2 || major === 3) at += value;
    else if (major === 4) for (let index = 0; index < value; index++) skip();
    else if (major === 5) for (let index = 0; index < value * 2; index++) skip();
  };
  const [, fields] = head();
  for (let field = 0; field < fields; field++) {
    const [, number] = head();
    if (number !== 3) {
      skip();
      continue;
    }
    const [, count] = head();
    let sum = 0;
    for (let index = 0; index < count; index++) sum += head()[1];
    return sum;
  }
  throw new Error("a gap without counts");
}

function line(number) {
  const level = number % 50 === 0 ? "ERROR" : number % 10 === 0 ? "WARN " : "INFO ";
  return `2026-11-23T10:00:00.000Z ${level} worker entry-${number} said something of no consequence\n`;
}

async function smallLog(name) {
  const path = join(folder, name);
  await writeFile(path, Array.from({ length: 200 }, (_, index) => line(index + 1)).join(""));
  return path;
}

/** The long file, written once per run. */
async function largeLog() {
  if (large) return large;
  const path = join(folder, "large.log");
  const out = createWriteStream(path);
  for (let number = 1; number <= LARGE_LINES; ) {
    let text = "";
    for (const end = Math.min(LARGE_LINES, number + 9_999); number <= end; number++) text += line(number);
    if (!out.write(text)) await once(out, "drain");
  }
  out.end();
  await once(out, "finish");
  return (large = path);
}

function fetchBytes(url, encoding) {
  return new Promise((resolve, reject) => {
    get(url, { headers: { "accept-encoding": encoding } }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => resolve(Buffer.concat(parts)));
    }).on("error", reject);
  });
}
