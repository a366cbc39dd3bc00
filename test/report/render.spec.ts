/** The page of `ppu report` in a real browser. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { svgFile } from "../../src/lab/plot/svg.ts";
import { calibrationWithValues, measureBoth } from "../../src/lab/report/data.ts";
import { runFirmware } from "../../src/lab/report/firmware.ts";
import { MEASURE_DEFAULTS } from "../../src/lab/report/measure.ts";
import { pageHtml, picturesOf, type Page as ReportPage } from "../../src/lab/report/page.ts";
import { reportPage } from "../../src/lab/report/report.ts";
import { isInstalled, outputOf } from "../toolchain/installed-tools.ts";
import { EXPERIMENT_RESULTS } from "./experiment-results.ts";

const ARGUMENTS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
];
/** ms; a busy machine is no fault of the page. */
const PATIENCE = 110_000;
const WIDTHS = [1280, 390] as const;
const SCHEMES = ["light", "dark"] as const;

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Pictures without an area, texts that are not inside of their picture, and texts that lie on each other. */
async function faultsOf(page: Page): Promise<string[]> {
  const pictures = await page.locator("svg").evaluateAll((all) =>
    all.map((svg) => ({
      name: svg.querySelector("title")?.textContent ?? "",
      frame: svg.getBoundingClientRect().toJSON() as Box,
      texts: [...svg.querySelectorAll("text")].map((text) => ({
        content: text.textContent ?? "",
        box: text.getBoundingClientRect().toJSON() as Box,
      })),
    })),
  );
  expect(pictures.length).toBeGreaterThan(20);
  return pictures.flatMap(({ name, frame, texts }) => {
    const empty = frame.right - frame.left < 100 || frame.bottom - frame.top < 50;
    const outside = texts.filter(
      ({ box }) =>
        box.left < frame.left - 0.5 ||
        box.right > frame.right + 0.5 ||
        box.top < frame.top - 0.5 ||
        box.bottom > frame.bottom + 0.5 ||
        box.left === box.right,
    );
    // Boxes of lines are higher than their letters: a quarter of them may touch.
    const touching = texts.flatMap((a, n) =>
      texts.slice(n + 1).flatMap((b) => {
        const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
        const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
        const touch = across > 0.5 && down > (a.box.bottom - a.box.top) / 4;
        return touch ? [`${name}: "${a.content}" lies on "${b.content}"`] : [];
      }),
    );
    return [
      ...(empty ? [`${name}: is empty`] : []),
      ...outside.map(({ content }) => `${name}: "${content}" is not inside`),
      ...touching,
    ];
  });
}

const widthOf = (page: Page) => page.locator("html").evaluate((root) => root.scrollWidth);

describe.runIf(isInstalled("chromium"))("page in chromium", () => {
  const directory = mkdtempSync(join(tmpdir(), "ppu-report-"));
  const problems: string[] = [];
  let report: ReportPage;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const { calibration, steps } = await calibrationWithValues({ chipSeed: 3 });
    const measured = measureBoth(calibration, 2, { ...MEASURE_DEFAULTS, gainRuns: 3, trials: 10 });
    const { settings } = calibration;
    const firmware = await runFirmware({ chip: "raw", chipSeed: 3, noiseSeed: 2, settings }, 2);
    const data = { calibration, steps, noiseSeed: 2, ...measured, firmware, experiment: EXPERIMENT_RESULTS };
    report = reportPage(data, "0", "ppu report");
    writeFileSync(join(directory, "report.html"), pageHtml(report));
    const executablePath = outputOf("sh", ["-c", "command -v chromium"]).trim();
    browser = await chromium.launch({ executablePath, args: ARGUMENTS, timeout: PATIENCE });
    page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE);
    page.on("console", (message) => problems.push(`console: ${message.text()}`));
    page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
    page.on("request", (request) => {
      if (!/^(file|data):/.test(request.url())) problems.push(`request: ${request.url()}`);
    });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(directory, { recursive: true });
  });

  it.each(WIDTHS.flatMap((width) => SCHEMES.map((colorScheme) => ({ width, colorScheme }))))(
    "$width pixels wide, $colorScheme: all texts can be read",
    async ({ width, colorScheme }) => {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      await page.goto(pathToFileURL(join(directory, "report.html")).href);
      expect(await faultsOf(page)).toEqual([]);
      expect(await widthOf(page)).toBe(width);
      const background = await page
        .locator("body")
        .evaluate((body) => body.ownerDocument.defaultView?.getComputedStyle(body).backgroundColor);
      const [red] = String(background).match(/\d+/g)!.map(Number);
      expect(red > 127).toBe(colorScheme === "light");
      expect(problems).toEqual([]);
    },
  );

  it("names every picture, table heading and section for those who can't see them", async () => {
    const pictures = picturesOf(report);
    expect(await page.getByRole("img").count()).toBe(pictures.length);
    for (const { title, description } of pictures) {
      expect(await page.getByRole("img", { name: `${title} ${description}`, exact: true }).count()).toBe(1);
    }
    expect(await page.locator("figure:not(:has(figcaption))").count()).toBe(0);
    expect(await page.locator("th:not([scope])").count()).toBe(0);
    expect(await page.locator("table:not(:has(caption))").count()).toBe(0);
    for (const { title } of report.sections) {
      expect(await page.getByRole("region", { name: title, exact: true }).count()).toBe(1);
    }
  });

  it("unfolds its tables without growing too wide; those that are too wide scroll, with a shadow as a hint", async () => {
    await page.setViewportSize({ width: 390, height: 900 });
    for (const summary of await page.locator("summary").all()) await summary.click();
    expect(await page.locator("details[open] tbody tr").count()).toBeGreaterThan(30);
    expect(await widthOf(page)).toBe(390);
    const boxes = await page.locator(".scroll").evaluateAll((all) =>
      all.map((box) => {
        const style = box.ownerDocument.defaultView!.getComputedStyle(box);
        const { right } = box.getBoundingClientRect();
        const tooWide = box.scrollWidth > box.clientWidth;
        return { right, tooWide, overflow: style.overflowX, shadow: style.backgroundImage };
      }),
    );
    expect(boxes.filter(({ tooWide }) => tooWide).length).toBeGreaterThan(3);
    for (const { right, overflow, shadow } of boxes) {
      expect(right).toBeLessThanOrEqual(390);
      expect(overflow).toBe("auto");
      expect(shadow.match(/linear-gradient/g)).toHaveLength(4);
    }
  });

  it("shows pictures as files of their own", async () => {
    const [first, second] = [picturesOf(report)[0], picturesOf(report).at(-1)!];
    for (const picture of [first, second]) {
      const file = join(directory, `${picture.name}.svg`);
      writeFileSync(file, svgFile(picture));
      await page.goto(pathToFileURL(file).href);
      const box = await page.locator("svg").boundingBox();
      expect(box?.width).toBeCloseTo(picture.width, 0);
    }
    expect(problems).toEqual([]);
  });
});
