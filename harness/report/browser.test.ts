/**
 * The report in a real browser: what the reader's machine does with it, in both schemes, wide and
 * narrow.
 */
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Results } from '../results/schema.js';
import { trialsCsv } from './csv.js';
import { renderReport } from './report.js';
import { largeResults, RUNS } from './testing.js';
import { barriers, chartsShown, faintTexts, layOutAll } from './testing-browser.js';
import { IN_CHROMIUM, MISSING, PATIENCE_MS, withBrowser } from './testing-pages.js';

const WIDE = 1400;
const NARROW = 360;

/** Runs that differ in what the page has to cope with; report.test.ts draws all of them. */
const OPENED = [
  'complete',
  'sweep',
  'interrupted before the first trial',
  'invalid',
  'one server',
  'no numbers',
  'hostile',
];

describe.skipIf(MISSING)(IN_CHROMIUM, () => {
  const { open, look, fileOf, save, newPage } = withBrowser();

  test.each([...OPENED, 'two runs'])(
    '%s: no console message, no request, no overflow, readable, in every form',
    async (run) => {
      const { page, troubles } = await open(run, WIDE, 'light');
      for (const [width, colorScheme] of [
        [WIDE, 'light'],
        [NARROW, 'dark'],
      ] as const) {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme });
        // Parts that are not in sight are clipped: what is too wide shows when all are laid out.
        await page.evaluate(layOutAll);
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
        expect(await page.evaluate(faintTexts, 4.5)).toEqual([]);
      }
      expect(await page.title()).toMatch(/^iomodels/);
      expect(troubles).toEqual([]);
      await page.close();
    },
    PATIENCE_MS,
  );

  test.each([
    ['complete', WIDE, 'light'],
    ['complete', NARROW, 'dark'],
    ['two runs', WIDE, 'light'],
  ] as const)(
    'axe finds no serious barrier in %s at %d px, %s',
    async (run, width, colorScheme) => {
      const { page } = await look(run, width, colorScheme);
      expect(await barriers(page)).toEqual([]);
    },
    2 * PATIENCE_MS,
  );

  test.each([
    ['complete', WIDE],
    ['complete', NARROW],
    ['sweep', WIDE],
  ])(
    'every chart of %s is drawn at %d px',
    async (run, width) => {
      const { page } = await look(run, width, 'light');
      const charts = await page.evaluate(chartsShown);
      for (const { name, marks, width: own } of charts) {
        expect(name).toMatch(/^img \S.{10,}/);
        expect(marks).toBeGreaterThanOrEqual(2);
        expect(own).toBeGreaterThan(190);
        expect(own).toBeLessThan(width);
      }
      const panels = await page.locator('.panel').count();
      expect(charts.filter(({ again }) => !again)).toHaveLength(panels);
      expect(panels).toBe(run === 'sweep' ? 6 : 27);
      const described = 'figure .drawing svg[aria-describedby]';
      expect(await page.locator(`${described}:visible`).count()).toBe(panels);
    },
    PATIENCE_MS,
  );

  test(
    'the schemes differ, in page and chart',
    async () => {
      const coloursOf = async (scheme: 'light' | 'dark') => {
        const { page } = await look('complete', WIDE, scheme);
        return page.evaluate(() => ({
          page: getComputedStyle(document.body).backgroundColor,
          text: getComputedStyle(document.querySelector('svg.chart text') as Element).fill,
        }));
      };
      const [light, dark] = [await coloursOf('light'), await coloursOf('dark')];
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

  test.each(['charts', 'provenance'])(
    'a link to %s leads there, past parts that were not laid out yet',
    async (part) => {
      const { page } = await open('complete', WIDE, 'light');
      await page.locator(`nav a[href="#${part}"]`).click();
      const top = () =>
        page.locator(`#${part}`).evaluate((section) => section.getBoundingClientRect().top);
      await expect.poll(async () => Math.abs((await top()) - 56)).toBeLessThan(8);
      await page.close();
    },
    PATIENCE_MS,
  );

  test(
    'paper has every chart, in sight before or not',
    async () => {
      const { page } = await open('complete', WIDE, 'light');
      await page.emulateMedia({ media: 'print' });
      const laidOut = await page
        .locator('main > section, figure, .card')
        .evaluateAll((parts) => parts.map((part) => getComputedStyle(part).contentVisibility));
      expect(laidOut.length).toBeGreaterThan(20);
      expect(new Set(laidOut)).toEqual(new Set(['visible']));
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
    'a keyboard walks the page in the order it is read, and reaches every table and chart',
    async () => {
      const { page } = await open('complete', NARROW, 'light');
      const reachable = 'a[href], button, summary, .scroll, .drawing svg[tabindex]';
      const expected = await page.locator(`:is(${reachable}):visible`).count();
      const reached = await page.evaluateHandle((): Element[] => []);
      for (let i = 0; i < expected; i++) {
        await page.keyboard.press('Tab');
        await reached.evaluate((list) => list.push(document.activeElement ?? document.body));
      }
      // All at one moment: the page moves while parts of it are laid out.
      const seen = await reached.evaluate((list) =>
        list.map((one) => ({
          top: one.getBoundingClientRect().top + scrollY,
          text: (one.textContent || one.getAttribute('aria-label') || '').slice(0, 20),
        })),
      );
      expect(seen[0]?.text).toContain('Skip to the answer');
      expect(seen.slice(1, 9).map(({ text }) => text)).toEqual([
        ...['Answer', 'Claims', 'Numbers', 'Charts', 'How it works', 'Method', 'Trials'],
        'Provenance',
      ]);
      expect(seen.filter(({ text }) => text === '')).toEqual([]);
      const tops = seen.slice(9).map(({ top }) => top);
      // A link may stand a little above the mark before it in the same line.
      expect(tops.filter((top, i) => top < (tops[i - 1] ?? 0) - 30)).toEqual([]);
      expect(await page.locator('[tabindex]:not([tabindex="0"])').count()).toBe(0);
      await page.close();
    },
    PATIENCE_MS,
  );

  test(
    'a mark says its value, interval and n: to a pointer, to the arrow keys, not when scripts are off',
    async () => {
      const { page, troubles } = await open('complete', WIDE, 'light');
      const chart = page.locator('figure.cpu .drawing.wide svg');
      const bubble = page.locator('.bubble');
      const pointed = async () => {
        await chart.locator('[data-tip]').last().hover({ force: true });
        return bubble.isVisible();
      };
      // Again where the page moved meanwhile, as it does while parts of it are laid out.
      await expect.poll(pointed).toBe(true);
      expect(await bubble.innerText()).toMatch(
        /^go-net-twin\nCPU per request, µs at 512 connections\n[\d.]+ \([\d.]+ – [\d.]+\), n = 6$/,
      );
      await page.keyboard.press('Escape');
      await chart.focus();
      await page.keyboard.press('ArrowRight');
      expect(await bubble.innerText()).toMatch(/^thread-per-connection\n.* at 1 connection\n/);
      await page.keyboard.press('Escape');
      expect(await bubble.isVisible()).toBe(false);
      expect(troubles).toEqual([]);
      await page.close();
    },
    PATIENCE_MS,
  );

  test(
    'the data that it carries can be downloaded, as JSON and as CSV',
    async () => {
      const { page, troubles } = await open('complete', WIDE, 'light');
      const taken = async (name: string) => {
        const waiting = page.waitForEvent('download');
        await page.getByRole('button', { name: `Download ${name}` }).click();
        const download = await waiting;
        expect(download.suggestedFilename()).toBe(name);
        return readFile(await download.path(), 'utf8');
      };
      const results = RUNS.complete?.() as Results;
      expect(JSON.parse(await taken('results.json'))).toEqual(results);
      expect(await taken('trials.csv')).toBe(trialsCsv(results));
      expect(troubles.filter((trouble) => !/^asks: blob:/.test(trouble))).toEqual([]);
      await page.close();
    },
    PATIENCE_MS,
  );

  test(
    'everything but the extras is there with scripts off',
    async () => {
      const page = await newPage({ javaScriptEnabled: false });
      await page.goto(pathToFileURL(await fileOf('complete')).href);
      expect(await page.locator('.answer').innerText()).toMatch(/At 512 connections/);
      expect(await page.locator('figure.cpu .drawing.wide svg').isVisible()).toBe(true);
      expect(await page.locator('.downloads').isVisible()).toBe(false);
      await page.close();
    },
    PATIENCE_MS,
  );

  test(
    'a run of 2,000 trials stays below 8 MiB and opens at once',
    async () => {
      const results = largeResults();
      expect(results.trials.length).toBe(2000);
      const html = await renderReport(results);
      const file = await save('large', html);
      const mebibytes = Buffer.byteLength(html) / 2 ** 20;
      expect(mebibytes).toBeLessThan(8);
      const page = await newPage({ viewport: { width: WIDE, height: 900 } });
      await page.goto(pathToFileURL(file).href, { waitUntil: 'load' });
      const ms = await page.evaluate(
        () => performance.getEntriesByType('navigation')[0]?.toJSON().loadEventEnd as number,
      );
      console.info(`2,000 trials: ${mebibytes.toFixed(2)} MiB, open after ${Math.round(ms)} ms`);
      // Two seconds on a quiet machine; tests share theirs.
      expect(ms).toBeLessThan(10_000);
      await page.close();
    },
    2 * PATIENCE_MS,
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
      const figure = page.locator('figure.cpu');
      await figure.locator('summary').click();
      expect(await figure.locator('tbody tr:visible').count()).toBe(15);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(NARROW);
      await page.close();
    },
    PATIENCE_MS,
  );
});
