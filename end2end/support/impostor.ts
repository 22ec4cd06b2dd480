// A hostile server in the way of a real one: it passes everything on, but announces and serves another world.
import { createHash } from "node:crypto";

import type { Page } from "@playwright/test";

import type { Frame } from "./hostile.ts";
import { cbor } from "./wasm.ts";

/** Bytes of a frame before its body. */
const HEADER_BYTES = 16;
const ACK_FORKING = 0x04;

export class Impostor {
  /** The module that is served instead of the real one, while there is one. */
  module: Uint8Array | undefined;
  /** The frame that is served instead of the real one, while there is one. */
  frame: Frame | undefined;
  /** Whether the socket announces that module; otherwise the real one, which the page then does not get. */
  announces = true;

  static async between(page: Page): Promise<Impostor> {
    const impostor = new Impostor();
    await page.routeWebSocket(/\/ws$/, (route) => {
      const server = route.connectToServer();
      server.onMessage((message) => route.send(typeof message === "string" ? message : impostor.announce(message)));
    });
    await page.route("**/api/v1/world", async (route) => {
      if (!impostor.module) return route.continue();
      const real = await route.fetch();
      const headers = { ...real.headers(), "content-encoding": "identity" };
      await route.fulfill({ response: real, headers, body: Buffer.from(impostor.module) });
    });
    await page.route("**/sandbox/frame", async (route) => {
      const { frame } = impostor;
      await (frame ? route.fulfill({ status: 200, headers: frame.headers, body: frame.html }) : route.continue());
    });
    return impostor;
  }

  /** From here on everything is the real server's. */
  withdraw(): void {
    this.module = undefined;
    this.frame = undefined;
  }

  /** In the cookie's message, the last two fields are the module's hash and its length. */
  private announce(frame: Buffer): Buffer {
    if (!this.module || !this.announces || frame[1] !== ACK_FORKING) return frame;
    const field = frame.lastIndexOf(Uint8Array.of(3, 0x58, 32));
    if (field < HEADER_BYTES) throw new Error("the cookie's message has no hash");
    const hash = createHash("sha256").update(this.module).digest();
    const length = Uint8Array.from([4, ...cbor.number(this.module.length)]);
    return Buffer.concat([frame.subarray(0, field + 3), hash, length]);
  }
}
