// Measures what a person would feel: delay, smoothness, memory, start, sizes. Prints figures beside their targets and never
// fails on one. Run by `make bench`, or by hand: node end2end/performance/measure.mjs [latency] [flood] [open] [start] [sizes]
// [scroll] [typing] [filtered] [following]
import { get } from "node:http";
import { gzipSync } from "node:zlib";

import { watchLines, watchPage } from "./probe.mjs";
import { Program } from "./program.mjs";
import { filtered, following, scroll, typing } from "./reading.mjs";
import { conditions, quantile, report } from "./report.mjs";
import { LARGE_LINES, cleanUp, largeLog, memoryOf, rowCount, smallLog, withViewer, write } from "./stage.mjs";

const REPEATS = 5;

const all = { latency, flood, open, start, sizes, scroll, typing, filtered, following };
const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in all));
if (unknown.length > 0) throw new Error(`no figure is called ${unknown.join(", ")}; there are ${Object.keys(all).join(", ")}`);

try {
  conditions();
  for (const [name, measure] of Object.entries(all)) {
    if (names.length === 0 || names.includes(name)) await measure();
  }
} finally {
  await cleanUp();
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

function fetchBytes(url, encoding) {
  return new Promise((resolve, reject) => {
    get(url, { headers: { "accept-encoding": encoding } }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => resolve(Buffer.concat(parts)));
    }).on("error", reject);
  });
}
