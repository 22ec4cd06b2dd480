// Log files that a test writes, as programs write them: in appends of whole lines.
import { createWriteStream } from "node:fs";
import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class LogFile {
  private written = 0;

  private constructor(
    readonly folder: string,
    readonly path: string,
  ) {}

  static async create(name = "app.log"): Promise<LogFile> {
    const folder = await mkdtemp(join(tmpdir(), "frereth-log-"));
    const log = new LogFile(folder, join(folder, name));
    await writeFile(log.path, "");
    return log;
  }

  /** The text of line `number`, counted from 1. */
  static line(number: number): string {
    const level = number % 50 === 0 ? "ERROR" : number % 10 === 0 ? "WARN " : "INFO ";
    return `2026-11-23T10:00:00.000Z ${level} worker entry-${number} said something of no consequence`;
  }

  /** Appends `count` numbered lines and returns the number of the last. */
  async appendLines(count: number): Promise<number> {
    if (count <= 1000) {
      let text = "";
      for (let index = 0; index < count; index++) text += LogFile.line(++this.written) + "\n";
      await appendFile(this.path, text);
      return this.written;
    }
    const out = createWriteStream(this.path, { flags: "a" });
    for (let left = count; left > 0; ) {
      let text = "";
      for (let index = Math.min(left, 2000); index > 0; index--, left--) text += LogFile.line(++this.written) + "\n";
      if (!out.write(text)) await once(out, "drain");
    }
    out.end();
    await once(out, "finish");
    return this.written;
  }

  async append(text: string | Uint8Array): Promise<void> {
    await appendFile(this.path, text);
  }

  async truncate(): Promise<void> {
    await truncate(this.path, 0);
  }

  async rotate(): Promise<void> {
    await rename(this.path, `${this.path}.1`);
    await writeFile(this.path, "");
  }

  async dispose(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
