// A program that logs: appends lines at a steady rate, each with the moment at which it was written.
// Run by measure.mjs in a process of its own: node writer.mjs <path> <lines per second> <seconds>; prints how many it wrote.
import { closeSync, openSync, writeSync } from "node:fs";

/** Shorter ticks than a frame of the screen, so that the writer's own rhythm is not what is measured. */
const TICK_MILLIS = 4;

const [path, perSecond, seconds] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const file = openSync(path, "a");
const total = perSecond * seconds;
const begin = performance.now();
let written = 0;

function tick() {
  const due = Math.min(total, Math.floor(((performance.now() - begin) * perSecond) / 1000));
  if (due > written) {
    const at = (performance.timeOrigin + performance.now()).toFixed(2);
    let text = "";
    while (written < due) {
      written++;
      const level = written % 50 === 0 ? "ERROR" : written % 10 === 0 ? "WARN " : "INFO ";
      text += `2026-11-23T10:00:00.000Z ${level} worker seq=${written} at=${at} said something of no consequence\n`;
    }
    // One write per tick, as a program's buffered log does it.
    writeSync(file, text);
  }
  if (written < total) return;
  clearInterval(timer);
  closeSync(file);
  console.log(JSON.stringify({ written, seconds: (performance.now() - begin) / 1000 }));
}

const timer = setInterval(tick, TICK_MILLIS);
