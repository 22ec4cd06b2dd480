// Keeps the page's own files, so that the viewer can be installed, and says so in words when the server cannot be reached.
// It answers nothing by itself while the server answers: what is kept is shown only where the network fails.
"use strict";

const KEPT = "frereth-page";
const WITHOUT_SERVER = "/offline.html";
const FILES = [WITHOUT_SERVER, "/offline.css", "/favicon.svg"];

addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(FILES)).then(() => skipWaiting()));
});

addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  // Frames are the worlds' sandboxes: their answers are never touched.
  if (request.mode === "navigate" && request.destination === "document") {
    event.respondWith(fetch(request).catch(() => caches.match(WITHOUT_SERVER)));
  } else if (FILES.includes(pathname)) {
    event.respondWith(fetch(request).catch(() => caches.match(pathname)));
  }
});
