// The page of a user whose server is hostile: what such a server serves, and what must hold whatever it was.
import type { Frame } from "./hostile.ts";
import { Impostor } from "./impostor.ts";
import { expect, test as base, type Viewer } from "./test.ts";

/** The page with a hostile server between it and the real one. */
export class Siege {
  constructor(
    readonly viewer: Viewer,
    readonly impostor: Impostor,
  ) {}

  get trouble() {
    return this.viewer.page.locator(".trouble[role=alert]");
  }

  /** Has the user restart the world, and serves her this one. */
  async serve(module: Uint8Array): Promise<void> {
    this.impostor.module = module;
    await this.restart();
  }

  /** Has the user restart the world, and gives it this frame instead of the product's. */
  async frame(frame: Frame): Promise<void> {
    this.impostor.frame = frame;
    await this.restart();
  }

  private async restart(): Promise<void> {
    await this.viewer.page.locator(".world-header").getByRole("button", { name: "Restart world" }).click();
  }

  /** The page answers the user: its menu opens, the theme changes. */
  async expectUsable(): Promise<void> {
    const { page } = this.viewer;
    const summary = page.locator("summary.menu-summary");
    await summary.click();
    await expect(page.getByRole("link", { name: "Logins" })).toBeVisible();
    await summary.click();
    for (const theme of ["dark", "light"]) {
      await page.getByLabel("Theme").selectOption(theme);
      await expect(page.locator("html")).toHaveAttribute("data-theme", theme);
    }
  }

  /** The world is stopped, the user reads why, and a restart brings the real one back. */
  async expectStopped(why: string | RegExp): Promise<void> {
    await expect(this.viewer.world).toHaveText("Stopped", { timeout: 60_000 });
    await expect(this.trouble).toContainText("This world has stopped");
    await expect(this.trouble).toContainText(why);
    await expect(this.viewer.connection).toHaveText("Connected");
    await expect(this.viewer.page.locator("iframe")).toHaveCount(0);
    await this.expectUsable();
    this.impostor.withdraw();
    await this.trouble.getByRole("button", { name: "Restart world" }).click();
    await this.viewer.expectRunning();
    await this.viewer.expectRow("entry-200");
  }
}

export const test = base.extend<{ siege: Siege }>({
  siege: async ({ page, viewer }, use) => {
    const impostor = await Impostor.between(page);
    await viewer.logInByLink();
    await use(new Siege(viewer, impostor));
  },
});

export { expect };
