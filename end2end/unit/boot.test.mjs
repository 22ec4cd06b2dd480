// Attacks the Trusted Types policy of public/boot.js without a browser: node --test end2end/unit/
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

const read = (name) => readFileSync(new URL(`../../public/${name}`, import.meta.url), "utf8");
const source = read("boot.js");
const themeSource = read("theme.js");

function boot({ theme = null, trustedTypes = true } = {}) {
  const policies = new Map();
  const page = {
    URL,
    location: { origin: "http://localhost:3000" },
    localStorage: { getItem: (key) => (key === "frereth-theme" ? theme : null) },
    document: { documentElement: { dataset: {} } },
  };
  if (trustedTypes) page.trustedTypes = { createPolicy: (name, rules) => policies.set(name, rules) };
  vm.createContext(page);
  vm.runInContext(source, page);
  vm.runInContext(themeSource, page);
  return { policies, policy: policies.get("default"), dataset: page.document.documentElement.dataset };
}

const { policy, policies } = boot();

test("exactly one policy is made, and it is the default one", () => {
  assert.deepEqual([...policies.keys()], ["default"]);
});

test("the scripts may be written into the page as they are", () => {
  for (const text of [source, themeSource]) {
    assert.equal(text.includes("</script"), false);
    assert.equal(text.includes("<!--"), false);
  }
});

const accepted = [
  "",
  "plain words &amp; an entity",
  "<p>words</p>",
  '<p class="a b" id="c">words <strong>more</strong></p>',
  '<div class="empty"></div>',
  '<input type="text" name="user" required autocomplete="username">',
  "<ul><li>a</li><li>b<br>c</li></ul>",
  '<a href="/login">log in</a>',
  '<a href="#rows">skip to the rows</a>',
  '<form method="post" action="/api/login"><button type="submit">go</button></form>',
  '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M1 1 L2 2" stroke-width="2"></path></svg>',
  '<span data-state="on" aria-label="a &quot;quoted&quot; name"><!></span>',
  "<p>a<!---->b</p>",
];
for (const markup of accepted) {
  test(`static markup passes unchanged: ${JSON.stringify(markup)}`, () => assert.equal(policy.createHTML(markup), markup));
}

