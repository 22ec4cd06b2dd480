// The two walls around a world: hostile scripts in place of the product's own try every way out of them.
import { Canary } from "../support/canary.ts";
import { forgingScript, HostileSite, type Outcomes, productFrame, type Seen, withScript } from "../support/hostile.ts";
import { expect, test as besieged } from "../support/siege.ts";
import { test } from "../support/test.ts";

/** Attempts that the platform answers with nothing, refused or not: what counts for them is the canary alone. */
const SILENT = [
  "sendBeacon",
  "a style's address",
  "a connection ahead of time",
  "a peer connection",
  "a frame",
  "a frame from text",
  "a form",
  "a link that is clicked",
  "a download",
  "a dialog",
];

/** What the control must reach the canary with: these attempts are real ones. */
const CONTROL: Record<string, string> = {
  fetch: "GET /fetch",
  "fetch without CORS": "POST /no-cors",
  "fetch with keepalive": "GET /keepalive",
  XMLHttpRequest: "POST /xhr",
  "synchronous XMLHttpRequest": "GET /xhr-sync",
  WebSocket: "UPGRADE /ws",
  EventSource: "GET /events",
  "dynamic import": "GET /module.js",
  sendBeacon: "POST /beacon",
  "an image": "GET /image.png",
  "a style sheet": "GET /style.css",
  "a preload": "GET /preload",
  "a script": "GET /script.js",
  "a video": "GET /video.mp4",
  "a font": "GET /font.woff2",
  "a style's address": "GET /background.png",
  "an object": "GET /object",
  "a frame": "GET /frame",
  "a frame from text": "GET /srcdoc.js",
  importScripts: "GET /imported.js",
};

function through(outcomes: Outcomes): string[] {
  return Object.entries(outcomes)
    .filter(([name, outcome]) => !outcome.startsWith("refused") && !(outcome === "silent" && SILENT.includes(name)))
    .map(([name, outcome]) => `${name}: ${outcome}`);
}

test("a hostile frame and its workers get nowhere under the product's own policy", async ({ page, server, context }) => {
  test.setTimeout(180_000);
  const canary = await Canary.start();
  const site = await HostileSite.start(server, canary, Object.keys(CONTROL));
  try {
    const seen = () => page.evaluate(() => (window as unknown as { seen: Seen }).seen);
    await page.goto(site.origin);
    await expect.poll(async () => Object.keys((await seen()).reports), { timeout: 25_000 }).toEqual(["frame", "worker", "nested worker"]);
    const { reports } = await seen();
    for (const outcomes of Object.values(reports)) expect(through(outcomes)).toEqual([]);

    const { loads } = await seen();
    await page.evaluate(() => (window as unknown as { navigate(): void }).navigate());
    await expect.poll(async () => (await seen()).loads).toBeGreaterThan(loads);

    expect(canary.seen).toEqual({ connections: 0, datagrams: 0, requests: [] });
    expect(site.strays).toEqual([]);
    expect((await seen()).broadcasts).toEqual([]);
    expect(context.pages()).toEqual([page]);
    expect(page.url()).toBe(`${site.origin}/`);
    expect(await page.evaluate(() => [document.title, document.cookie, localStorage.length, document.body.children.length])).toEqual([
      "The page",
      "secret=1",
      1,
      3,
    ]);

    await page.goto(`${site.origin}/control`);
    await expect.poll(() => canary.requests, { timeout: 60_000 }).toEqual(expect.arrayContaining(Object.values(CONTROL)));
  } finally {
    await site.dispose();
    await canary.dispose();
  }
});

besieged("a hostile script in the real page reaches nobody and forges nothing", async ({ siege, server }) => {
  besieged.setTimeout(180_000);
  const canary = await Canary.start();
  const frame = await productFrame(server);
  const forgeries: [what: string, forgery: string, why: string][] = [
    ["an object", `port.postMessage({ Message: [0] })`, "it sent what no world may send"],
    ["no number", `port.postMessage(NaN)`, "it sent what no world may send"],
    ["a negative count", `port.postMessage(-1)`, "it sent what no world may send"],
    ["a count of what was never sent", `port.postMessage(5)`, "it counted messages that it was not sent"],
    ["an empty message", `port.postMessage(new ArrayBuffer(0))`, "an empty message"],
    ["markup as the reason", `port.postMessage("end <img src=x onerror=alert(1)>")`, "<img src=x onerror=alert(1)>"],
    ["fifty million letters as the reason", `port.postMessage("end " + "x".repeat(50e6))`, "x".repeat(1000)],
    ["messages without end", `for (;;) port.postMessage("log x")`, "it sent more messages than the page can bear"],
  ];
  try {
    for (const [what, forgery, why] of forgeries) {
      await besieged.step(what, async () => {
        await siege.frame(withScript(frame, forgingScript(canary, server.origin, forgery)));
        await siege.expectStopped(why);
      });
    }
    expect(canary.seen).toEqual({ connections: 0, datagrams: 0, requests: [] });
  } finally {
    await canary.dispose();
  }
});
