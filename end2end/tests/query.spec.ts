import { expect, LogFile, Server, test, Viewer } from "../support/test.ts";

/** A log of JSON lines, a stack trace in a log of text. */
const shop = (number: number, level: string, status: number) =>
  JSON.stringify({ time: `2026-11-23T10:00:${String(number).padStart(2, "0")}Z`, level, msg: `order-${number}`, status }) + "\n";

test("the filter is the query language", async ({ page }) => {
  const log = await LogFile.create("shop.log");
  for (let number = 1; number <= 40; number++) {
    await log.append(shop(number, number % 10 === 0 ? "error" : "info", number % 8 === 0 ? 500 : 200));
  }
  const server = await Server.start([log.path]);
  try {
    const viewer = new Viewer(page, server);
    await viewer.logInByLink();
    await viewer.expectRow("order-40");
    for (const [query, matches] of [
      ["level>=error", 4],
      ["status:500", 5],
      ["status:500 level:error", 1],
      ["status>=500 or order-7", 6],
      ["/order-1\\d\\b/ -level:error", 9],
      ["since:2026-11-23T10:00:35Z", 6],
      ["source:other", 0],
    ] as const) {
      await viewer.filterBy(query);
      await viewer.expectMatches(matches, 40);
    }
    await expect(page.getByText("No line matches the filter.")).toBeVisible();
    await viewer.filterBy("level>=error");
    await viewer.expectRow(/order-40\b/);
    await viewer.expectNoRow(/order-39\b/);
    await log.append(shop(41, "info", 200) + shop(42, "error", 200));
    await viewer.expectRow(/order-42\b/);
    await viewer.expectNoRow(/order-41\b/);
    expect(viewer.complaints).toEqual([]);
  } finally {
    await server.dispose();
    await log.dispose();
  }
});

test("a match in a stack trace shows the whole entry, and what was searched for is marked", async ({ viewer, log }) => {
  await viewer.logInByLink();
  await viewer.expectRow("entry-200");
  await log.append("2026-11-23T10:00:01.000Z ERROR worker it broke\n    at Shop.sell(Shop.java:7)\n    at Main.main(Main.java:3)\n");
  await log.append("2026-11-23T10:00:02.000Z INFO  worker it goes on\n");
  await viewer.expectRow("it goes on");
  await viewer.filterBy("shop.java");
  await viewer.expectMatches(3, 204);
  for (const text of ["it broke", "Shop.sell", "Main.main"]) await viewer.expectRow(text);
  await viewer.expectNoRow("it goes on");
  await expect(viewer.row("Shop.sell").locator(".t-match")).toHaveText("Shop.java");
  await expect(viewer.row("Main.main").locator(".t-match")).toHaveCount(0);
});

test("a query that is half typed keeps the last answer and says what is expected", async ({ viewer, page }) => {
  await viewer.logInByLink();
  await viewer.expectRow("entry-200");
  await viewer.filterBy("ERROR");
  await viewer.expectMatches(4, 200);
  await viewer.filter.pressSequentially(" or level>=wa");
  await viewer.expectMistake("expected a level: trace, debug, info, warn, error or fatal at “wa”");
  await viewer.expectMatches(4, 200);
  await expect(page.getByText("still applied: “ERROR or level”", { exact: true })).toBeVisible();
  await viewer.expectRow(/entry-150 /);
  await viewer.filter.pressSequentially("rn");
  await viewer.expectNoMistake();
  await viewer.expectMatches(20, 200);
  await viewer.filterBy("took>fast");
  await viewer.expectMistake("expected a number at “fast”");
  await viewer.expectMatches(20, 200);
  await viewer.list.focus();
  await expect(viewer.filter).toHaveValue("took>fast");
  await page.getByRole("button", { name: "Clear the filter" }).click();
  await viewer.expectNoMistake();
  await expect(viewer.filter).toHaveValue("");
  await viewer.expectRow(/entry-199 /);
});

test("no row and no control moves when a mistake is said and when it is gone", async ({ viewer, page }) => {
  await viewer.logInByLink();
  await viewer.expectRow("entry-200");
  const places = async () => [await viewer.list.boundingBox(), await viewer.filter.boundingBox()];
  const before = await places();
  await viewer.filterBy("level>=");
  await viewer.expectMistake("expected a level");
  await expect(page.getByText("still applied: no filter", { exact: true })).toBeVisible();
  expect(await places()).toEqual(before);
  await page.getByRole("button", { name: "Clear the filter" }).click();
  await viewer.expectNoMistake();
  expect(await places()).toEqual(before);
});

test("the format of each source stands beside its name, found or forced", async ({ page }) => {
  const found = await LogFile.create("found.log");
  const forced = await LogFile.create("forced.log");
  for (let number = 1; number <= 5; number++) await found.append(shop(number, "info", 200));
  await forced.append("10 eve sells\n20 bob buys\n");
  const config = await LogFile.create("Leptos.toml");
  await config.append(
    `[[frereth.formats]]\nname = "market"\nregex = '^(?<price>\\d+) (?<who>\\w+) (?<message>.*)$'\n` +
      `[[frereth.source_formats]]\nsource = "forced.*"\nformat = "market"\n`,
  );
  const server = await Server.start(["--config", config.path, found.path, forced.path]);
  try {
    const viewer = new Viewer(page, server);
    await viewer.logInByLink();
    await viewer.expectRow("bob buys");
    await expect(viewer.sources.getByText(/^live, .*, market$/)).toBeVisible();
    await expect(viewer.sources.getByText(/^live, .*, (?!market)\S+$/)).toBeVisible();
    // Each line is asked in the format of its own source.
    await viewer.filterBy("price>15 or status:200");
    await viewer.expectMatches(6, 7);
    await viewer.expectNoRow("eve sells");
  } finally {
    await server.dispose();
    await found.dispose();
    await forced.dispose();
    await config.dispose();
  }
});

test("the field says what it takes", async ({ viewer }) => {
  await viewer.logInByLink();
  await expect(viewer.filter).toHaveAttribute("title", /level>=warn.*since:15m/);
  await expect(viewer.filter).toHaveAttribute("placeholder", /level>=warn/);
});
