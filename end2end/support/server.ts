// A Frereth server of a test's own: started on a free loopback port with a data folder that goes with the test.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PROGRAM = process.env.FRERETH_BIN ?? fileURLToPath(new URL("../../dist/frereth", import.meta.url));

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

export class Server {
  private process: ChildProcess | undefined;
  /** What the server wrote to its standard error, for failures. */
  errors = "";

  private constructor(
    readonly port: number,
    readonly folder: string,
    private readonly args: string[],
  ) {}

  static async start(args: string[], stdin?: "pipe"): Promise<Server> {
    const folder = await mkdtemp(join(tmpdir(), "frereth-data-"));
    const server = new Server(await freePort(), folder, args);
    await server.spawn(stdin);
    return server;
  }

  get origin(): string {
    return `http://localhost:${this.port}`;
  }

  /** The one-time link that the server printed when it last started. */
  link = "";

  /** The server's standard input, where it was started with one. */
  get stdin(): NodeJS.WritableStream {
    if (!this.process?.stdin) throw new Error("started without standard input");
    return this.process.stdin;
  }

  async spawn(stdin?: "pipe"): Promise<void> {
    const child = spawn(
      PROGRAM,
      ["--listen", `127.0.0.1:${this.port}`, "--data", this.folder, "--no-open", "--print-link", ...this.args],
      { stdio: [stdin ?? "ignore", "pipe", "pipe"] },
    );
    this.process = child;
    child.stderr!.on("data", (chunk) => (this.errors += chunk));
    const lines = createInterface({ input: child.stdout! });
    const first = await Promise.race([
      once(lines, "line").then(([line]) => String(line)),
      once(child, "exit").then(([code]) => Promise.reject(new Error(`the server ended with ${code}: ${this.errors}`))),
    ]);
    this.link = first.trim();
    if (!this.link.includes("/login#")) throw new Error(`the first line is no link: ${first}`);
  }

  /** Ends the server: by SIGKILL, as a crash would, or politely. */
  async stop(signal: "SIGKILL" | "SIGTERM" = "SIGTERM"): Promise<void> {
    const child = this.process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  /** Starts the same server again: same port, same data. */
  async restart(): Promise<void> {
    await this.spawn();
  }

  /** Runs another frereth command on this server's data and returns what it printed. */
  async command(args: string[], input = ""): Promise<string> {
    const child = spawn(PROGRAM, [...args, "--data", this.folder], { stdio: ["pipe", "pipe", "pipe"] });
    let output = "";
    let errors = "";
    child.stdout!.on("data", (chunk) => (output += chunk));
    child.stderr!.on("data", (chunk) => (errors += chunk));
    child.stdin!.end(input);
    const [code] = await once(child, "close");
    if (code !== 0) throw new Error(`frereth ${args.join(" ")} ended with ${code}: ${errors}`);
    return output;
  }

  async dispose(): Promise<void> {
    await this.stop("SIGKILL");
    await rm(this.folder, { recursive: true, force: true });
  }
}
