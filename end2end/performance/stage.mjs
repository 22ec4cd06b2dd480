// What every figure needs: a log, a server on it, a viewer that looks at it, and somebody who writes.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "@playwright/test";

import { watchPage } from "./probe.mjs";
import { Program } from "./program.mjs";

export const LARGE_LINES = Number(process.env.FRERETH_BENCH_LINES ?? 10_000_000);
const WRITER = fileURLToPath(new URL("writer.mjs", import.meta.url));

const folder = await mkdtemp(join(tmpdir(), "frereth-bench-"));
let large = null;

/** Removes every log that was written. */
export async function cleanUp() {
  await rm(folder, { recursive: true, force: true });
}

export async function withViewer(path, measure, prepare = () => {}, after = async () => {}) {
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
export async function rowCount(page, rows) {
  const said = () => Number(document.querySelector("[role=grid]")?.getAttribute("aria-rowcount") ?? "-1");
  await page
    .waitForFunction((rows) => document.querySelector("[role=grid]")?.getAttribute("aria-rowcount") === String(rows), rows, { timeout: 30_000 })
    .catch(() => {});
  return page.evaluate(said);
}

export async function write(path, perSecond, seconds) {
  const writer = spawn(process.execPath, [WRITER, path, String(perSecond), String(seconds)], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  writer.stdout.on("data", (chunk) => (said += chunk));
  const [code] = await once(writer, "close");
  if (code !== 0) throw new Error(`the writer ended with ${code}`);
  return JSON.parse(said);
}

/** The JavaScript heap of the page; the resident memory of all renderers: the page's, its sandbox's, the empty page's. */
export async function memoryOf(browser, page) {
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

function line(number) {
  const level = number % 50 === 0 ? "ERROR" : number % 10 === 0 ? "WARN " : "INFO ";
  return `2026-11-23T10:00:00.000Z ${level} worker entry-${number} said something of no consequence\n`;
}

export async function smallLog(name) {
  const path = join(folder, name);
  await writeFile(path, Array.from({ length: 200 }, (_, index) => line(index + 1)).join(""));
  return path;
}

/** The long file, written once per run. */
export async function largeLog() {
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
