// What somebody feels who reads a long log: how it scrolls, how a query answers, what a filter of a live log costs.
import { watchFrames } from "./probe.mjs";
import { quantile, report } from "./report.mjs";
import { LARGE_LINES, largeLog, memoryOf, rowCount, smallLog, withViewer, write } from "./stage.mjs";

const FOLLOW_SECONDS = Number(process.env.FRERETH_BENCH_FOLLOW_SECONDS ?? 600);

/** Rolls, drags, pages and jumps through a long log: frames beside those of an empty page, long tasks, time to the rows. */
export async function scroll() {
  await withViewer(await largeLog(), async ({ browser, page }) => {
    await rowCount(page, LARGE_LINES);
    const empty = await (await browser.newContext()).newPage();
    await empty.goto("about:blank");
    const both = [page, empty];
    const grid = await page.locator("[role=grid]").boundingBox();
    await page.mouse.move(grid.x + grid.width / 2, grid.y + grid.height / 2);
    const moves = {
      wheel: async (step) => page.mouse.wheel(0, step % 40 < 30 ? -360 : 360),
      drag: async (step) => page.mouse.move(grid.x + grid.width - 6, grid.y + 10 + ((step * 7) % (grid.height - 40))),
      PageDown: async () => page.keyboard.press("PageDown"),
      "Home and End": async (step) => page.keyboard.press(step % 2 ? "Home" : "End"),
    };
    await page.locator("[role=grid]").focus();
    for (const [name, move] of Object.entries(moves)) {
      if (name === "drag") {
        await page.mouse.move(grid.x + grid.width - 6, grid.y + grid.height - 12);
        await page.mouse.down();
      }
      await Promise.all(both.map((one) => one.evaluate(watchFrames)));
      const until = performance.now() + 4_000;
      let steps = 0;
      while (performance.now() < until) await move(steps++);
      const [seen, quiet] = await Promise.all(both.map((one) => one.evaluate(() => window.frerethFrames())));
      if (name === "drag") await page.mouse.up();
      const said = `${steps} moves in 4 s, ${LARGE_LINES} lines; ${seen.frames} frames, the empty page ${quiet.frames}`;
      report(`scrolling by ${name}: frames missing, share of an empty page's`, Math.max(0, 1 - seen.frames / quiet.frames), "", 0.05, said);
      report(`scrolling by ${name}: longest main-thread task`, Math.max(0, ...seen.tasks), "ms", 50, seen.tasks.length === 0 ? "none reaches the 50 ms that the browser reports" : `${seen.tasks.length} of 50 ms or more`);
    }
    const times = [];
    for (let step = 0; step < 30; step++) {
      const line = 1 + Math.floor(((step * 7_919) % 100) / 100 * LARGE_LINES);
      await page.locator("input[aria-label='Go to line']").fill(String(line));
      times.push(await jump(page, () => page.keyboard.press("Enter"), `entry-${line} `));
    }
    report("jump to a line -> its row on the screen, median", quantile(times, 0.5), "ms", 100, `30 jumps, longest ${Math.max(...times).toFixed(0)} ms`);
  });
}

/** From a key press to a row that says this. */
async function jump(page, press, text) {
  await page.evaluate((text) => {
    window.frerethJump = new Promise((resolve) => {
      addEventListener("keydown", ({ timeStamp }) => {
        const look = () => {
          const rows = [...document.querySelectorAll("[data-row] .row-text")];
          if (rows.some((row) => row.textContent.includes(text))) resolve(performance.now() - timeStamp);
          else requestAnimationFrame(look);
        };
        look();
      }, { once: true, capture: true });
    });
  }, text);
  await press();
  return page.evaluate(() => window.frerethJump);
}

/** Types a query into the bar over a long log. */
export async function typing() {
  await withViewer(await largeLog(), async ({ page }) => {
    await rowCount(page, LARGE_LINES);
    const field = page.locator("input[aria-label=Filter]");
    await field.focus();
    await page.evaluate(watchFrames);
    for (let round = 0; round < 3; round++) {
      await page.keyboard.type("level>=warn entry-77 consequence", { delay: 60 });
      await field.fill("");
    }
    const seen = await page.evaluate(() => window.frerethFrames());
    report("typing a query: longest pause between two frames", seen.longestGap, "ms", 33.4, "two frames of 16.7 ms: a stall of 16 ms loses one");
    report("typing a query: longest main-thread task", Math.max(0, ...seen.tasks), "ms", 50, seen.tasks.length === 0 ? "none reaches the 50 ms that the browser reports" : `${seen.tasks.length}`);
    const times = [];
    for (let round = 0; round < 8; round++) {
      const wanted = `entry-${1_000_000 + round * 1_111_111} `;
      await field.fill(wanted.slice(0, -2));
      times.push(await jump(page, () => page.keyboard.type(wanted.slice(-2, -1)), wanted));
      await field.fill("");
      await page.waitForFunction(() => document.querySelector("[data-row] .row-text"));
    }
    report("last key of a query -> its hit on the screen, median", quantile(times, 0.5), "ms", 200, `${LARGE_LINES} lines, hits all over them, longest ${Math.max(...times).toFixed(0)} ms`);
  });
}

/** A live log of 20,000 lines a second through a filter that keeps a tenth of them. */
export async function filtered() {
  const [perSecond, seconds] = [20_000, 20];
  await withViewer(await smallLog("filtered.log"), async ({ page, path }) => {
    await page.locator("input[aria-label=Filter]").fill("/seq=\\d*7 /");
    await page.waitForFunction(() => /filter: /.test(document.body.textContent));
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable");
    const busy = async () => (await session.send("Performance.getMetrics")).metrics.find(({ name }) => name === "TaskDuration").value;
    const [before, from] = [await busy(), performance.now()];
    const { written } = await write(path, perSecond, seconds);
    const share = (await busy() - before) / ((performance.now() - from) / 1000);
    const shown = await rowCount(page, written / 10);
    report("filtered flood: hits lost or uncounted", Math.abs(written / 10 - shown), "lines", null, `${written} lines at ${perSecond}/s, every tenth kept, target 0`);
    report("filtered flood: main thread busy", share, "", 0.3, "idle at least 70 %");
  });
}

/** Follows a log for ten minutes. */
export async function following() {
  await withViewer(await smallLog("following.log"), async ({ browser, page, path }) => {
    const writing = write(path, 2_000, FOLLOW_SECONDS);
    const memory = [];
    for (const share of [0.1, 0.5, 0.98]) {
      const wait = FOLLOW_SECONDS * 1000 * (share - (memory.at(-1)?.share ?? 0));
      await new Promise((resolve) => setTimeout(resolve, wait));
      memory.push({ share, ...(await memoryOf(browser, page)) });
    }
    await writing;
    const words = memory.map(({ resident }) => `${(resident / 1e6).toFixed(0)} MB`).join(", ");
    report("following: memory at the end by that at a tenth", memory[2].resident / memory[0].resident, "", 1.1, `${FOLLOW_SECONDS} s at 2,000 lines/s; renderers' resident memory ${words}`);
  });
}
