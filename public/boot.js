// Runs inline, before anything else of the page. It installs the Trusted Types policy "default": Leptos builds static markup
// through innerHTML, and this lets exactly that kind of markup through.
// It depends on nothing and holds neither an end tag of its element nor a comment opener, because it is written into the page.
"use strict";
(() => {
  const words = (text) => new Set(text.split(" "));

  // Every element here is parsed as ordinary content: none switches the HTML parser's mode (script, style, textarea, title,
  // noscript, template, iframe, math ...), so this reader and the browser's cannot see different trees in the same text.
  const TAGS = words(
    "a abbr article aside b bdi br button caption code col colgroup dd details dialog div dl dt em fieldset figcaption figure footer " +
      "form h1 h2 h3 h4 h5 h6 header hr i input kbd label legend li main mark menu meter nav ol optgroup option output p pre " +
      "progress samp search section select small span strong sub summary sup svg table tbody td tfoot th thead time tr u ul var wbr " +
      "circle ellipse g line path polygon polyline rect",
  );
  const VOID = words("br col hr input wbr");
  const ATTRIBUTES = words(
    "class id title lang dir role hidden tabindex type name value for placeholder autocomplete autocapitalize autofocus checked " +
      "disabled inputmode maxlength minlength multiple pattern readonly required rows cols selected spellcheck step min max low " +
      "high optimum open datetime colspan rowspan scope start reversed translate method novalidate enterkeyhint accesskey inert rel " +
      "xmlns viewBox width height fill stroke stroke-width stroke-linecap stroke-linejoin stroke-dasharray d cx cy r rx ry x y x1 y1 " +
      "x2 y2 points transform focusable",
  );
  const FAMILIES = ["aria-", "data-"];
  // These hold an address: only one of our own, written as a path.
  const ADDRESSES = words("href action");

  const isLetter = (c) => (c >= "a" && c <= "z") || (c >= "A" && c <= "Z");
  const isName = (c) => isLetter(c) || (c >= "0" && c <= "9") || c === "-";
  const isPathCharacter = (c) => isName(c) || c === "/" || c === "." || c === "_" || c === "~";

  const isOwnAddress = (value) =>
    (value[0] === "#" && [...value.slice(1)].every(isName)) ||
    (value[0] === "/" && value[1] !== "/" && [...value].every(isPathCharacter));

  const isAllowed = (name, value) => {
    if (ADDRESSES.has(name)) return value !== null && isOwnAddress(value);
    if (ATTRIBUTES.has(name)) return true;
    return FAMILIES.some((family) => name.startsWith(family) && [...name].every((c) => c === c.toLowerCase()));
  };

  // Reads markup in the one form that Leptos writes: balanced lower-case elements, attributes in double quotes or bare,
  // each behind one space, and its empty comments as markers. Returns nothing; anything else throws.
  const readMarkup = (text) => {
    let at = 0;
    const refuse = (why) => {
      throw new TypeError(`markup refused at character ${at}: ${why}`);
    };
    const takes = (literal) => {
      if (!text.startsWith(literal, at)) return false;
      at += literal.length;
      return true;
    };
    const name = () => {
      const from = at;
      while (at < text.length && isName(text[at])) at += 1;
      return text.slice(from, at);
    };
    const attribute = (seen) => {
      const key = name();
      if (key === "") refuse("an attribute was expected");
      if (seen.has(key)) refuse(`the attribute ${key} stands there twice`);
      seen.add(key);
      let value = null;
      if (takes('="')) {
        const end = text.indexOf('"', at);
        if (end < 0) refuse("a quote is not closed");
        value = text.slice(at, end);
        if (value.includes("<") || value.includes("\0")) refuse("a value holds a raw character");
        at = end + 1;
      }
      if (!isAllowed(key, value)) refuse(`the attribute ${key} is not on the list, or not with this value`);
    };
    const open = [];
    while (at < text.length) {
      if (text[at] === "\0") refuse("a NUL character");
      if (text[at] !== "<") {
        at += 1;
      } else if (takes("<!" + "---->") || takes("<!>")) {
        // An empty comment marks a place.
      } else if (takes("</")) {
        const tag = name();
        if (open.pop() !== tag || !takes(">")) refuse("an end tag that closes nothing");
      } else {
        at += 1;
        const tag = name();
        if (!TAGS.has(tag)) refuse(`the element ${tag} is not on the list`);
        const seen = new Set();
        while (takes(" ")) attribute(seen);
        if (!takes(">")) refuse("the tag does not end where it should");
        if (!VOID.has(tag)) open.push(tag);
      }
    }
    if (open.length > 0) refuse(`the element ${open.pop()} is not closed`);
  };

  const policy = {
    createHTML: (text) => {
      readMarkup(text);
      return text;
    },
    createScriptURL: (text) => {
      const address = new URL(text, location.origin);
      const own = address.origin === location.origin && address.search === "" && address.hash === "";
      if (own && address.pathname === "/service-worker.js") return address.href;
      if (own && address.pathname.startsWith("/pkg/") && [...address.pathname].every(isPathCharacter)) return address.href;
      throw new TypeError("script address refused");
    },
    createScript: () => {
      throw new TypeError("script text refused");
    },
  };
  // A browser without Trusted Types goes without: the policy header still refuses inline and foreign script there.
  if (globalThis.trustedTypes) globalThis.trustedTypes.createPolicy("default", policy);
})();
