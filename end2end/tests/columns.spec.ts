import { expect, LogFile, Server, test, Viewer } from "../support/test.ts";

const order = (number: number) =>
  JSON.stringify({
    time: `2026-11-23T10:00:${String(number % 60).padStart(2, "0")}.125Z`,
    level: number % 5 === 0 ? "error" : "info",
    msg: `order ${number}`,
    user: number % 2 ? "ann" : "joe",
  }) + "\n";

async function withOrders(page: import("@playwright/test").Page, act: (viewer: Viewer, log: LogFile) => Promise<void>) {
  const log = await LogFile.create("orders.log");
  await log.append(Array.from({ length: 30 }, (_, index) => order(index + 1)).join(""));
  const server = await Server.start([log.path]);
  try {
    const viewer = new Viewer(page, server);
    await viewer.logInByLink();
    await viewer.expectRow("order 30");
    await act(viewer, log);
    expect(viewer.complaints).toEqual([]);
  } finally {
    await server.dispose();
    await log.dispose();
  }
}

test("JSON is taken apart into columns, and r shows it as it is written", async ({ page }) => {
  await withOrders(page, async (viewer) => {
    const heads = viewer.page.getByRole("columnheader");
    await expect(heads).toHaveText(["time", "level"]);
    const cells = viewer.row("order 30").getByRole("gridcell");
    await expect(cells).toContainText(["30", "error", "2026-11-23 10:00:30.125", "error", "order 30  user=joe"]);
    await viewer.press("r");
    await expect(heads).toHaveCount(0);
    await viewer.expectRow('"msg":"order 30"');
    await viewer.press("r");
    await expect(heads).toHaveCount(2);
    await viewer.expectNoRow('"msg":"order 30"');
  });
});

test("a field becomes a column that is moved, pulled wider and removed", async ({ page }) => {
  await withOrders(page, async (viewer) => {
    await viewer.press("o");
    const strip = page.getByRole("group", { name: "Columns" });
    // By its first letters, as hands do: the page listens to nothing that a script does.
    await strip.getByLabel("Add a column").focus();
    await page.keyboard.type("user");
    const heads = page.getByRole("columnheader");
    await expect(heads).toHaveText(["time", "level", "user"]);
    await expect(viewer.row("order 30").locator(".cell-2")).toHaveText("joe");
    await expect(viewer.row("order 30").locator(".row-text")).toHaveText("order 30");
    await strip.getByRole("button", { name: "Left" }).click();
    await expect(heads).toHaveText(["time", "user", "level"]);

    const user = viewer.row("order 30").locator(".cell-1");
    const before = (await user.boundingBox())!.width;
    const edge = (await heads.nth(1).locator(".rows-edge").boundingBox())!;
    await page.mouse.move(edge.x + edge.width / 2, edge.y + edge.height / 2);
    await page.mouse.down();
    await page.mouse.move(edge.x + edge.width / 2 + 80, edge.y + edge.height / 2, { steps: 8 });
    await page.mouse.up();
    await expect.poll(async () => (await user.boundingBox())!.width - before).toBeGreaterThan(60);
    const [head, cell] = await Promise.all([heads.nth(2).boundingBox(), viewer.row("order 30").locator(".cell-2").boundingBox()]);
    expect(Math.abs(head!.x - cell!.x)).toBeLessThan(1);

    await strip.getByRole("button", { name: "Remove" }).click();
    await expect(heads).toHaveText(["time", "level"]);
    await strip.getByLabel("How times are written").focus();
    await page.keyboard.type("since");
    await expect(viewer.row("order 30").locator(".cell-0")).toHaveText("+1.000 s");
    await page.keyboard.press("Escape");
    await strip.getByRole("button", { name: "Done" }).click();
    await expect(strip).toHaveCount(0);
  });
});

test("what is looked for is marked in what was taken apart", async ({ page }) => {
  await withOrders(page, async (viewer) => {
    await viewer.filterBy("ann");
    await viewer.expectMatches(15, 30);
    await expect(viewer.row("order 29").locator(".t-match")).toHaveText("ann");
  });
});
