import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import type { Page } from "@playwright/test";

import { expect, test } from "../support/test.ts";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Runs axe over the page and returns what it found, in words. The page's policy lets no script in, so it goes in by the debugger. */
async function audit(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof import("axe-core") }).axe.run();
    return violations.map((found) => `${found.id}: ${found.nodes.map((node) => node.html).join(" | ")}`);
  });
}

for (const scheme of ["light", "dark"] as const) {
  test(`axe reports nothing, ${scheme}`, async ({ viewer, server, page }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto(`${server.origin}/login`);
    await expect(page.getByRole("heading", { name: "Log in" })).toBeVisible();
    expect(await audit(page)).toEqual([]);
    await viewer.logInByLink();
    await viewer.expectRow("entry-200");
    expect(await audit(page)).toEqual([]);
    await viewer.row("entry-199").first().click();
    await expect(page.getByRole("button", { name: "Copy line" })).toBeVisible();
    expect(await audit(page)).toEqual([]);
    await page.goto(`${server.origin}/logins`);
    await expect(page.getByRole("heading", { name: /Logins/ })).toBeVisible();
    expect(await audit(page)).toEqual([]);
  });
}
