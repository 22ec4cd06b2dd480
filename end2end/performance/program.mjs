// The program under measurement: started on a free loopback port with a data folder that goes with it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { get } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PROGRAM = process.env.FRERETH_BIN ?? fileURLToPath(new URL("../../dist/frereth", import.meta.url));

async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

/** Resolves with the status of a GET, or 0 while nobody listens. */
export function status(url) {
  return new Promise((resolve) => {
    get(url, { agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    }).on("error", () => resolve(0));
  });
}

export class Program {
  static async start(paths) {
    const program = new Program();
    program.folder = await mkdtemp(join(tmpdir(), "frereth-data-"));
    program.port = await freePort();
    program.origin = `http://localhost:${program.port}`;
    const begin = performance.now();
    program.child = spawn(
      PROGRAM,
      ["--listen", `127.0.0.1:${program.port}`, "--data", program.folder, "--no-open", "--print-link", ...paths],
      { stdio: ["ignore", "pipe", "ignore"] },
    );
    const ended = once(program.child, "exit").then(([code]) => Promise.reject(new Error(`the server ended with ${code}`)));
    ended.catch(() => {});
    const link = once(createInterface({ input: program.child.stdout }), "line");
    while ((await Promise.race([status(`http://127.0.0.1:${program.port}/healthz`), ended])) !== 200);
    program.startMillis = performance.now() - begin;
    program.link = (await Promise.race([link, ended]))[0].trim();
    return program;
  }

  async stop() {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, "exit");
      this.child.kill("SIGKILL");
      await ended;
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}
