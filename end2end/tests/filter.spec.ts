import { expect, LogFile, Server, test, Viewer } from "../support/test.ts";

test("the next and the previous match are stepped to among all lines", async ({ viewer, page }) => {
  await viewer.logInByLink();
  await viewer.expectRow("entry-200");
  await viewer.filterBy("ERROR");
  await expect(page.getByText(/\b4 of 200\b/).first()).toBeVisible();
  await viewer.toggle("Only matches");
  await viewer.expectRow(/entry-199 /);
  await viewer.press("g");
  await viewer.expectRow(/entry-1 /);
  for (const number of [50, 100, 150, 200]) {
    await page.keyboard.press("n");
    await expect(viewer.list.locator(".is-current")).toContainText(`entry-${number} `);
  }
  await page.keyboard.press("n");
  await expect(page.getByText("There is no further match.").first()).toBeVisible();
  await page.keyboard.press("Shift+N");
  await expect(viewer.list.locator(".is-current")).toContainText("entry-150 ");
  await expect(viewer.list.locator(".is-current .t-match-current").first()).toHaveText("ERROR");
});

test("no control moves when a filter is typed and when it is cleared", async ({ viewer, page }) => {
  await viewer.logInByLink();
  await viewer.expectRow("entry-200");
  const places = () =>
    page.locator(".toolbar button, .toolbar input").evaluateAll((all) =>
      all.map((one) => {
        const { x, y, width, height } = one.getBoundingClientRect();
        return [x, y, width, height].map(Math.round).join(" ");
      }),
    );
  const before = await places();
  await viewer.filterBy("ERROR");
  await expect(page.getByText(/\b4 of 200\b/).first()).toBeVisible();
  expect(await places()).toEqual(before);
  await page.getByRole("button", { name: "Clear the filter" }).click();
  await viewer.expectRow("entry-199");
  expect(await places()).toEqual(before);
});

test("a filter that nothing matches says so, and lines that match later appear", async ({ viewer, log, page }) => {
  await viewer.logInByLink();
  await viewer.filterBy("needle");
  await expect(page.getByText("No line matches the filter.")).toBeVisible();
  await log.append("INFO a needle in the hay\n");
  await viewer.expectRow("a needle in the hay");
});

test("a scan of a long file shows how far it is, its newest matches at once, and can be given up", async ({ page }) => {
  test.setTimeout(120_000);
  const log = await LogFile.create("long.log");
  await log.appendLines(3_000_000);
  const server = await Server.start([log.path]);
  try {
    const viewer = new Viewer(page, server);
    await viewer.logInByLink();
    await viewer.expectRow("entry-3000000");
    await viewer.filterBy("entry-29");
    await viewer.expectRow(/entry-2999999 /);
    await viewer.filterBy("entry-1500000");
    await viewer.expectRow(/entry-1500000 /);
    await expect(page.getByText(/\b1 of 3,000,000\b/).first()).toBeVisible();
    await page.getByRole("button", { name: /clear the filter/i }).click();
    await viewer.press("End");
    await viewer.expectRow("entry-3000000");
  } finally {
    await server.dispose();
    await log.dispose();
  }
});

test("a filter and its end keep the place where the user reads", async ({ viewer, log }) => {
  await log.appendLines(5_000);
  await viewer.logInByLink();
  await viewer.expectRow("entry-5200");
  await viewer.goToLine(2_510);
  await viewer.expectRow(/entry-2510 /);
  await viewer.filter.pressSequentially("ERROR");
  await viewer.expectRow(/entry-2550 /);
  await viewer.page.getByRole("button", { name: "Clear the filter" }).click();
  await viewer.expectRow(/entry-2510 /);
  await expect(viewer.list.locator(".is-current")).toContainText("entry-2510 ");
});

test("a filter keeps the place near the beginning of a long file that grows, written at once or by keys", async ({ page }) => {
  test.setTimeout(120_000);
  const log = await LogFile.create("growing.log");
  await log.appendLines(1_500_000);
  const server = await Server.start([log.path]);
  const growth = setInterval(() => void log.appendLines(100), 20);
  try {
    const viewer = new Viewer(page, server);
    await viewer.logInByLink();
    await viewer.goToLine(2_520);
    await viewer.expectRow(/entry-2520 /);
    await viewer.filterBy("ERROR");
    await viewer.expectRow(/entry-2550 /);
    await viewer.expectRow(/entry-2500 /);
    await page.getByRole("button", { name: "Clear the filter" }).click();
    await viewer.expectRow(/entry-2520 /);
    await viewer.filter.pressSequentially("ERROR");
    await viewer.expectRow(/entry-2550 /);
    await viewer.expectRow(/entry-2500 /);
    await page.getByRole("button", { name: "Clear the filter" }).click();
    await viewer.expectRow(/entry-2520 /);
    await expect(viewer.list.locator(".is-current")).toContainText("entry-2520 ");
  } finally {
    clearInterval(growth);
    await server.dispose();
    await log.dispose();
  }
});

test("what is no line number is said back", async ({ viewer, page }) => {
  await viewer.logInByLink();
  await viewer.expectRow("entry-200");
  const top = async () => (await viewer.list.boundingBox())!.y;
  const before = await top();
  const field = page.getByLabel("Go to line");
  await field.fill("1e3");
  await field.press("Enter");
  await expect(page.getByText("“1e3” is no line number").first()).toBeVisible();
  expect(await top()).toBe(before);
  await viewer.goToLine(7);
  await viewer.expectRow(/entry-7 /);
  await expect(page.getByText("is no line number")).toHaveCount(0);
});
