// Applies the remembered theme before the first paint. Inlined into the page under its nonce.
(() => {
  try {
    const theme = localStorage.getItem("frereth-theme");
    if (["light", "dark", "contrast"].includes(theme)) document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be refused; the system's theme holds then.
  }
})();
