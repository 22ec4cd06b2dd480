import { expect, LogFile, Server, test, Viewer } from "../support/test.ts";

test("an appended line appears", async ({ viewer, log }) => {
  await viewer.logInByLink();
  await viewer.expectRow("entry-200");
  await log.append("2026-11-23T10:00:01.000Z ERROR something new happened\n");
  await viewer.expectRow("something new happened");
});

test("a paused list stays still and counts what is new", async ({ viewer, log }) => {
  await viewer.logInByLink();
  await viewer.expectRow("entry-200");
  await viewer.press("Home");
  await viewer.expectRow(/entry-1 /);
  await log.appendLines(1234);
  await expect(viewer.page.getByRole("button", { name: /1,234 new lines/ })).toBeVisible();
  await viewer.expectRow(/entry-1 /);
  await viewer.page.getByRole("button", { name: /new lines/ }).click();
  await viewer.expectRow("entry-1434");
  await log.append("INFO following again\n");
  await viewer.expectRow("following again");
});

test("a truncated file and a rotated file go on", async ({ viewer, log }) => {
  await viewer.logInByLink();
  await viewer.expectRow("entry-200");
  await log.truncate();
  await log.append("INFO after the truncation\n");
  await viewer.expectRow("after the truncation");
  await viewer.expectNoRow("entry-200");
  await log.rotate();
  await log.append("INFO after the rotation\n");
  await viewer.expectRow("after the rotation");
});

test("a line number is gone to, and a row shows its whole text", async ({ viewer }) => {
  await viewer.logInByLink();
  await viewer.expectRow("entry-200");
  await viewer.goToLine(17);
  await viewer.expectRow(/entry-17 /);
  await viewer.row(/entry-17 /).first().click();
  await expect(viewer.page.getByRole("button", { name: "Copy line" })).toBeVisible();
});

test("a filter finds all lines of the source and steps through them", async ({ viewer }) => {
  await viewer.logInByLink();
  await viewer.expectRow("entry-200");
  await viewer.filterBy("ERROR");
  await expect(viewer.page.getByText(/\b4 of 200\b/).first()).toBeVisible();
  await viewer.expectRow(/entry-50 /);
  await viewer.expectNoRow(/entry-51 /);
  await viewer.filterBy("");
  await viewer.expectRow("entry-200");
});

test("log text is shown as text, whatever it says", async ({ viewer, log }) => {
  await viewer.logInByLink();
  const hostile = [
    "<img src=x onerror=alert(1)><script>alert(2)</script>",
    "</textarea><svg onload=alert(3)>",
    "javascript:alert(4) {{7*7}} ${7*7}",
    "{\"type\":\"Halt\",\"code\":4400}",
  ];
  await log.append(hostile.join("\n") + "\n");
  for (const text of hostile) await viewer.expectRow(text);
  await log.append("\u001b[31mred\u001b[0m \u001b[2J\u202eevil\u200b \u0007\n");
  await log.append(Buffer.from([0x62, 0x61, 0x64, 0xff, 0xfe, 0x0a]));
  await viewer.expectRow("<U+202E>");
  await viewer.expectRow("\\xff");
  expect(viewer.complaints).toEqual([]);
});

test("several files stand in a list, one is shown at a time", async ({ page }) => {
  const first = await LogFile.create("first.log");
  const second = await LogFile.create("second.log");
  await first.append("INFO from the first\n");
  await second.append("INFO from the second\n");
  const server = await Server.start([first.path, second.path]);
  try {
    const viewer = new Viewer(page, server);
    await viewer.logInByLink();
    await page.getByRole("button", { name: /second\.log/ }).click();
    await viewer.expectRow("from the second");
    await viewer.expectNoRow("from the first");
    await page.getByRole("button", { name: /All sources/ }).click();
    await viewer.expectRow("from the first");
    await viewer.expectRow("from the second");
  } finally {
    await server.dispose();
    await first.dispose();
    await second.dispose();
  }
});

test("standard input is a source", async ({ page }) => {
  const server = await Server.start(["-"], "pipe");
  try {
    const viewer = new Viewer(page, server);
    server.stdin.write("INFO through the pipe\n");
    await viewer.logInByLink();
    await viewer.expectRow("through the pipe");
    server.stdin.write("INFO more of it\n");
    await viewer.expectRow("more of it");
  } finally {
    await server.dispose();
  }
});

test("ten million lines scroll from end to end", async ({ page }) => {
  test.setTimeout(180_000);
  const log = await LogFile.create("large.log");
  await log.appendLines(10_000_000);
  const server = await Server.start([log.path]);
  try {
    const viewer = new Viewer(page, server);
    await viewer.logInByLink();
    await viewer.expectRow(/entry-10000000 /);
    await viewer.press("Home");
    await viewer.expectRow(/entry-1 /);
    await viewer.press("PageDown");
    await viewer.expectNoRow(/entry-1 /);
    await viewer.goToLine(5_000_000);
    await viewer.expectRow(/entry-5000000 /);
    await viewer.press("ArrowDown");
    await viewer.press("End");
    await viewer.expectRow(/entry-10000000 /);
  } finally {
    await server.dispose();
    await log.dispose();
  }
});
