import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Results } from '../results/schema.js';
import { resultsSchema } from '../results/schema.js';
import { makeResults } from '../results/testing.js';
import { renderReport } from './report.js';
import { HOSTILE, RUNS } from './testing.js';

/** Each run is drawn once. */
const pages = new Map<string, Promise<string>>();

function drawn(run: string): Promise<string> {
  const page = pages.get(run) ?? renderReport((RUNS[run] as () => Results)());
  pages.set(run, page);
  return page;
}

/** The page without its scripts and data. */
const visible = (html: string): string => html.replace(/<script\b.*?<\/script>/gs, '');

/** What a reader sees of it, roughly. */
const text = (html: string): string =>
  visible(html)
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

const unescaped = (html: string): string =>
  html.replaceAll('&lt;', '<').replaceAll('&quot;', '"').replaceAll('&amp;', '&');

/** What a data block of the page holds. */
function embedded(html: string, id: string): string {
  const match = new RegExp(`<script id="${id}"[^>]*>([^<]*)</script>`).exec(html);
  return gunzipSync(Buffer.from(match?.[1] ?? '', 'base64')).toString();
}

describe.each(Object.entries(RUNS))('%s', (name, make) => {
  test('renders and carries its results', async () => {
    const results = make();
    const html = await drawn(name);
    expect(html.startsWith('<!doctype html>')).toBe(true);
    expect(resultsSchema.parse(JSON.parse(embedded(html, 'results')))).toEqual(results);
    expect(text(html)).not.toMatch(/undefined|NaN|\[object|Infinity/);
    expect(html.match(/<script/g)?.length).toBe(4);
  });
});

test('the same results give the same bytes', async () => {
  const results = (RUNS.complete as () => Results)();
  expect(await renderReport(results)).toBe(await drawn('complete'));
});

test('levels by part are listed, and the answer is of the valid conditions', async () => {
  const page = text(await drawn('an invalid condition'));
  expect(page).toContain('3 parts: 1 invalid, 1 noisy, 1 clean');
  expect(page).toContain('keepalive-c512 invalid it was disturbed');
  expect(page).toMatch(/Answer, computed from this run At 64 connections/);
});

describe('a complete run', () => {
  const html = drawn('complete');

  test('carries its trials and its summary as CSV, too', async () => {
    const results = (RUNS.complete as () => Results)();
    const lines = (id: string, page: string) => embedded(page, id).trimEnd().split('\r\n').length;
    expect(lines('trials-csv', await html)).toBe(1 + results.trials.length);
    expect(lines('summary-csv', await html)).toBe(1 + results.summary.length);
  });

  test('says what to type to take the data out, and that works', async () => {
    const command = /sed -n '(s\/.*?)' report\.html/.exec(unescaped(text(await html)))?.[1] ?? '';
    const [, pattern = ''] = /^s\/(.*)\/\\1\/p$/.exec(command) ?? [];
    const line = (await html).split('\n').find((one) => one.includes('<script id="results"')) ?? '';
    const match = new RegExp(pattern.replaceAll('\\(', '(').replaceAll('\\)', ')')).exec(line);
    expect(match?.[1]).toMatch(/^H4sI[\w+/=]+$/);
  });

  test('is one file of modest size that asks for nothing', async () => {
    const page = await html;
    expect(Buffer.byteLength(page)).toBeLessThan(1.5e6);
    expect(page).not.toMatch(/<(link|img|iframe|object|embed|video|audio|source)\b(?! rel="icon")/);
    const links = [...visible(page).matchAll(/ (?:href|src)="([^"]*)"/g)].map((m) => m[1]);
    expect(links.filter((link) => !/^(#|data:,$|results\.json$)/.test(link as string))).toEqual([]);
  });

  test('its policy allows its own style and script, and nothing else', async () => {
    const page = await html;
    const hash = (element: 'style' | 'script') => {
      const own = new RegExp(`<${element}>(.*?)</${element}>`, 's').exec(page)?.[1] ?? '';
      return createHash('sha256').update(own).digest('base64');
    };
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1];
    expect(policy).toContain(`style-src 'sha256-${hash('style')}'`);
    expect(policy).toContain(`script-src 'sha256-${hash('script')}'`);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:/);
    expect(page).not.toMatch(/ style="| on\w+="/);
  });

  test('says question, answer, outcome, machine, command and seed', async () => {
    const page = text(await html);
    expect(page).toContain('What does a server');
    expect(page).toMatch(
      /At 512 connections one request cost thread-per-connection \d+.% more CPU/,
    );
    expect(page).toContain('Complete run 90 of 90 planned trials measured');
    expect(page).toContain('server on CPU 0, load client on CPU 1');
    expect(page).toContain('npm run compare -- --seed testing-1');
    expect(page).toContain('Latency from a closed loop is not latency under load');
    expect(page).toMatch(/sender’s send\(\) also runs the receiver’s TCP input path/);
  });

  test('marks the reference and the A/A twin', async () => {
    const page = text(await html);
    expect(page).toMatch(/go-net Go net · reference/);
    expect(page).toMatch(/go-net-twin A\/A: go-net again/);
  });

  test('says which client sent the requests and what its limits are', async () => {
    const { limits } = makeResults().header.client;
    expect(limits).not.toEqual([]);
    for (const limit of limits) expect(text(await html)).toContain(limit);
  });

  test('headings go down one level at a time, ids are unique', async () => {
    const page = await html;
    const levels = [...page.matchAll(/<h(\d)/g)].map((match) => Number(match[1]));
    expect(levels[0]).toBe(1);
    expect(levels.filter((level) => level === 1).length).toBe(1);
    for (const [i, level] of levels.entries())
      expect(level - (levels[i - 1] ?? 0)).toBeLessThanOrEqual(1);
    const ids = [...visible(page).matchAll(/ id="([^"]*)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('every number of the headline table is a row of the summary', async () => {
    const results = makeResults();
    const shifted: Results = {
      ...results,
      summary: results.summary.map((row) =>
        row.kind === 'value' && row.metric === 'cpu_us_per_request' && row.median !== null
          ? { ...row, median: 77.7 }
          : row,
      ),
    };
    expect(text(await renderReport(shifted)).match(/77\.7/g)?.length).toBeGreaterThanOrEqual(15);
  });
});

describe('columns that not every run has', () => {
  const WAITS = ' Requests per wait ';
  const heads = (html: string) =>
    text(/<table class="headline">.*?<\/thead>/s.exec(html)?.[0] ?? '');

  test('stand in the table where some server has them, and the others say why not', async () => {
    const page = await drawn('complete');
    expect(heads(page)).toContain(WAITS);
    expect(text(page)).toMatch(/Requests per wait of [^:]*go-net[^:]*: the server does not count/);
  });

  test('what the processor counted has one, where it could be counted', async () => {
    const results = makeResults({ connections: [64] });
    const summary = results.summary.map((row) =>
      row.kind === 'value' && row.metric === 'instructions_per_request'
        ? { ...row, median: 20_123, lo: 20_000, hi: 20_200, n: 6 }
        : row,
    );
    expect(heads(await renderReport({ ...results, summary }))).toContain(' Instructions ');
    expect(heads(await drawn('complete'))).not.toContain('Instructions');
  });

  test('are left out where no server has them', async () => {
    const subjects = ['go-net', 'thread-per-connection'];
    const page = await renderReport(makeResults({ subjects, connections: [64] }));
    expect(heads(page)).toContain('CPU of the client');
    expect(heads(page)).not.toContain(WAITS);
    expect(text(page)).not.toMatch(/Requests per wait of/);
  });
});

describe('trouble is shown', () => {
  const page = async (run: string) => text(await drawn(run));

  test('a partial run', async () => {
    expect(await page('interrupted')).toMatch(
      /Partial run 50 of 90 planned trials measured, 40 not run .*interrupted after 50 of 90/,
    );
  });

  test('a failed server: reason, no values, not hidden', async () => {
    const seen = await page('a server that failed');
    expect(seen).toMatch(/coroutine-epoll failed it sent wrong bytes/);
    expect(seen).toMatch(/coroutine-epoll at 1, 64 and 512 connections : no trial is ok: 6 failed/);
  });

  test('too few blocks: no interval, and said so', async () => {
    const seen = await page('too few blocks');
    expect(seen).toMatch(/\d no interval \d/);
    expect(seen).toMatch(/every server at 1, 64 and 512 connections : no 95 % interval/);
  });

  test('warnings are counted on the first screen and listed further down', async () => {
    const warn = { name: 'foreign_cpu_percent', value: 84, level: 'warn', text: 'busy' } as const;
    const results = makeResults({
      connections: [1],
      edit: (t) => (t.block === 0 ? { ...t, checks: [...t.checks, warn] } : t),
    });
    const seen = text(await renderReport(results));
    expect(seen).toMatch(/30 of 30 planned trials measured; 5 with warnings/);
    expect(seen).toMatch(/foreign_cpu_percent in 5 trials, first in keepalive-c1-b0-p0 : busy/);
  });

  test('no reference', async () => {
    const seen = await page('no reference');
    expect(seen).toContain('The reference did not take part, so there are no ratios.');
    expect(seen).not.toContain('CPU ratio');
  });

  test('no numbers at all', async () => {
    const seen = await page('no numbers');
    expect(seen).toContain('every server at 64 connections : the counter could not be read');
    expect(seen).toContain('Nothing to draw: no values.');
  });

  test('lower bounds carry their sign', async () => {
    expect(await page('lower bounds')).toMatch(/≥ \d/);
    expect(await page('complete')).not.toMatch(/≥ \d/);
  });
});

test('hostile texts stay texts', async () => {
  const html = await drawn('hostile');
  expect(html).not.toContain(HOSTILE);
  expect(html.match(/<\/script/g)?.length).toBe(4);
  expect(visible(html)).not.toMatch(/<img|<script/);
  expect(visible(html)).toContain('&lt;img src=x onerror=');
});
