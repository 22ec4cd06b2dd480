// What `cargo leptos end-to-end` runs: the browser tests against the program that it has just built.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");
const built = ["debug", "release"].map((profile) => join(target, profile, "frereth")).filter(existsSync);
const [newest] = built.sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs);
if (newest === undefined) throw new Error(`there is no program in ${target}: run this by cargo leptos end-to-end`);

// What the tests need beside the program: npm's packages and a browser.
const { status: isLacking } = spawnSync("make", ["setup-browser"], { cwd: root, stdio: "inherit" });
if (isLacking !== 0) throw new Error("the browser tests could not be set up");

const { status } = spawnSync("npx", ["playwright", "test"], {
  cwd: join(root, "end2end"),
  stdio: "inherit",
  env: { ...process.env, FRERETH_BIN: newest, LEPTOS_SITE_ROOT: join(root, "target/site") },
});
process.exitCode = status ?? 1;
