import type { Viewer } from "../support/test.ts";
import { expect, LogFile, test } from "../support/test.ts";

/** The lines `from` to `to` as the file holds them. */
function lines(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, index) => LogFile.line(from + index)).join("\n");
}

async function clipboard(viewer: Viewer): Promise<string> {
  return viewer.page.evaluate(() => navigator.clipboard.readText());
}

async function expectCopied(viewer: Viewer, text: string): Promise<void> {
  await viewer.page.evaluate(() => navigator.clipboard.writeText(""));
  await viewer.page.keyboard.press("Control+c");
  await expect.poll(() => clipboard(viewer)).toBe(text);
}

test("a range by shift and click copies all of its lines, drawn or not", async ({ viewer, log }) => {
  await log.appendLines(5_000);
  await viewer.logInByLink();
  await viewer.expectRow("entry-5200");
  await viewer.goToLine(100);
  await viewer.row(/entry-100 /).click();
  await viewer.goToLine(4_000);
  await viewer.row(/entry-4000 /).click({ modifiers: ["Shift"] });
  await expectCopied(viewer, lines(100, 4_000));
});

test("a drag past the drawn rows selects all that it passed", async ({ viewer, log }) => {
  await log.appendLines(2_000);
  await viewer.logInByLink();
  await viewer.expectRow("entry-2200");
  await viewer.goToLine(500);
  const start = viewer.row(/entry-500 /);
  const box = (await start.boundingBox())!;
  await viewer.page.mouse.move(box.x + 300, box.y + 5);
  await viewer.page.mouse.down();
  await viewer.page.mouse.move(box.x + 300, box.y + 25);
  for (let turn = 0; turn < 20; turn++) await viewer.page.mouse.wheel(0, 800);
  await viewer.expectNoRow(/entry-500 /);
  await expect(viewer.list.locator(".is-chosen").first()).toBeVisible();
  await viewer.page.mouse.up();
  await viewer.page.evaluate(() => navigator.clipboard.writeText(""));
  await viewer.page.keyboard.press("Control+c");
  await expect.poll(async () => (await clipboard(viewer)).split("\n").length).toBeGreaterThan(300);
  const copied = (await clipboard(viewer)).split("\n");
  expect(copied.join("\n")).toBe(lines(500, 500 + copied.length - 1));
});

test("text can be selected while new lines come in", async ({ viewer, log }) => {
  await viewer.logInByLink();
  await viewer.expectRow("entry-200");
  const box = (await viewer.row(/entry-195 /).locator(".row-text").boundingBox())!;
  await viewer.page.mouse.move(box.x + 2, box.y + 8);
  await viewer.page.mouse.down();
  await viewer.page.mouse.move(box.x + 150, box.y + 8, { steps: 4 });
  await log.appendLines(500);
  await viewer.page.mouse.move(box.x + 175, box.y + 8, { steps: 4 });
  await viewer.page.mouse.up();
  const selected = await viewer.page.evaluate(() => String(getSelection()));
  expect(selected.length).toBeGreaterThan(10);
  expect(LogFile.line(195)).toContain(selected);
  await expect(viewer.page.getByRole("button", { name: "500 new lines" })).toBeVisible();
  expect(await viewer.page.evaluate(() => String(getSelection()))).toBe(selected);
  await expectCopied(viewer, selected);
});

test("all rows are chosen by a key, and more than the clipboard may hold is refused in words", async ({ viewer, log }) => {
  await log.appendLines(250_000);
  await viewer.logInByLink();
  await viewer.expectRow("entry-250200");
  await viewer.press("Control+a");
  await viewer.page.keyboard.press("Control+c");
  await expect(viewer.page.getByText(/more than 16 MiB/).first()).toBeVisible();
});
