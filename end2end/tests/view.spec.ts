import type { Page } from "@playwright/test";

import { expect, LogFile, Server, test, Viewer } from "../support/test.ts";

test("long lines wrap when they are asked to, and the list still stands at its end", async ({ viewer, log }) => {
  await log.append(`INFO ${"a long story ".repeat(80)}the end of it\n`);
  await viewer.logInByLink();
  await viewer.expectRow("a long story");
  const height = async () => (await viewer.row("a long story").boundingBox())!.height;
  const flat = await height();
  await viewer.toggle("Wrap");
  await expect.poll(height).toBeGreaterThan(flat * 2);
  await expect(viewer.row("a long story")).toBeInViewport();
  await viewer.toggle("Wrap");
  await expect.poll(height).toBe(flat);
});

test("a line of 10 MB is cut on the screen and shown whole in its details", async ({ viewer, log, page }) => {
  await log.append(`INFO ${"x".repeat(10_000_000)} the very end\n`);
  await log.append("INFO after it\n");
  await viewer.logInByLink();
  await viewer.expectRow("after it");
  const cut = viewer.row("INFO xxx");
  expect((await cut.innerText()).length).toBeLessThan(5_000);
  await cut.click();
  const shown = page.getByRole("region", { name: "Whole text" });
  await expect.poll(async () => (await shown.textContent())?.length, { timeout: 30_000 }).toBe(10_000_018);
  expect((await shown.textContent())!.endsWith("x the very end")).toBe(true);
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await expect(shown).toHaveCount(0);
});

test("rows of every level differ by word and by sign", async ({ viewer, log }) => {
  await log.append("TRACE t\nDEBUG d\nINFO i\nWARN w\nERROR e\nFATAL f\nnothing of a level\n");
  await viewer.logInByLink();
  await viewer.expectRow("nothing of a level");
  for (const level of ["trace", "debug", "info", "warn", "error", "fatal"]) {
    await expect(viewer.list.locator(`.level-${level} .row-level`).last()).toContainText(level);
  }
  const signs = await viewer.list.locator(".row[class*=level-] .row-level").evaluateAll((all) =>
    all.map((one) => {
      const { width, height, clipPath, backgroundImage } = getComputedStyle(one, "::before");
      return [width, height, clipPath, backgroundImage.slice(0, 20)].join(" ");
    }),
  );
  expect(new Set(signs).size).toBe(6);
});

test("a theme is chosen, holds after a reload, and differs", async ({ viewer, page }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await viewer.logInByLink();
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await ground();
  await page.getByLabel("Theme").selectOption("dark");
  const dark = await ground();
  expect(dark).not.toBe(light);
  await page.reload();
  await viewer.expectRunning();
  expect(await ground()).toBe(dark);
  await expect(page.getByLabel("Theme")).toHaveValue("dark");
  await page.getByLabel("Theme").selectOption("system");
  expect(await ground()).toBe(light);
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await ground()).toBe(dark);
});

/** The controls that are not wholly inside the screen. The page hides what overflows: only their own boxes tell. */
const outside = (page: Page) =>
  page.locator("a, button, input, select, summary").evaluateAll((all) =>
    all
      .filter((one) => one.checkVisibility() && !one.closest(".rows"))
      .map((one) => ({ name: one.textContent || one.getAttribute("aria-label"), box: one.getBoundingClientRect() }))
      .filter(({ box }) => box.left < 0 || box.right > innerWidth || box.top < 0 || box.bottom > innerHeight)
      .map(({ name, box }) => `${name}: ${box.left} to ${box.right}, ${box.top} to ${box.bottom}`),
  );

