// The outer wall: the only script of /sandbox/frame, pinned by its hash in that document's policy. The server puts one line
// before these: `const WORKER_SOURCE = "..."`, the text of worker.js. The frame's origin is opaque, so its messages carry the
// origin "null" and prove nothing; what counts is who sent them: only the document that embeds this frame is listened to, once.
addEventListener("message", function take(event) {
  if (event.source !== parent || event.source === window) return;
  removeEventListener("message", take);
  const { port, module } = event.data;
  const address = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: "text/javascript" }));
  const worker = new Worker(address);
  // Both are transferred: from here on the worker alone can speak to the page, and the frame only keeps it alive.
  worker.postMessage({ port, module }, [port, module]);
});
