// The logs that are compared on: generated, the same in every run, as programs write them.
import { createWriteStream, existsSync, renameSync, statSync } from "node:fs";
import { once } from "node:events";

const LEVELS = ["INFO ", "INFO ", "INFO ", "INFO ", "DEBUG", "DEBUG", "INFO ", "WARN ", "INFO ", "ERROR"];
const VERBS = ["opened", "closed", "read", "wrote", "queued", "retried", "dropped", "answered"];
const START_MILLIS = Date.UTC(2026, 0, 1);
/** One line of so many holds the rare word. */
const RARE = 100_003;

/** A small generator of numbers, so that every run has the same log. */
function numbers(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function plain(index, next) {
  const time = new Date(START_MILLIS + index * 10).toISOString();
  const rare = index % RARE === 7 ? " Quagga" : "";
  return `${time} ${LEVELS[next(10)]} worker-${next(16)} ${VERBS[next(8)]} request ${next(1e9)} for user ${next(1e5)} in ${next(900)} ms${rare}\n`;
}

function json(index, next) {
  const time = new Date(START_MILLIS + index * 10).toISOString();
  const rare = index % RARE === 7 ? `,"animal":"Quagga"` : "";
  return (
    `{"time":"${time}","level":"${LEVELS[next(10)].trim().toLowerCase()}","logger":"worker-${next(16)}",` +
    `"msg":"${VERBS[next(8)]} request","request":${next(1e9)},"user":{"id":${next(1e5)},"name":"user ${next(1e5)}"},` +
    `"path":"/api/v1/items/${next(1e6)}?page=${next(50)}","took_ms":${next(900)}${rare}}\n`
  );
}

/** Makes the log unless it is there, and returns its path. JSON is written in small appends, as a program does it. */
export async function log(folder, kind, bytes) {
  const path = `${folder}/${kind}-${bytes}.log`;
  if (existsSync(path) && statSync(path).size >= bytes) return path;
  const [line, piece] = kind === "plain" ? [plain, 1 << 20] : [json, 4096];
  const next = numbers(1);
  const out = createWriteStream(`${path}.part`);
  let text = "";
  for (let index = 0, written = 0; written < bytes; index++) {
    text += line(index, next);
    if (text.length < piece && written + text.length < bytes) continue;
    written += text.length;
    if (!out.write(text)) await once(out, "drain");
    text = "";
  }
  out.end();
  await once(out, "finish");
  renameSync(`${path}.part`, path);
  return path;
}
