import { expect, LogFile, Server, test, Viewer } from "../support/test.ts";

test("a reload shows the log again", async ({ viewer }) => {
  await viewer.logInByLink();
  await viewer.page.reload();
  await viewer.expectRunning();
  await viewer.expectRow("entry-200");
});

test("a page from the back-forward cache works again", async ({ viewer, server, log }) => {
  await viewer.logInByLink();
  await viewer.expectRow("entry-200");
  await viewer.page.goto(`${server.origin}/logins`);
  await viewer.page.goBack();
  await viewer.expectRunning();
  await log.append("INFO after coming back\n");
  await viewer.expectRow("after coming back");
});

test("a server that is killed and started again is resumed, and no line is missing", async ({ viewer, server, log }) => {
  await viewer.logInByLink();
  await viewer.expectRow("entry-200");
  await server.stop("SIGKILL");
  await expect(viewer.page.getByText(/The connection is lost/)).toBeVisible();
  await log.appendLines(30);
  await server.restart();
  await viewer.page.getByRole("button", { name: "Reconnect now" }).click({ timeout: 5_000 }).catch(() => {});
  await viewer.expectRunning();
  await log.appendLines(5);
  await viewer.expectRow("entry-235");
  const drawn = await viewer.rows.allInnerTexts();
  const numbers = drawn.flatMap((text) => (/entry-(\d+) /.exec(text) ?? []).slice(1).map(Number));
  expect(numbers.length).toBeGreaterThan(10);
  numbers.forEach((number, index) => expect(number).toBe(numbers[0]! + index));
});

test("a server that stops says why, and goes on saying it while the page tries again", async ({ viewer, server, page }) => {
  await viewer.logInByLink();
  await server.stop("SIGTERM");
  for (let tries = 0; tries < 3; tries++) {
    await page.waitForEvent("requestfailed");
    await expect(page.getByText(/the server was stopped/)).toBeVisible();
  }
});

test("a file that was rotated before the server is killed goes on afterwards", async ({ viewer, server, log }) => {
  await viewer.logInByLink();
  await viewer.expectRow("entry-200");
  await log.rotate();
  await log.appendLines(60);
  await viewer.expectRow("entry-260");
  await server.stop("SIGKILL");
  await log.appendLines(10);
  await server.restart();
  await viewer.expectRunning();
  await viewer.expectRow("entry-270");
  await log.appendLines(1);
  await viewer.expectRow("entry-271");
  await expect(viewer.page.getByText(/^71 lines$/)).toBeVisible();
});

test("a file that was replaced while the server was down is begun anew", async ({ viewer, server, log, page }) => {
  await viewer.logInByLink();
  await viewer.expectRow("entry-200");
  await server.stop("SIGKILL");
  await log.rotate();
  await log.append("INFO the first of the new\nINFO the second of the new\n");
  await server.restart();
  await viewer.expectRunning();
  await viewer.expectRow("the second of the new");
  await viewer.expectNoRow(/entry-\d+ /);
  await expect(page.getByText(/^2 lines$/)).toBeVisible();
});

test("several sources go on after a restart, each line once", async ({ page }) => {
  const [first, second] = [await LogFile.create("first.log"), await LogFile.create("second.log")];
  for (const [log, name] of [[first, "a"], [second, "b"]] as const) {
    for (let number = 1; number <= 5; number++) await log.append(`INFO ${name}-${number}.\n`);
  }
  const server = await Server.start([first.path, second.path]);
  try {
    const viewer = new Viewer(page, server);
    await viewer.logInByLink();
    await viewer.expectRow("b-5.");
    await first.append("INFO a-6.\n");
    await second.append("INFO b-6.\n");
    await viewer.expectRow("b-6.");
    await server.stop("SIGKILL");
    await first.append("INFO a-7.\n");
    await second.append("INFO b-7.\n");
    await server.restart();
    await viewer.expectRunning();
    await first.append("INFO a-8.\n");
    await second.append("INFO b-8.\n");
    await viewer.expectRow("a-8.");
    await viewer.expectRow("b-8.");
    await expect(page.getByText(/^16 lines$/)).toBeVisible();
    for (const name of ["a", "b"]) {
      for (let number = 1; number <= 8; number++) await expect(viewer.row(`${name}-${number}.`)).toHaveCount(1);
    }
  } finally {
    await server.dispose();
    await first.dispose();
    await second.dispose();
  }
});
