import { expect, test } from "../support/test.ts";

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

test("a server that stops says why", async ({ viewer, server }) => {
  await viewer.logInByLink();
  await server.stop("SIGTERM");
  await expect(viewer.page.getByText(/the server was stopped/)).toBeVisible();
});
