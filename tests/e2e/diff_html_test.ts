import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import type { DiffResult } from "../../lib/diff/result.ts";
import { asHtml } from "../../lib/diff/views/html.ts";
import { emptyResult, fullResult, manyResult } from "../unit/diff_fixture.ts";

const CHROMIUM = Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium";
const DARK = "--blink-settings=preferredColorScheme=0";
const LIGHT = "--blink-settings=preferredColorScheme=1";

/** A page in a folder of its own, until the test is over. */
class Page implements AsyncDisposable {
  readonly #folder = Deno.makeTempDirSync({ prefix: "dot-diff-html-" });

  constructor(html: string) {
    Deno.writeTextFileSync(join(this.#folder, "page.html"), html);
  }

  /** The page after its script ran, opened at a hash. It must have had nothing to complain of. */
  async dom(hash = "", words: string[] = []): Promise<string> {
    return await this.#run(["--dump-dom", "--virtual-time-budget=3000", ...words], hash);
  }

  /** A picture of the page. */
  async picture(words: string[], width: number): Promise<Uint8Array> {
    const file = join(this.#folder, "page.png");
    await this.#run([
      `--screenshot=${file}`,
      `--window-size=${width},1600`,
      "--hide-scrollbars",
      ...words,
    ]);
    return await Deno.readFile(file);
  }

  async #run(words: string[], hash = ""): Promise<string> {
    const { code, stderr, stdout } = await new Deno.Command(CHROMIUM, {
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--enable-logging=stderr",
        "--v=0",
        `--user-data-dir=${join(this.#folder, "profile")}`,
        ...words,
        `file://${join(this.#folder, "page.html")}${hash}`,
      ],
      stdin: "null",
      signal: AbortSignal.timeout(30_000),
    }).output();
    const said = new TextDecoder().decode(stderr);
    assertEquals(code, 0, said);
    assertEquals(said.split("\n").filter((line) => line.includes("CONSOLE")), []);
    return new TextDecoder().decode(stdout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Chromium's helpers may still write for a moment.
    for (let left = 20;; left--) {
      try {
        return await Deno.remove(this.#folder, { recursive: true });
      } catch (error) {
        if (left === 0) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
}

/** Whether there is a browser that draws an empty page here; without one these tests are left out, and it is said why. */
async function canDraw(): Promise<boolean> {
  try {
    await using page = new Page("");
    assertStringIncludes(await page.dom(), "</html>");
    return true;
  } catch (error) {
    console.warn(`the pages of dot diff are not tested: ${error}`);
    return false;
  }
}

const drawn = await canDraw();

/** A test with a page in the browser, where there is one. */
function browserTest(name: string, html: () => string, test: (page: Page) => Promise<void>): void {
  Deno.test({
    name,
    ignore: !drawn,
    fn: async () => {
      await using page = new Page(html());
      await test(page);
    },
  });
}

/** The names in elements that are not hidden by the search. */
function shown(dom: string, element: RegExp): string[] {
  return [...dom.matchAll(element)].filter(([tag]) => !/ hidden(=""|>| )/.test(tag))
    .map(([, name]) => name ?? "");
}

const SECTION = /<section class="model [^>]*data-name="([^"]*)"[^>]*>/g;
const COLUMN = /<tr data-name="([^"]*)"[^>]*>/g;
const LINE = /<tr class="[a-z]+" data-for="([^"]*)"[^>]*>/g;

/** Adds a script that writes on the page what it measured. */
function measured(result: DiffResult, expression: string): string {
  return asHtml(result).replace(
    "</body>",
    `<script>addEventListener("load", () => { document.body.dataset.measured = ${expression}; });</script></body>`,
  );
}

browserTest(
  "the page's script runs without a complaint and hides nothing by itself",
  () => asHtml(fullResult()),
  async (page) => {
    const dom = await page.dom();
    assertStringIncludes(dom, "Theme: system");
    assertEquals(shown(dom, SECTION).length, 10);
    assertEquals(shown(dom, COLUMN).length, 75);
    // What was in the values is text, and nothing but the page's own script is one.
    assertEquals(dom.match(/<script/g)?.length, 1);
    assertEquals(dom.match(/<img|<b>/g), null);
    assertStringIncludes(dom, "&lt;script&gt;alert(1)&lt;/script&gt;");
  },
);

browserTest(
  "a link to a search shows the columns and the models that match",
  () => asHtml(fullResult()),
  async (page) => {
    const dom = await page.dom("#q=AMOUNT");
    assertEquals(shown(dom, SECTION), ["customers", "orders"]);
    assertEquals(shown(dom, LINE), ["m.model.shop.customers", "m.model.shop.orders"]);
    assertEquals(shown(dom, COLUMN), ["amount_due", "amount"]);
    assertStringIncludes(dom, "1 column in 1 model, and 1 model without a difference");

    // A model that is named so keeps all of its columns.
    const named = await page.dom("#q=wide_f");
    assertEquals(shown(named, SECTION), ["wide_facts"]);
    assertEquals(shown(named, COLUMN).length, 60);

    const harmful = await page.dom(`#q=${encodeURIComponent("<img src=x onerror=alert(1)>")}`);
    assertEquals(harmful.match(/<img/), null);
    assertStringIncludes(await page.dom("#q=%"), "0 columns in 0 models");
  },
);

browserTest(
  "what does not differ is hidden until it is asked for, or linked to",
  () =>
    measured(
      fullResult(),
      `JSON.stringify([...document.querySelectorAll("section.model")].filter((one) =>
        getComputedStyle(one).display === "none").map((one) => one.dataset.name))`,
    ),
  async (page) => {
    const hidden = async (hash: string) =>
      (await page.dom(hash)).match(/data-measured="([^"]*)"/)?.[1]?.replaceAll("&quot;", '"');
    assertEquals(await hidden(""), '["countries","customers","events_live"]');
    assertEquals(await hidden("#m.model.shop.customers"), '["countries","events_live"]');
  },
);

/** The page in a frame: a window has a least width. What is too wide is written down. */
function framed(html: string, width: number): string {
  const source = html.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return `<!DOCTYPE html><iframe style="width:${width}px;height:900px" srcdoc="${source}"></iframe>
<script>addEventListener("load", () => {
  const page = document.querySelector("iframe").contentDocument;
  const root = page.documentElement;
  const wide = [...page.querySelectorAll("body *")].filter((one) =>
    !one.closest(".scroll *, .skip") && one.getBoundingClientRect().right > root.clientWidth + 0.5);
  document.body.dataset.measured = [root.clientWidth, root.scrollWidth,
    page.querySelectorAll("section.model").length, ...wide.map((one) => one.className || one.tagName)];
});</script>`;
}

for (const width of [1280, 420, 320]) {
  browserTest(
    `nothing is wider than a window of ${width} pixels`,
    () => framed(asHtml(fullResult()), width),
    async (page) => {
      const dom = await page.dom("", ["--hide-scrollbars", "--window-size=1400,1000"]);
      assertEquals(dom.match(/data-measured="([^"]*)"/)?.[1], `${width},${width},10`);
    },
  );
}

browserTest(
  "light and dark, wide and narrow: each is a picture of its own",
  () => asHtml(fullResult()),
  async (page) => {
    const pictures = [
      await page.picture([LIGHT], 1280),
      await page.picture([DARK], 1280),
      await page.picture([LIGHT], 420),
      await page.picture([DARK], 420),
    ];
    for (const picture of pictures) {
      assertEquals([...picture.slice(1, 4)], [...new TextEncoder().encode("PNG")]);
      // A page of one colour takes a few kB.
      assert(picture.length > 30_000, `${picture.length} bytes`);
    }
    assertEquals(new Set(pictures.map((one) => one.join())).size, 4);
  },
);

browserTest(
  "an empty comparison is a page too",
  () => asHtml(emptyResult()),
  async (page) => assertStringIncludes(await page.dom("#q=x"), "There are no models to compare"),
);

browserTest(
  "a thousand models can be searched",
  () => asHtml(manyResult(1000)),
  async (page) => {
    const dom = await page.dom("#q=model_00042");
    assertEquals(shown(dom, SECTION), ["model_00042"]);
  },
);
