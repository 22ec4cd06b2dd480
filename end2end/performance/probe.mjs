// What runs inside a measured page. Each function is handed to the browser as text: it may use nothing from outside itself.

/** Before the page's own scripts: notes the first row, long tasks, pauses between frames, and what came over the socket. */
export function watchPage() {
  if (window.top !== window) return;
  const seen = { firstRowMillis: null, longTasks: [], frameGaps: [], batchItems: 0, batches: 0, gaps: [], socketBytes: 0 };
  window.frerethSeen = seen;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) seen.longTasks.push([entry.startTime, entry.duration]);
  }).observe({ type: "longtask", buffered: true });

  let before = null;
  const frame = (now) => {
    if (before !== null && now - before > 34) seen.frameGaps.push([before, now - before]);
    before = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);

  const rows = new MutationObserver(() => {
    const text = document.querySelector("[data-row]:not(.row-waiting) .row-text");
    if (!text?.textContent) return;
    seen.firstRowMillis = performance.now();
    rows.disconnect();
  });
  rows.observe(document, { childList: true, subtree: true, characterData: true });

  // Type 0x30 is Batch (its body begins with the number of entries), 0x32 is Gap; the header has 16 bytes.
  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        if (!(data instanceof ArrayBuffer)) return;
        const bytes = new DataView(data);
        seen.socketBytes += data.byteLength;
        if (bytes.getUint8(1) === 0x30) {
          seen.batches++;
          seen.batchItems += bytes.getUint16(16);
        } else if (bytes.getUint8(1) === 0x32) {
          seen.gaps.push(Array.from(new Uint8Array(data, 16)));
        }
      });
    }
  };
}

/** Notes for each line that reaches the document how long ago it was written. */
export function watchLines() {
  const delays = [];
  window.frerethDelays = delays;
  let last = 0;
  const look = () => {
    const now = performance.timeOrigin + performance.now();
    const rows = document.querySelectorAll("[data-row] .row-text");
    let newest = last;
    for (let index = rows.length - 1; index >= 0; index--) {
      const found = /seq=(\d+) at=([\d.]+)/.exec(rows[index].textContent);
      if (!found) continue;
      const sequence = Number(found[1]);
      if (sequence <= last) break;
      newest = Math.max(newest, sequence);
      delays.push(now - Number(found[2]));
    }
    last = newest;
  };
  new MutationObserver(look).observe(document.querySelector("[role=grid]"), {
    childList: true,
    subtree: true,
    characterData: true,
  });
}

/** Counts frames and long tasks from now on; `frerethFrames` says how many there were. */
export function watchFrames() {
  const [from, tasks] = [performance.now(), []];
  let [frames, before, longestGap, isOver] = [0, null, 0, false];
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.startTime >= from) tasks.push(entry.duration);
  });
  observer.observe({ type: "longtask" });
  const frame = (now) => {
    if (isOver) return;
    frames++;
    if (before !== null) longestGap = Math.max(longestGap, now - before);
    before = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  window.frerethFrames = () => {
    isOver = true;
    observer.disconnect();
    return { frames, longestGap, tasks };
  };
}
