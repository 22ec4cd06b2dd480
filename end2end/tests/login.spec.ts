import { expect, test } from "../support/test.ts";

test("a one-time link logs in and shows the log", async ({ viewer }) => {
  await viewer.logInByLink();
  await viewer.expectRow("entry-200");
  expect(viewer.complaints).toEqual([]);
});

test("a link works once", async ({ viewer, browser, server }) => {
  await viewer.logInByLink();
  const stranger = await (await browser.newContext()).newPage();
  await stranger.goto(server.link);
  await expect(stranger.getByRole("alert")).toContainText(/link/i);
  await expect(stranger).toHaveURL(/\/login/);
});

test("a second link comes from the command line while the server runs", async ({ viewer, browser, server }) => {
  await viewer.logInByLink();
  const link = (await server.command(["link"])).trim();
  const other = await (await browser.newContext()).newPage();
  await other.goto(link);
  await expect(other.getByTestId("world")).toHaveText("Running");
});

test("a user logs in by password, and a wrong one is refused in words", async ({ viewer, server }) => {
  await server.command(["user", "add", "ada"], "correct horse battery staple\n");
  await viewer.logInByPassword("ada", "wrong horse");
  const refusal = viewer.page.getByRole("alert");
  await expect(refusal).toBeVisible();
  const words = await refusal.innerText();
  await viewer.fillLogin("nobody", "wrong horse");
  await expect(refusal).toHaveText(words);
  await viewer.fillLogin("ada", "correct horse battery staple");
  await viewer.expectRunning();
  await viewer.expectRow("entry-200");
});

test("whoever is not logged in is led to the login", async ({ page, server }) => {
  await page.goto(server.origin);
  await expect(page.getByRole("heading", { name: "Log in" })).toBeVisible();
});

test("logging out in one tab closes the other", async ({ viewer, context, server }) => {
  await viewer.logInByLink();
  const second = new (await import("../support/viewer.ts")).Viewer(await context.newPage(), server);
  await second.page.goto(server.origin);
  await second.expectRunning();
  await viewer.logOut();
  await expect(second.page.getByText(/Your login has ended: it was logged out in another tab/)).toBeVisible();
});

test("two tabs are two sessions and work side by side", async ({ viewer, context, server, log }) => {
  await viewer.logInByLink();
  const second = new (await import("../support/viewer.ts")).Viewer(await context.newPage(), server);
  await second.page.goto(server.origin);
  await second.expectRunning();
  await log.append("INFO both see this\n");
  await viewer.expectRow("both see this");
  await second.expectRow("both see this");
  await second.page.goto(`${server.origin}/logins`);
  await expect(second.page.getByText(/active/).first()).toBeVisible();
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("the login form posts by itself and answers in words", async ({ viewer, server }) => {
    await server.command(["user", "add", "ada"], "correct horse battery staple\n");
    await viewer.logInByPassword("ada", "wrong horse");
    await expect(viewer.page.getByRole("alert")).toBeVisible();
    await viewer.fillLogin("ada", "correct horse battery staple");
    await expect(viewer.page.getByRole("alert")).toContainText("JavaScript");
    expect(await viewer.page.context().cookies()).toEqual([]);
  });
});
