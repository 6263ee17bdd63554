/**
 * The report in a real browser: what the reader's machine does with it, in both schemes, wide and
 * narrow.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Results } from '../results/schema.js';
import { renderReport } from './report.js';
import { RUNS } from './testing.js';

const CHROMIUM = '/usr/bin/chromium';
const missing = !existsSync(CHROMIUM);
const SKIPPED = missing ? 'SKIPPED, no Chromium (apt-get install chromium): ' : '';
if (missing) {
  console.warn(
    `SKIPPED: the report is not tested in a browser, ${CHROMIUM} is missing. Install it: apt-get install chromium`,
  );
}

const PATIENCE_MS = 60_000;
const WIDE = 1400;
const NARROW = 360;
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--no-first-run',
];

let browser: Browser;
let folder: string;

interface Opened {
  readonly page: Page;
  readonly url: string;
  /** Console messages, page errors, failed requests and requests beyond the file itself. */
  readonly troubles: readonly string[];
}

/** Each run is drawn once. */
const files = new Map<string, Promise<string>>();

async function write(run: string): Promise<string> {
  const file = join(folder, `${run.replaceAll(' ', '-')}.html`);
  await writeFile(file, await renderReport((RUNS[run] as () => Results)()));
  return file;
}

async function open(run: string, width: number, colorScheme: 'light' | 'dark'): Promise<Opened> {
  const written = files.get(run) ?? write(run);
  files.set(run, written);
  const file = await written;
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  const url = pathToFileURL(file).href;
  const troubles: string[] = [];
  page.on('console', (message) => troubles.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => troubles.push(`error: ${error.message}`));
  page.on('requestfailed', (request) => troubles.push(`failed: ${request.url()}`));
  page.on('request', (request) => {
    if (request.url() !== url && request.url() !== 'data:,')
      troubles.push(`asks: ${request.url()}`);
  });
  await page.goto(url, { waitUntil: 'load' });
  return { page, url, troubles };
}

/**
 * Texts whose contrast with what is behind them is below `least`, SVG included. Runs in the page.
 */
