// Hostile worlds in the real page, served by a hostile server: whatever they do, the page stays usable, the user is told, and
// a restart brings the real world back.
import { expect, test } from "../support/siege.ts";
import { cbor, code, insertGroup, remove, view, WorldText } from "../support/wasm.ts";

/** A world that says this to every message that it gets. */
function saying(message: number[]): Uint8Array {
  const text = new WorldText();
  return text.module(text.say(message));
}

test("a world of the test's own runs, so that what follows is about what it does", async ({ siege }) => {
  const text = new WorldText();
  await siege.serve(text.module([], { starting: [...text.say(view(insertGroup(1, 0, "drawn by a stranger"))), ...text.say([0])] }));
  await expect(siege.viewer.page.getByLabel("drawn by a stranger")).toBeAttached();
  await siege.viewer.expectRunning();
  await expect(siege.viewer.rows).toHaveCount(0);
});

test("code that was altered on the way is not started", async ({ siege }) => {
  siege.impostor.announces = false;
  await siege.serve(saying([]));
  await siege.expectStopped("its code is not what the server announced");
});

test("a file that is no module is told in words", async ({ siege }) => {
  await siege.serve(Buffer.from("this is no WebAssembly"));
  await siege.expectStopped("it could not be started");
});

test("garbage and forged messages end the world that sent them", async ({ siege }) => {
  test.setTimeout(180_000);
  const forged: [what: string, message: number[], why: string | RegExp][] = [
    ["an unknown kind", [0xff, 1, 2, 3], "an unknown message from a world"],
    ["nothing", [], "an empty message"],
    ["ready, again", [0], "it said twice that it is ready"],
    ["an Activate", [1, 0, 0x01, 0xa0], "it sent what no world may send"],
    ["a Forked", [1, 0, 0x05, 0xa0], "it sent what no world may send"],
    ["a Leave", [1, 0, 0x08, 0xa0], "it sent what no world may send"],
    ["credit", [1, 0, 0x2f, 0xa0], "it sent what no world may send"],
    ["rows from the server", [1, 0, 0x30, 0, 0, 0], "it sent what no world may send"],
    ["another world's lane", [1, 8, 0x20, 0xa0], "it sent what no world may send"],
    ["a frame longer than the socket's", [1, 0, 0x20, ...new Array<number>(65_537).fill(0)], "it sent a message that a world may not send"],
    ["operations that are none", [2, 0x81, 0x01], "it sent what no world may send"],
  ];
  for (const [what, message, why] of forged) {
    await test.step(what, async () => {
      await siege.serve(saying(message));
      await siege.expectStopped(why);
    });
  }
});

test("drawing beyond the limits ends the world", async ({ siege }) => {
  test.setTimeout(120_000);
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  const views: [what: string, message: number[], why: string][] = [
    ["more operations than a message may hold", [2, ...cbor.head(4, 4_001)], "too many operations"],
    ["four billion operations announced", [2, 0x9a, 0xff, 0xff, 0xff, 0xff], "too many operations"],
    ["more nodes than a page may have", view(...numbers(2_001).map((node) => insertGroup(node, 0))), "too many nodes"],
    ["nodes in nodes in nodes", view(...numbers(20).map((node) => insertGroup(node, node - 1))), "nodes nested too deeply"],
    ["a text too long", view(insertGroup(1, 0, "x".repeat(65_537))), "a text is too long"],
    ["a node that is none", view(remove(99)), "node 99 does not exist"],
    ["the root removed", view(remove(0)), "the root can neither move nor go"],
  ];
  for (const [what, message, why] of views) {
    await test.step(what, async () => {
      await siege.serve(saying(message));
      await siege.expectStopped(why);
    });
  }
});

test("a world that loops is told of, then stopped, and the page works meanwhile", async ({ siege }) => {
  await siege.serve(new WorldText().module(code.forever([])));
  await expect(siege.viewer.world).toHaveText("Not responding");
  await expect(siege.trouble).toContainText("This world is not responding");
  await siege.expectUsable();
  await siege.expectStopped("it did not answer for 10 seconds");
});

test("a world that loops is stopped by the user at once", async ({ siege }) => {
  await siege.serve(new WorldText().module(code.forever([])));
  await expect(siege.viewer.world).toHaveText("Not responding");
  await siege.trouble.getByRole("button", { name: "Stop it" }).click();
  await siege.expectStopped("you stopped it");
});

test("a world that never says that it is ready is given up", async ({ siege }) => {
  // Three tries of ten seconds each; page and server count them alike, and either may be the first to say so.
  test.setTimeout(120_000);
  await siege.serve(new WorldText().module([], { starting: code.forever([]) }));
  await siege.expectUsable();
  await siege.expectStopped(/did not start in time|took too long to start/);
});

test("a world that takes all memory ends by itself", async ({ siege }) => {
  const text = new WorldText();
  await siege.serve(text.module([...code.growToMaximum, ...code.fill(256 * 1024 * 1024), ...code.trap], { pagesMax: 65_536 }));
  await siege.expectStopped("it stopped by itself");
});

test("a message larger than any may be stays unread", async ({ siege }) => {
  const text = new WorldText();
  await siege.serve(text.module([...code.growToMaximum, ...code.emit(0, 512 * 1024 * 1024)], { pagesMax: 16_384 }));
  await siege.expectStopped("it sent what no world may send");
});

test("a message from outside of its memory ends the world", async ({ siege }) => {
  await siege.serve(new WorldText().module(code.emit(0xffff_fff0, 0xffff_ffff)));
  await siege.expectStopped("it stopped by itself");
});

for (const [what, flood] of [
  ["messages", (text: WorldText) => text.say(view())],
  ["lines for the console", (text: WorldText) => code.log(...text.place(Buffer.from("hostile")))],
  ["questions to the server", (text: WorldText) => text.say([1, 0, 0x22, 0xa1, 0, 0])],
  // A text for the clipboard, which nobody asked for: four megabytes of zeros.
  ["large messages", (text: WorldText) => code.emit(text.place([3, ...cbor.head(3, 4 << 20)])[0], (4 << 20) + 6)],
] as const) {
  test(`a flood of ${what} is stopped`, async ({ siege }) => {
    const text = new WorldText();
    await siege.serve(text.module(code.forever(flood(text))));
    await siege.expectStopped(/more messages than the page can bear|more than the connection carries|did not answer/);
  });
}
