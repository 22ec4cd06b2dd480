// Takes the screenshots of docs/screenshots: every state, in both themes, on a desktop and on a phone. Not a test.
import { defineConfig } from "@playwright/test";

import base from "../playwright.config.ts";

const looks = (["light", "dark"] as const).flatMap((colorScheme) => [
  { name: `desktop-${colorScheme}`, use: { colorScheme, viewport: { width: 1280, height: 800 } } },
  {
    name: `phone-${colorScheme}`,
    use: { colorScheme, viewport: { width: 390, height: 760 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
  },
]);

export default defineConfig({ ...base, testDir: ".", testMatch: "*.shot.ts", projects: looks });