function faintTexts(least: number): string[] {
  const channels = (colour: string): number[] => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (colour: string): number => {
    const [r = 0, g = 0, b = 0] = channels(colour).map((channel) => {
      const c = channel / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element: Element | null): string => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (channels(colour)[3] !== 0) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const own = (element: Element) =>
    [...element.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.textContent?.trim());
  const shown = [...document.body.querySelectorAll('*')].filter(
    (e) => own(e) && !e.matches('script, style, desc') && e.getClientRects().length > 0,
  );
  return shown.flatMap((element) => {
    const style = getComputedStyle(element);
    const colour = element instanceof SVGElement ? style.fill : style.color;
    const [a = 0, b = 0] = [luminance(colour), luminance(behind(element))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    return contrast >= least ? [] : [`${contrast.toFixed(2)} ${colour} ${element.textContent}`];
  });
}

/** Charts that are shown, with how many points and intervals each has. Runs in the page. */
function chartsShown(): { points: number; rules: number; width: number; name: string }[] {
  const charts = [...document.querySelectorAll<SVGElement>('svg.chart')];
  return charts
    .filter((svg) => svg.getClientRects().length > 0)
    .map((svg) => ({
      points: svg.querySelectorAll('.mark-symbol path').length,
      rules: svg.querySelectorAll('.mark-rule.role-mark line').length,
      width: svg.getBoundingClientRect().width,
      name: `${svg.getAttribute('role')} ${svg.getAttribute('aria-label')}`,
    }));
}

describe.skipIf(missing)(`${SKIPPED}the report in Chromium`, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'iomodels-report-'));
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
  }, PATIENCE_MS);

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  }, PATIENCE_MS);

  test.each(Object.keys(RUNS))(
    '%s: no console message, no request, no overflow, readable, in every form',
    async (run) => {
      const { page, troubles } = await open(run, WIDE, 'light');
      for (const [width, colorScheme] of [
        [WIDE, 'light'],
        [NARROW, 'dark'],
      ] as const) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme });
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
        expect(await page.evaluate(faintTexts, 4.5)).toEqual([]);
      }
      expect(await page.title()).toMatch(/^iomodels report /);
      expect(troubles).toEqual([]);
      await page.close();
    },
    PATIENCE_MS,
  );

  test.each([WIDE, NARROW])(
    'every chart is drawn at %d px',
    async (width) => {
      const { page } = await open('complete', width, 'light');
      const charts = await page.evaluate(chartsShown);
      expect(charts.map((chart) => chart.name)).toHaveLength(3 + 4 + 4);
      for (const chart of charts) {
        expect(chart.name).toMatch(/^img (Line chart|Dot plot): /);
        expect(chart.points).toBeGreaterThanOrEqual(12);
        expect(chart.rules).toBeGreaterThanOrEqual(5);
        expect(chart.width).toBeGreaterThan(190);
        expect(chart.width).toBeLessThan(width);
      }
      await page.close();
    },
    PATIENCE_MS,
  );

  test(
    'the schemes differ, in page and chart',
    async () => {
      const look = async (scheme: 'light' | 'dark') => {
        const { page } = await open('complete', WIDE, scheme);
        const seen = await page.evaluate(() => ({
          page: getComputedStyle(document.body).backgroundColor,
          text: getComputedStyle(document.querySelector('svg.chart text') as Element).fill,
        }));
        await page.close();
        return seen;
      };
      const [light, dark] = [await look('light'), await look('dark')];
      expect(light.page).toBe('rgb(255, 255, 255)');
      expect(dark.page).not.toBe(light.page);
      expect(dark.text).not.toBe(light.text);
    },
    PATIENCE_MS,
  );

  test(
    'paper is light even in a dark scheme, and nothing is cut off',
    async () => {
      const { page } = await open('complete', 720, 'dark');
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      const paper = await page.evaluate(() => ({
        colour: getComputedStyle(document.body).backgroundColor,
        width: document.documentElement.scrollWidth,
      }));
      expect(paper).toEqual({ colour: 'rgb(255, 255, 255)', width: 720 });
      await page.close();
    },
    PATIENCE_MS,
  );

  test(
    'the policy stops a script that got in',
    async () => {
      const { page, troubles } = await open('complete', WIDE, 'light');
      await page.evaluate(() => {
        const script = document.createElement('script');
        script.textContent = "document.title = 'pwned'";
        document.body.append(script);
      });
      expect(await page.title()).not.toBe('pwned');
      await expect.poll(() => troubles.join()).toContain('Content Security Policy');
      await page.close();
    },
    PATIENCE_MS,
  );

  test(
    'a keyboard walks the page in the order it is read, and reaches every table',
    async () => {
      const { page } = await open('complete', NARROW, 'light');
      const expected = await page.evaluate(
        () => document.querySelectorAll('a[href], summary, main > section > .scroll').length,
      );
      const tops: string[] = [];
      for (let i = 0; i < expected; i++) {
        await page.keyboard.press('Tab');
        tops.push(
          await page.evaluate(() => document.activeElement?.textContent?.slice(0, 20) ?? ''),
        );
      }
      expect(tops[0]).toContain('Skip to the answer');
      expect(tops.slice(1, 7)).toEqual([
        'Answer',
        'Numbers',
        'Charts',
        'Method',
        'Trials',
        'Provenance',
      ]);
      expect(tops.filter((top) => top === '')).toEqual([]);
      expect(await page.locator('[tabindex]:not([tabindex="0"])').count()).toBe(0);
      await page.close();
    },
    PATIENCE_MS,
  );

  test(
    'a long name leaves room for the numbers beside it',
    async () => {
      const { page } = await open('hostile', NARROW, 'light');
      const name = page.locator('.headline tbody th[scope="row"]').nth(1);
      expect((await name.boundingBox())?.width).toBeLessThan(NARROW / 2);
      await page.close();
    },
    PATIENCE_MS,
  );

  test(
    'a data table opens and has a row for every value of its chart',
    async () => {
      const { page } = await open('complete', NARROW, 'light');
      const figure = page.locator('figure').nth(1);
      await figure.locator('summary').click();
      expect(await figure.locator('tbody tr:visible').count()).toBe(15);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(NARROW);
      await page.close();
    },
    PATIENCE_MS,
  );
});
