// The viewer in the words of its users: log in, see rows, follow, filter.
import { expect, type Locator, type Page } from "@playwright/test";

import type { Server } from "./server.ts";

export class Viewer {
  /** What the page wrote to its console as an error, and what it threw. */
  readonly complaints: string[] = [];

  constructor(
    readonly page: Page,
    readonly server: Server,
  ) {
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") this.complaints.push(message.text());
    });
  }

  async logInByLink(): Promise<void> {
    await this.page.goto(this.server.link);
    await this.expectRunning();
  }

  async logInByPassword(user: string, password: string): Promise<void> {
    await this.page.goto(`${this.server.origin}/login`);
    await this.fillLogin(user, password);
  }

  async fillLogin(user: string, password: string): Promise<void> {
    await this.page.getByLabel("User name").fill(user);
    await this.page.getByLabel("Password").fill(password);
    await this.page.getByRole("button", { name: "Log in" }).click();
  }

  async logOut(): Promise<void> {
    await this.page.locator("summary.menu-summary").click();
    await this.page.getByRole("button", { name: "Log out" }).click();
    await expect(this.page.getByRole("heading", { name: "Log in" })).toBeVisible();
  }

  get connection(): Locator {
    return this.page.getByTestId("connection");
  }

  get world(): Locator {
    return this.page.getByTestId("world");
  }

  async expectRunning(): Promise<void> {
    await expect(this.connection).toHaveText("Connected");
    await expect(this.world).toHaveText("Running");
  }

  /** The virtual list. */
  get list(): Locator {
    return this.page.getByRole("grid");
  }

  /** The rows that are drawn now. */
  get rows(): Locator {
    return this.list.locator("[data-row]");
  }

  row(text: string | RegExp): Locator {
    return this.rows.filter({ hasText: text });
  }

  async expectRow(text: string | RegExp): Promise<void> {
    await expect(this.row(text).first()).toBeVisible();
  }

  async expectNoRow(text: string | RegExp): Promise<void> {
    await expect(this.row(text)).toHaveCount(0);
  }

  async press(key: string): Promise<void> {
    await this.list.focus();
    await this.page.keyboard.press(key);
  }

  async toggle(name: string): Promise<void> {
    await this.page.getByRole("switch", { name }).click();
  }

  get follow(): Locator {
    return this.page.getByRole("switch", { name: "Follow" });
  }

  get filter(): Locator {
    return this.page.getByRole("textbox", { name: "Filter", exact: true });
  }

  async filterBy(text: string): Promise<void> {
    await this.filter.fill(text);
  }

  /** How many lines the filter has found, of how many there are, once it has come to its end. */
  async expectMatches(matches: number, lines: number): Promise<void> {
    const words = `filter: ${matches.toLocaleString("en")} of ${lines.toLocaleString("en")}`;
    await expect(this.page.getByText(words, { exact: true })).toBeVisible();
  }

  /** What is said over the rows. */
  get messages(): Locator {
    return this.page.getByRole("group", { name: "Messages" });
  }

  async expectMistake(words: string): Promise<void> {
    await expect(this.messages.getByText(words)).toBeVisible();
  }

  async expectNoMistake(): Promise<void> {
    await expect(this.messages).toHaveCount(0);
  }

  /** The list of sources. */
  get sources(): Locator {
    return this.page.getByRole("navigation", { name: "Sources" });
  }

  async goToLine(number: number): Promise<void> {
    const field = this.page.getByLabel("Go to line");
    await field.fill(String(number));
    await field.press("Enter");
  }
}
