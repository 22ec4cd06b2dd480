// The test function with what most tests need: a log file, a server on it, a viewer on that.
import { test as base } from "@playwright/test";

import { LogFile } from "./log.ts";
import { Server } from "./server.ts";
import { Viewer } from "./viewer.ts";

interface World {
  /** A log of 200 lines. */
  log: LogFile;
  /** A server on that log. */
  server: Server;
  /** A viewer, not logged in yet. */
  viewer: Viewer;
}

export const test = base.extend<World>({
  log: async ({}, use) => {
    const log = await LogFile.create();
    await log.appendLines(200);
    await use(log);
    await log.dispose();
  },
  server: async ({ log }, use, info) => {
    const server = await Server.start([log.path]);
    await use(server);
    if (info.status !== info.expectedStatus) await info.attach("server", { body: server.errors });
    await server.dispose();
  },
  viewer: async ({ page, server }, use, info) => {
    const viewer = new Viewer(page, server);
    await use(viewer);
    if (info.status !== info.expectedStatus) await info.attach("console", { body: viewer.complaints.join("\n") });
  },
});

export { expect } from "@playwright/test";
export { LogFile, Server, Viewer };
