/** Pages of the report in Chromium, each run drawn once. Never used outside tests. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import type { Results } from '../results/schema.js';
import { renderReport } from './report.js';
import { RUNS } from './testing.js';
import { renderVersus } from './versus-page.js';

const CHROMIUM = '/usr/bin/chromium';
export const MISSING = !existsSync(CHROMIUM);
export const IN_CHROMIUM = `${MISSING ? 'SKIPPED, no Chromium (apt-get install chromium): ' : ''}the report in Chromium`;
if (MISSING) {
  console.warn(
    `SKIPPED: the report is not tested in a browser, ${CHROMIUM} is missing. Install it: apt-get install chromium`,
  );
}

export const PATIENCE_MS = 60_000;
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--no-first-run',
];

interface Opened {
  readonly page: Page;
  readonly url: string;
  /** Console messages, page errors, failed requests and requests beyond the file itself. */
  readonly troubles: readonly string[];
}

function drawn(run: string): Promise<string> {
  if (run === 'two runs') {
    const [a, b] = [RUNS.plain?.(), RUNS.noisy?.()] as [Results, Results];
    return renderVersus(a, b, { a: 'a.html', b: 'b.html' });
  }
  return renderReport((RUNS[run] as () => Results)());
}

/** A browser for the tests of a block, and a folder for its pages. */
export function withBrowser() {
  const files = new Map<string, Promise<string>>();
  const looks = new Map<string, Promise<Opened>>();
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'iomodels-report-'));
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
  }, PATIENCE_MS);
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  }, PATIENCE_MS);

  async function save(name: string, html: string): Promise<string> {
    const file = join(folder, `${name.replaceAll(' ', '-')}.html`);
    await writeFile(file, html);
    return file;
  }

  function fileOf(run: string): Promise<string> {
    const file = files.get(run) ?? drawn(run).then((html) => save(run, html));
    files.set(run, file);
    return file;
  }

  async function newPage(options: BrowserContextOptions): Promise<Page> {
    return browser.newPage(options);
  }

  async function open(run: string, width: number, colorScheme: 'light' | 'dark'): Promise<Opened> {
    const file = await fileOf(run);
    const page = await newPage({ viewport: { width, height: 900 }, colorScheme });
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

  /** A page for tests that do nothing to it: opened once for all that want it so. */
  function look(...asked: Parameters<typeof open>): Promise<Opened> {
    const key = asked.join();
    const page = looks.get(key) ?? open(...asked);
    looks.set(key, page);
    return page;
  }

  return { open, look, fileOf, save, newPage };
}
