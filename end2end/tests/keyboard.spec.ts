import { expect, test } from "../support/test.ts";

test("? lists everything that can be done, by words and by key, and does it", async ({ viewer, log, page }) => {
  await log.append("INFO one\nERROR two\n");
  await viewer.logInByLink();
  await viewer.expectRow("two");
  await viewer.press("?");
  const palette = page.getByRole("dialog", { name: "Commands" });
  const field = palette.getByRole("combobox");
  await expect(field).toBeFocused();
  await expect(palette.getByRole("option", { name: /^Wrap off\s*w$/ })).toBeVisible();
  await field.fill("wra");
  await expect(palette.getByRole("option")).toHaveCount(1);
  await page.keyboard.press("Enter");
  await expect(palette).toBeHidden();
  await expect(page.getByRole("switch", { name: "Wrap" })).toBeChecked();

  await page.keyboard.press("Control+k");
  await field.fill("filter");
  await palette.getByRole("option", { name: /^Filter/ }).first().click();
  await expect(palette).toBeHidden();
  await expect(viewer.filter).toBeFocused();
  await page.keyboard.press("?");
  await expect(palette, "who types a question mark wants a question mark").toBeHidden();
  await expect(viewer.filter).toHaveValue("?");

  await page.keyboard.press("Control+k");
  await field.fill("nothing is called so");
  await expect(palette.getByText("Nothing here is called so.")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(palette).toBeHidden();
});
