// The inner wall: runs one world, a WebAssembly module that can name three functions of ours and nothing else.
//
// In, once, from the frame: {port, module}. Then over the port, page to world: an ArrayBuffer is one message for the world.
// World to page:  ArrayBuffer   one message of the world (transferred)
//                 number        how many messages the world has taken in all
//                 "log ..."     a line for the page's console
//                 "end ..."     why this world ended; nothing follows
"use strict";
onmessage = async ({ data: { port, module } }) => {
  onmessage = null;
  let memory = null;
  const end = (why) => {
    port.onmessage = null;
    port.postMessage(`end ${why}`);
    close();
  };
  // A view outside the memory throws a RangeError, which ends the world like any trap of its own.
  const bytes = (ptr, len) => new Uint8Array(memory.buffer, ptr >>> 0, len >>> 0);
  const frereth = {
    emit: (ptr, len) => {
      const copy = bytes(ptr, len).slice().buffer;
      port.postMessage(copy, [copy]);
    },
    log: (ptr, len) => port.postMessage(`log ${new TextDecoder().decode(bytes(ptr, Math.min(len >>> 0, 4096)))}`),
    now_ms: () => performance.now(),
  };
  try {
    const { instance } = await WebAssembly.instantiate(module, { frereth });
    const { abi, alloc, receive } = instance.exports;
    memory = instance.exports.memory;
    if (!(memory instanceof WebAssembly.Memory)) throw new Error("the module exports no memory");
    for (const [name, value] of Object.entries({ abi, alloc, receive })) {
      if (typeof value !== "function") throw new Error(`the module does not export ${name}()`);
    }
    // The first call into the world: it may already emit here, and says that it is ready.
    if (abi() !== 1) throw new Error("the module was built for another version of this program");
    let taken = 0;
    port.onmessage = ({ data }) => {
      try {
        const ptr = alloc(data.byteLength);
        bytes(ptr, data.byteLength).set(new Uint8Array(data));
        receive(ptr, data.byteLength);
        taken += 1;
        port.postMessage(taken);
      } catch (error) {
        end(`it stopped by itself: ${error.message}`);
      }
    };
  } catch (error) {
    end(`it could not be started: ${error.message}`);
  }
};
