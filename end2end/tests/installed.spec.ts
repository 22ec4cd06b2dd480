import { expect, test } from "../support/test.ts";

test("the page can be installed, and says in words when the server cannot be reached", async ({ viewer, server, page }) => {
  await viewer.logInByLink();
  const manifest = await page.evaluate(async () => {
    const link = document.querySelector<HTMLLinkElement>("link[rel=manifest]")!;
    return (await fetch(link.href)).json();
  });
  expect(manifest.display).toBe("standalone");
  for (const icon of manifest.icons) {
    const answer = await page.request.get(`${server.origin}${icon.src}`);
    expect([icon.src, answer.status(), answer.headers()["content-type"]]).toEqual([icon.src, 200, icon.type]);
  }
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);

  await server.stop();
  await page.reload();
  await expect(page.getByRole("heading", { name: "The Frereth server cannot be reached" })).toBeVisible();
  await server.restart();
  await page.getByRole("link", { name: "Try again" }).click();
  await viewer.expectRunning();
});