for (const width of [320, 360]) {
  test(`on a screen of ${width} pixels everything can be reached, with and without a connection`, async ({ viewer, server, page }) => {
    await page.setViewportSize({ width, height: 640 });
    await viewer.logInByLink();
    await viewer.expectRow("entry-200");
    expect(await outside(page)).toEqual([]);
    const menu = page.locator("summary.menu-summary");
    await menu.click();
    await expect(page.getByRole("button", { name: "Log out" })).toBeInViewport({ ratio: 1 });
    expect(await outside(page)).toEqual([]);
    await menu.click();
    await server.stop("SIGKILL");
    await expect(page.getByText(/The connection is lost/)).toBeVisible();
    expect(await outside(page)).toEqual([]);
  });
}

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true });

  test("rows are read, filtered, followed and opened by touch; nothing is wider than the screen", async ({ viewer, log, page }) => {
    await viewer.logInByLink();
    await viewer.expectRow("entry-200");
    expect(await outside(page)).toEqual([]);
    await viewer.filterBy("ERROR");
    await viewer.expectRow(/entry-150 /);
    await viewer.expectNoRow(/entry-151 /);
    await viewer.row(/entry-150 /).tap();
    await expect(page.getByRole("region", { name: "Whole text" })).toContainText("entry-150");
    expect(await outside(page)).toEqual([]);
    await page.getByRole("button", { name: "Close", exact: true }).tap();
    await viewer.filterBy("");
    await log.append("INFO while on the way\n");
    await viewer.expectRow("while on the way");
  });
});

test("the world is stopped and started again by its buttons", async ({ viewer, page, log }) => {
  await viewer.logInByLink();
  await viewer.expectRow("entry-200");
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await expect(page.getByText(/This world has stopped/)).toBeVisible();
  await expect(viewer.world).toHaveText("Stopped");
  await page.getByRole("button", { name: "Restart world" }).last().click();
  await viewer.expectRunning();
  await log.append("INFO for the second world\n");
  await viewer.expectRow("for the second world");
});

test("several thousand lines a second are shown or counted, none is lost", async ({ viewer, log }) => {
  await viewer.logInByLink();
  await viewer.expectRow("entry-200");
  for (let burst = 0; burst < 40; burst++) await log.appendLines(2_500);
  await viewer.expectRow("entry-100200");
  await expect(viewer.page.getByText(/^100,200 lines$/)).toBeVisible();
  expect(await viewer.list.getAttribute("aria-rowcount")).toBe("100200");
  expect(LogFile.line(1)).toContain("entry-1 ");
});

test("everything in the list is reached by keys", async ({ viewer, page, log }) => {
  await log.appendLines(300);
  await viewer.logInByLink();
  await viewer.expectRow("entry-500");
  await viewer.press("ArrowUp");
  const chosen = viewer.list.locator("[aria-selected=true]");
  await expect(chosen).toContainText("entry-500 ");
  await page.keyboard.press("ArrowUp");
  await expect(chosen).toContainText("entry-499 ");
  await expect(viewer.list).toHaveAttribute("aria-activedescendant", "row-498");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "Whole text" })).toContainText("entry-499 ");
  await page.keyboard.press("Escape");
  await page.keyboard.press("ArrowDown");
  await expect(chosen).toContainText("entry-500 ");
  await page.keyboard.press("Shift+ArrowUp");
  await page.keyboard.press("Shift+ArrowUp");
  await expect(chosen).toHaveCount(3);
  await page.keyboard.press("Home");
  await viewer.expectRow(/entry-1 /);
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await expect(viewer.filter).toBeFocused();
});

test("an empty file says that it is empty, where it can be seen", async ({ page }) => {
  const log = await LogFile.create("empty.log");
  const server = await Server.start([log.path]);
  try {
    const viewer = new Viewer(page, server);
    await viewer.logInByLink();
    const words = page.getByText("There are no lines yet.");
    const { x, y } = (await words.boundingBox())!;
    const seen = await page.evaluate(([x, y]) => document.elementFromPoint(x!, y!)?.textContent, [x + 2, y + 2]);
    expect(seen).toContain("There are no lines yet.");
  } finally {
    await server.dispose();
    await log.dispose();
  }
});
