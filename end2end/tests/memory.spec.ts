import { expect, test } from "../support/test.ts";

test("marks and saved queries are known in the user's next page, and nobody else's", async ({ viewer, server, page, browser }) => {
  await viewer.logInByLink();
  await viewer.expectRow("entry-200");
  await viewer.row(/entry-190 /).click();
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await viewer.press("m");
  await expect(viewer.row(/entry-190 /)).toHaveClass(/is-marked/);
  await viewer.toggle("Saved");
  const saved = page.getByRole("region", { name: "Saved" });
  const kept = page.waitForResponse((answer) => answer.url().endsWith("/api/remember") && answer.ok());
  await saved.getByLabel(/^Note on /).fill("where it began");
  await saved.getByLabel(/^Note on /).press("Enter");
  await viewer.filterBy("ERROR");
  await saved.getByLabel("Name for this filter").fill("bad ones");
  await saved.getByLabel("Name for this filter").press("Enter");
  await expect(saved.getByRole("button", { name: "bad ones", exact: true })).toBeVisible();
  await kept;

  await page.goto(server.origin);
  await viewer.expectRunning();
  await expect(viewer.row(/entry-190 /)).toHaveClass(/is-marked/);
  await viewer.toggle("Saved");
  await expect(saved.getByLabel(/^Note on /)).toHaveValue("where it began");
  await saved.getByRole("button", { name: "bad ones", exact: true }).click();
  await expect(viewer.filter).toHaveValue("ERROR");

  await server.command(["user", "add", "ann"], "a long password\n");
  const other = await (await browser.newContext()).newPage();
  await other.goto(`${server.origin}/login`);
  await other.getByLabel("User name").fill("ann");
  await other.getByLabel("Password").fill("a long password");
  await other.getByRole("button", { name: "Log in" }).click();
  await expect(other.getByRole("grid").locator("[data-row]").last()).toContainText("entry-200");
  await expect(other.locator(".is-marked")).toHaveCount(0);
  await other.context().close();
});
