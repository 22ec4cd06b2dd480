// Each state that a person may meet, as it looks: npx playwright test -c screenshots
import { fileURLToPath } from "node:url";

import { expect, LogFile, Server, test, Viewer } from "../support/test.ts";

const FOLDER = fileURLToPath(new URL("../../docs/screenshots", import.meta.url));

const USERS = ["ann", "joe", "mia", "eve"];
const ROUTES = ["/api/orders", "/api/orders/17", "/login", "/api/carts/4/items"];

/** A line of a shop's web server. */
function request(number: number): string {
  const status = number % 17 === 0 ? 500 : number % 7 === 0 ? 404 : 200;
  const level = status === 500 ? "error" : status === 404 ? "warn" : number % 5 === 0 ? "debug" : "info";
  const time = new Date(Date.UTC(2026, 10, 23, 10, 0, 0, number * 437)).toISOString();
  const msg = status === 500 ? "the order could not be stored: connection refused" : "request answered";
  const fields = { status, took_ms: (number * 37) % 400, path: ROUTES[number % 4], user: USERS[number % 4] };
  return JSON.stringify({ time, level, msg, trace_id: `7f3a${(number / 3) | 0}`, ...fields });
}

/** A line of the database behind it. */
function statement(number: number): string {
  const time = new Date(Date.UTC(2026, 10, 23, 10, 0, 0, number * 437 + 120)).toISOString();
  if (number % 17 === 0) return `${time} ERROR pool: no connection left after 30 s (waiting: ${number % 9})`;
  return `${time} INFO  pool: SELECT * FROM orders WHERE id = ${number} took ${(number * 13) % 90} ms`;
}

const lines = (line: (number: number) => string) => Array.from({ length: 600 }, (_, index) => `${line(index + 1)}\n`).join("");

test("every state", async ({ page }, info) => {
  const shop = await LogFile.create("shop.jsonl");
  const database = await LogFile.create("database.log");
  const empty = await LogFile.create("empty.log");
  await shop.append(lines(request));
  await database.append(lines(statement));
  const server = await Server.start([shop.path, database.path, empty.path]);
  const viewer = new Viewer(page, server);
  const shoot = async (name: string) => {
    await page.screenshot({ path: `${FOLDER}/${name}-${info.project.name}.png`, animations: "disabled" });
  };
  const isPhone = info.project.name.startsWith("phone");
  const choose = async (name: string) => {
    if (isPhone) await page.getByRole("button", { name: "Sources", exact: true }).click();
    await viewer.sources.getByRole("button", { name }).click();
    if (isPhone) await page.getByRole("button", { name: "Sources", exact: true }).click();
  };
  try {
    await page.goto(`${server.origin}/login`);
    await expect(page.getByRole("heading", { name: "Log in" })).toBeVisible();
    await shoot("login");
    await viewer.logInByLink();
    await viewer.expectRow("request answered");
    await shoot("all-sources");
    await choose("shop.jsonl");
    await viewer.expectRow("request answered");
    await shoot("columns");
    await viewer.filterBy("level>=warn");
    await viewer.expectRow("connection refused");
    await shoot("filter");
    await viewer.filterBy("level>=warn (user:ann");
    await expect(viewer.messages).toBeVisible();
    await shoot("mistake");
    await viewer.filterBy("nothing is like this");
    await expect(page.getByText("No line matches the filter.")).toBeVisible();
    await shoot("no-match");
    await viewer.filterBy("");
    await viewer.expectRow("request answered");
    await viewer.toggle("Summary");
    await expect(page.getByRole("region", { name: "Summary of the log" }).getByText("600 entries")).toBeVisible();
    await shoot("summary");
    await viewer.toggle("Summary");
    await viewer.press("m");
    await viewer.row("request answered").last().click();
    await expect(page.getByRole("region", { name: "Details of a line" })).toBeVisible();
    await shoot("details");
    await page.getByRole("button", { name: "Close", exact: true }).click();
    await viewer.toggle("Saved");
    await shoot("saved");
    await viewer.toggle("Saved");
    await viewer.press("?");
    await expect(page.getByRole("dialog", { name: "Commands" })).toBeVisible();
    await shoot("commands");
    await page.keyboard.press("Escape");
    await viewer.press("r");
    await viewer.expectRow('"msg"');
    await shoot("raw");
    await choose("empty.log");
    await expect(page.getByText("There are no lines yet.")).toBeVisible();
    await shoot("empty");
    await choose("shop.jsonl");
    await server.stop();
    await expect(viewer.connection).not.toHaveText("Connected");
    await shoot("disconnected");
  } finally {
    await server.dispose();
    for (const log of [shop, database, empty]) await log.dispose();
  }
});
