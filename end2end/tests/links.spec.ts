import { expect, LogFile, Server, test, Viewer } from "../support/test.ts";

test("a link shows a colleague the same: query, source, form and entry", async ({ page, browser, context }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const [one, two] = [await LogFile.create("one.log"), await LogFile.create("two.log")];
  await one.append("INFO nothing here\n".repeat(10));
  await two.append(Array.from({ length: 2_000 }, (_, index) => `INFO job ${index} is done\n`).join(""));
  const server = await Server.start([one.path, two.path]);
  try {
    const viewer = new Viewer(page, server);
    await viewer.logInByLink();
    await viewer.sources.getByRole("button", { name: "two.log" }).click();
    await viewer.filterBy('"job 1"');
    await viewer.expectMatches(1111, 2000);
    await viewer.toggle("Wrap");
    await viewer.press("Home");
    await viewer.row("job 13 is done").click();
    await page.getByRole("button", { name: "Copy link" }).click();
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain("#/source=two.log&q=%22job%201%22&wrap=1&at=");
    const link = await page.evaluate(() => navigator.clipboard.readText());
    expect(page.url()).toBe(link);

    // A colleague, who has to log in first.
    await server.command(["user", "add", "ann"], "a long password\n");
    const other = await browser.newContext();
    const colleague = new Viewer(await other.newPage(), server);
    await colleague.page.goto(link);
    await colleague.fillLogin("ann", "a long password");
    await colleague.expectRunning();
    await colleague.expectMatches(1111, 2000);
    await expect(colleague.filter).toHaveValue('"job 1"');
    await expect(colleague.row("job 13 is done")).toHaveClass(/is-current/);
    await expect(colleague.page.getByRole("switch", { name: "Wrap" })).toBeChecked();
    await expect(colleague.follow).not.toBeChecked();

    // In the same page, an address is gone to as well.
    await colleague.page.evaluate(() => (location.hash = "#/q=nothing"));
    await colleague.expectMatches(10, 2010);
    await other.close();
  } finally {
    await server.dispose();
    await one.dispose();
    await two.dispose();
  }
});