const refused = [
  // Elements that run, load or navigate.
  "<script>alert(1)</script>",
  "<SCRIPT>alert(1)</SCRIPT>",
  "<script src=//evil.example></script>",
  "<scr<script>ipt>alert(1)</script>",
  "<script\n>alert(1)</script>",
  "<script/x>alert(1)</script>",
  '<img src="x" onerror="alert(1)">',
  "<img src=x onerror=alert(1)>",
  '<iframe src="javascript:alert(1)"></iframe>',
  '<iframe srcdoc="&lt;script&gt;alert(1)&lt;/script&gt;"></iframe>',
  '<object data="data:text/html,x"></object>',
  '<embed src="//evil.example">',
  '<link rel="stylesheet" href="//evil.example">',
  '<meta http-equiv="refresh" content="0;url=//evil.example">',
  '<base href="//evil.example/">',
  "<style>@import '//evil.example';</style>",
  '<video src="x" onerror="alert(1)"></video>',
  "<audio src=x onerror=alert(1)></audio>",
  "<marquee onstart=alert(1)></marquee>",
  '<isindex action="javascript:alert(1)">',
  "<keygen autofocus onfocus=alert(1)>",
  // Handlers on listed elements.
  '<p onclick="alert(1)">x</p>',
  '<p ONCLICK="alert(1)">x</p>',
  '<p class="a" onclick="alert(1)">x</p>',
  '<svg onload="alert(1)"></svg>',
  "<svg/onload=alert(1)>",
  '<details open ontoggle="alert(1)"></details>',
  '<input autofocus onfocus="alert(1)">',
  "<p class='a' onclick='alert(1)'>x</p>",
  "<p class=a onclick=alert(1)>x</p>",
  '<p class="a"onclick="alert(1)">x</p>',
  '<p class="a"/onclick="alert(1)">x</p>',
  '<p\tonclick="alert(1)">x</p>',
  '<p\nonclick="alert(1)">x</p>',
  '<p\fonclick="alert(1)">x</p>',
  '<p  onclick="alert(1)">x</p>',
  '<p class ="a" onclick="alert(1)">x</p>',
  '<p on:click="alert(1)">x</p>',
  '<p style="background:url(//evil.example)">x</p>',
  '<p is="x-evil">x</p>',
  '<p slot="x">x</p>',
  '<p nonce="x">x</p>',
  '<button formaction="javascript:alert(1)">x</button>',
  '<a target="_top" href="/">x</a>',
  '<a ping="//evil.example" href="/">x</a>',
  // Addresses that leave.
  '<a href="javascript:alert(1)">x</a>',
  '<a href="JaVaScRiPt:alert(1)">x</a>',
  '<a href=" javascript:alert(1)">x</a>',
  '<a href="java\tscript:alert(1)">x</a>',
  '<a href="&#106;avascript:alert(1)">x</a>',
  '<a href="&#x6A;avascript&colon;alert(1)">x</a>',
  '<a href="data:text/html,x">x</a>',
  '<a href="//evil.example">x</a>',
  '<a href="/\\evil.example">x</a>',
  '<a href="\\\\evil.example">x</a>',
  '<a href="/\t/evil.example">x</a>',
  '<a href="/&#47;evil.example">x</a>',
  '<a href="https://evil.example">x</a>',
  '<a href="vbscript:x">x</a>',
  '<a href="">x</a>',
  "<a href>x</a>",
  '<form action="//evil.example"></form>',
  '<form action="javascript:alert(1)"></form>',
  '<svg><a xlink:href="javascript:alert(1)"></a></svg>',
  '<svg><use href="data:image/svg+xml,x"></use></svg>',
  '<svg><animate attributeName="href" values="javascript:alert(1)"></animate></svg>',
  '<svg><set attributeName="onmouseover" to="alert(1)"></set></svg>',
  "<svg><script>alert(1)</script></svg>",
  "<svg><foreignObject><p>x</p></foreignObject></svg>",
  "<svg><desc><p>x</p></desc></svg>",
  "<svg><title><p>x</p></title></svg>",
  "<svg><style>x</style></svg>",
  // Text that two parsers read differently.
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
  "<textarea></textarea><script>alert(1)</script>",
  "<title></title>",
  "<xmp></xmp>",
  "<plaintext>",
  "<template></template>",
  "<!-- words -->",
  "<!--><script>alert(1)</script>-->",
  "<!---><img src=x onerror=alert(1)>-->",
  "<!doctype html>",
  "<![CDATA[x]]>",
  "<svg><![CDATA[<img src=x onerror=alert(1)>]]></svg>",
  "<?xml version='1.0'?>",
  "<%x%>",
  "</ p>",
  "<//p>",
  "< p>x</p>",
  "a < b",
  "<",
  "<p",
  '<p class="a',
  "<p>",
  "<p></div>",
  "<p><b></p></b>",
  "</p>",
  "<p/>",
  "<br/>",
  "</br>",
  '<p title="<script>">x</p>',
  '<p class="a" class="b">x</p>',
  "<p\0>x</p>",
  "<p>\0</p>",
  '<p title="\0">x</p>',
  "<P>x</P>",
  "<ſcript>alert(1)</ſcript>",
  '<p aria-Label="x">x</p>',
  '<p data-="x" onx="y">x</p>',
];
for (const markup of refused) {
  test(`refused: ${JSON.stringify(markup)}`, () => assert.throws(() => policy.createHTML(markup), /refused/));
}

test("every listed element stays refused once it carries a handler", () => {
  for (const markup of accepted.filter((markup) => markup.startsWith("<"))) {
    const end = markup.indexOf(">");
    const attacked = `${markup.slice(0, end)} onclick="alert(1)"${markup.slice(end)}`;
    assert.throws(() => policy.createHTML(attacked), /onclick/, attacked);
  }
});

test("script addresses: our package folder and nothing else", () => {
  assert.equal(policy.createScriptURL("/pkg/frereth.js"), "http://localhost:3000/pkg/frereth.js");
  assert.equal(policy.createScriptURL("/service-worker.js"), "http://localhost:3000/service-worker.js");
  assert.equal(policy.createScriptURL("http://localhost:3000/pkg/frereth.js"), "http://localhost:3000/pkg/frereth.js");
  for (const address of [
    "//evil.example/pkg/x.js",
    "https://localhost:3000/pkg/x.js",
    "http://localhost:3001/pkg/x.js",
    "http://localhost:3000@evil.example/pkg/x.js",
    "/pkg/../api/x",
    "/pkg/%2e%2e/api/x",
    "/pkg/..%2fapi",
    "/pkg/x.js?callback=evil",
    "/pkg/x.js#evil",
    "/pkgs/x.js",
    "/api/x.js",
    "data:text/javascript,x",
    "blob:http://localhost:3000/x",
    "javascript:x",
    "",
  ]) {
    assert.throws(() => policy.createScriptURL(address), /refused|Invalid/, address);
  }
});

test("script text never passes", () => {
  for (const text of ["", "1", "alert(1)"]) assert.throws(() => policy.createScript(text), /refused/);
});

test("the remembered theme is shown, and only a known one", () => {
  assert.equal(boot({ theme: "dark" }).dataset.theme, "dark");
  assert.equal(boot({ theme: "light" }).dataset.theme, "light");
  assert.equal("theme" in boot({ theme: 'x" onload="' }).dataset, false);
  assert.equal("theme" in boot().dataset, false);
});

test("a browser without Trusted Types still boots", () => {
  assert.equal(boot({ trustedTypes: false, theme: "dark" }).dataset.theme, "dark");
});
