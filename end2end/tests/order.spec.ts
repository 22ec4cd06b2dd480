import { expect, LogFile, Server, test, Viewer } from "../support/test.ts";

const at = (second: number, text: string) => `2026-11-23T10:${String(Math.floor(second / 60)).padStart(2, "0")}:${String(second % 60).padStart(2, "0")}Z INFO ${text}\n`;

test("among all sources what arrives late is put in its place, and what came in above is counted", async ({ page }) => {
  const [one, other, slow] = [await LogFile.create("one.log"), await LogFile.create("other.log"), await LogFile.create("slow.log")];
  for (let second = 0; second < 100; second++) await (second % 2 ? other : one).append(at(second, `early-${second}.`));
  await slow.append(at(10, "slow-10."));
  const server = await Server.start([one.path, other.path, slow.path]);
  try {
    const viewer = new Viewer(page, server);
    await viewer.logInByLink();
    await viewer.expectRow("early-99.");
    const shown = () => viewer.rows.evaluateAll((rows) => rows.map((row) => /\w+-\d+\./.exec(row.textContent ?? "")?.[0]));
    const order = async (...texts: string[]) => {
      await expect.poll(async () => (await shown()).filter((text) => texts.includes(text ?? ""))).toEqual(texts);
    };
    await order("early-96.", "early-97.", "early-98.", "early-99.");

    await one.append(at(200, "late-200."));
    await viewer.expectRow("late-200.");
    await other.append(at(150, "late-150."));
    await order("early-99.", "late-150.", "late-200.");

    await viewer.filterBy("late");
    await viewer.expectMatches(2, 103);
    await other.append(at(160, "late-160."));
    await order("late-150.", "late-160.", "late-200.");
    await viewer.expectMatches(3, 104);
    await viewer.filterBy("");

    await viewer.toggle("Follow");
    await one.append(at(300, "late-300."));
    await expect(page.getByRole("button", { name: "1 new line" })).toBeVisible();
    await slow.append(at(20, "slow-20."));
    await expect(page.getByText("1 line came in above")).toBeVisible();
    expect(viewer.complaints).toEqual([]);
  } finally {
    await server.dispose();
    await one.dispose();
    await other.dispose();
    await slow.dispose();
  }
});
