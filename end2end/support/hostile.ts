// A site of the test's own: a page of its own that embeds a hostile frame under the product's real policy, as the product does.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";

import type { Canary } from "./canary.ts";
import type { Server } from "./server.ts";

const ATTEMPTS = await readFile(new URL("./hostile/attempts.js", import.meta.url), "utf8");

/** The frame's answer as the product gives it: its document and its headers. */
export interface Frame {
  html: string;
  headers: Record<string, string>;
}

/** Fetches the product's frame. */
export async function productFrame(server: Server): Promise<Frame> {
  const response = await fetch(`${server.origin}/sandbox/frame`);
  const headers = Object.fromEntries(response.headers);
  for (const name of ["content-length", "date", "transfer-encoding", "connection"]) delete headers[name];
  return { html: await response.text(), headers };
}

/** The same answer with another script: in the policy, nothing but the script's hash is another. */
export function withScript({ headers }: Frame, script: string): Frame {
  const policy = headers["content-security-policy"]!;
  const hash = createHash("sha256").update(script).digest("base64");
  const hostile = policy.replace(/'sha256-[A-Za-z0-9+/=]+'/, `'sha256-${hash}'`);
  if (hostile === policy) throw new Error(`the policy names no hash: ${policy}`);
  return {
    html: `<!doctype html><html lang="en"><meta charset="utf-8"><title>world</title><script>${script}</script></html>`,
    headers: { ...headers, "content-security-policy": hostile },
  };
}

/** JavaScript text that can stand inside a script element. */
export function quote(text: string): string {
  return JSON.stringify(text).replaceAll("<", "\\u003c");
}

/** What one of the three places told of its attempts. */
export type Outcomes = Record<string, string>;

/** What the parent page saw: read in the browser as `window.seen`. */
export interface Seen {
  reports: Record<"frame" | "worker" | "nested worker", Outcomes>;
  /** Messages of the broadcast channel that the page listens on. */
  broadcasts: unknown[];
  /** How often the frame has loaded a document. */
  loads: number;
}

const PARENT = `
  window.seen = { reports: {}, broadcasts: [], loads: 0 };
  document.cookie = "secret=1";
  localStorage.setItem("secret", "1");
  addEventListener("message", ({ data: { from, outcomes } }) => (seen.reports[from] = outcomes));
  new BroadcastChannel("page").onmessage = ({ data }) => seen.broadcasts.push(data);
  document.addEventListener("load", ({ target }) => target.tagName === "IFRAME" && seen.loads++, true);
  window.navigate = () => document.querySelector("iframe").contentWindow.postMessage("leave", "*");
`;

export class HostileSite {
  /** Requests beyond those for the page and its frame. */
  readonly strays: string[] = [];

  private constructor(
    private readonly server: HttpServer,
    readonly origin: string,
  ) {}

  /** `/` embeds the frame as the product does; `/control` embeds the same script without any wall, and only with `control`'s attempts. */
  static async start(product: Server, canary: Canary, control: string[]): Promise<HostileSite> {
    const frame = await productFrame(product);
    const login = await fetch(`${product.origin}/login`);
    const pagePolicy = login.headers.get("content-security-policy") ?? "";
    const frameSource = /frame-src ([^;]+)/.exec(pagePolicy)?.[1];
    if (frameSource !== `localhost:${product.port}/sandbox/frame`) throw new Error(`an unexpected frame-src: ${pagePolicy}`);

    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const site = new HostileSite(server, `http://localhost:${port}`);

    const script = frameScript(canary, site.origin);
    const hostile = withScript(frame, script);
    const parent = (attributes: string) =>
      `<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>The page</title>` +
      `<p id="intact">untouched</p><script>${PARENT}</script><iframe ${attributes}></iframe></html>`;
    const policy = `default-src 'none'; script-src 'unsafe-inline'; img-src data:; frame-src localhost:${port}/sandbox/frame`;
    const html = { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" };
    const answers: Record<string, [Record<string, string>, string]> = {
      "/": [{ ...html, "content-security-policy": policy }, parent(`sandbox="allow-scripts" src="/sandbox/frame"`)],
      "/sandbox/frame": [hostile.headers, hostile.html],
      "/control": [html, parent(`src="/control/frame"`)],
      "/control/frame": [html, hostile.html.replace("<script>", `<script>const ONLY = ${quote(JSON.stringify(control))};`)],
    };
    server.on("request", (request, response) => {
      const [headers, body] = answers[request.url ?? ""] ?? [{ "content-type": "text/javascript" }, "postMessage(1)"];
      if (!(request.url! in answers)) site.strays.push(`${request.method} ${request.url}`);
      response.writeHead(200, headers).end(body);
    });
    return site;
  }

  async dispose(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }
}

/**
 * A hostile frame for the real page: it talks to the page past its port, tries every way out that a script can try anywhere,
 * and then does this with its port.
 */
export function forgingScript(canary: Canary, servedBy: string, forgery: string): string {
  return `
    const CANARY = "127.0.0.1:${canary.port}", SERVED_BY = "${servedBy}";
    ${ATTEMPTS}
    addEventListener("message", async ({ data: { port, module } }) => {
      for (const forged of [{ port: 1, module }, "end forged", 1, module, { type: "Halt" }, null]) parent.postMessage(forged, "*");
      const outcomes = await tryAll(Object.keys(ATTEMPTS));
      const through = Object.entries(outcomes).filter(([, outcome]) => !outcome.startsWith("refused"));
      if (through.length > 0) return port.postMessage("end got through: " + JSON.stringify(through));
      ${forgery}
    });`;
}

/** The hostile frame: it tries everything itself, lets a worker try, and that worker another; told to, it leaves for the canary. */
function frameScript(canary: Canary, servedBy: string): string {
  const attempts = `const CANARY = "127.0.0.1:${canary.port}", SERVED_BY = "${servedBy}";\n${ATTEMPTS}\n`;
  const only = "typeof ONLY === 'string' ? JSON.parse(ONLY) : undefined";
  const worker = (nested: string) => `
    const from = ${nested ? '"worker"' : '"nested worker"'};
    ${attempts}
    onmessage = async ({ data: only }) => {
      postMessage({ from, outcomes: await tryAll(only) });
      if (!${quote(nested)}) return;
      const inner = new Worker(URL.createObjectURL(new Blob([${quote(nested)}], { type: "text/javascript" })));
      inner.onmessage = ({ data }) => postMessage(data);
      inner.onerror = (event) => postMessage({ from: "nested worker", outcomes: { start: "refused: " + event.message } });
      inner.postMessage(only);
    };`;
  return `
    ${attempts}
    const only = ${only};
    const outer = new Worker(URL.createObjectURL(new Blob([${quote(worker(worker("")))}], { type: "text/javascript" })));
    outer.onmessage = ({ data }) => parent.postMessage(data, "*");
    outer.onerror = (event) => parent.postMessage({ from: "worker", outcomes: { start: "refused: " + event.message } }, "*");
    tryAll(only).then((outcomes) => {
      parent.postMessage({ from: "frame", outcomes }, "*");
      outer.postMessage(only);
    });
    addEventListener("message", ({ data }) => data === "leave" && (location = "http://127.0.0.1:${canary.port}/self"));`;
}
