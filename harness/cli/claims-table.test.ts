import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { judgeClaims, machineText } from '../claims/index.js';
import { COROUTINE, GO, type Made, madeResults, THREAD, usualCpu } from '../claims/testing.js';
import {
  LISTEN_AS_IS,
  memorySlopes,
  SERVED,
  sources,
  switchTable,
  traces,
  WAKEUPS_BY_ALL,
  wakeups,
} from '../claims/testing-evidence.js';
import type { Results } from '../results/schema.js';
import { printClaims, renderClaims } from './claims-table.js';

const VARIANTS = [THREAD, 'callback-epoll', COROUTINE];

/** A run with everything; Go is slower than callbacks, our coroutines are not. */
function everything(made: Made = {}): Results {
  return madeResults({
    cpuUs: (subject, n) => usualCpu(subject, n) * (subject === GO ? 1.25 : 1),
    evidence: {
      ...switchTable(),
      ...traces([GO, COROUTINE], LISTEN_AS_IS, SERVED),
      ...wakeups(COROUTINE, WAKEUPS_BY_ALL),
      ...memorySlopes({
        [THREAD]: [13_000, 20_000],
        [COROUTINE]: [9000, 2000],
        [GO]: [6500, 2000],
      }),
      ...sources(VARIANTS),
    },
    ...made,
  });
}

function table(results: Results, width: number): string {
  const text = renderClaims(judgeClaims(results), machineText(results), width);
  expect(text.split('\n').filter((line) => line.length > width)).toEqual([]);
  return text;
}

describe('renderClaims', () => {
  it('fits 80 columns', () => {
    expect(table(everything(), 80)).toMatchSnapshot();
  });

  it('fits 120 columns', () => {
    expect(table(everything(), 120)).toMatchSnapshot();
  });

  it('gathers what is left open, with the command that measures it', () => {
    const text = table(madeResults(), 80);
    expect(text).toMatchSnapshot();
    expect(text.match(/left open/g)).toHaveLength(1);
  });

  it('shows a noisy and an invalid run in each verdict that rests on figures', () => {
    const noisy = table(everything({ quality: 'noisy' }), 120);
    expect(noisy.match(/It\s+rests\s+on[^.]*\(noisy\)/g)).toHaveLength(8);
    const invalid = table(everything({ quality: 'invalid' }), 120);
    const [cost = '', mechanism = ''] = invalid.split('How it works');
    expect(cost).not.toMatch(/^(supported|refuted)/m);
    expect(cost.match(/^inconclusive/gm)).toHaveLength(8);
    expect(mechanism).toMatch(/^supported/m);
  });

  it('paints titles and thresholds without touching their text', () => {
    const results = everything();
    const mark = (text: string) => `<${text}>`;
    const judged = judgeClaims(results);
    const painted = renderClaims(judged, machineText(results), 80, { title: mark, note: mark });
    expect(painted).toContain('<What it costs>');
    expect(painted).toMatch(/^< {16}Fixed before: /m);
    expect(painted.replaceAll(/[<>]/g, '')).toBe(renderClaims(judged, machineText(results), 80));
  });
});

describe('printClaims', () => {
  it('is as wide as the terminal, and never wider than 120 columns', () => {
    for (const [columns, widest] of [
      [80, 80],
      [300, 120],
    ] as const) {
      const stdout = Object.assign(new PassThrough({ encoding: 'utf8' }), { columns });
      printClaims(madeResults(), { stdout, env: { NO_COLOR: '1' } });
      const lengths = String(stdout.read())
        .split('\n')
        .map((line) => line.length);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(widest);
      expect(Math.max(...lengths)).toBeGreaterThan(widest - 20);
    }
  });
});
