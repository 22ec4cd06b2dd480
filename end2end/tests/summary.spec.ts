import { expect, LogFile, Server, test, Viewer } from "../support/test.ts";

const order = (number: number) => {
  const level = number % 10 === 0 ? "error" : "info";
  const status = number % 8 === 0 ? 500 : 200;
  const time = `2026-11-23T10:00:${String(number % 60).padStart(2, "0")}Z`;
  return JSON.stringify({ time, level, msg: `order ${number} for ${number % 2 ? "ann" : "joe"}`, status }) + "\n";
};

test("the summary tells what a result is as a whole, and each part of it narrows the filter down", async ({ page }) => {
  const log = await LogFile.create("orders.log");
  await log.append(Array.from({ length: 40 }, (_, index) => order(index + 1)).join(""));
  const server = await Server.start([log.path]);
  try {
    const viewer = new Viewer(page, server);
    await viewer.logInByLink();
    await viewer.expectRow("order 40");
    await page.keyboard.press("s");
    const summary = page.getByRole("region", { name: "Summary of the log" });
    await expect(summary.getByText("40 entries", { exact: true })).toBeVisible();
    await expect(summary.getByText("2026-11-23 10:00:01 to 2026-11-23 10:00:41 UTC, 1 s each, 1 at most")).toBeVisible();
    await expect(summary.getByRole("button", { name: /^35\s+200$/ })).toBeVisible();

    await summary.getByRole("button", { name: /^\s*5\s+500$/ }).click();
    await viewer.expectMatches(5, 40);
    await expect(viewer.filter).toHaveValue("status:500");
    const narrowed = page.getByRole("region", { name: "Summary of what matches" });
    await expect(narrowed.getByText("5 entries", { exact: true })).toBeVisible();
    await narrowed.getByRole("button", { name: "error 1" }).click();
    await viewer.expectMatches(1, 40);
    await expect(viewer.filter).toHaveValue("status:500 level:error");

    await log.append(JSON.stringify({ time: "2026-11-23T10:01:00Z", level: "error", msg: "late", status: 500 }) + "\n");
    await expect(narrowed.getByText("2 entries", { exact: true })).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(narrowed).toBeHidden();
    expect(viewer.complaints).toEqual([]);
  } finally {
    await server.dispose();
    await log.dispose();
  }
});
