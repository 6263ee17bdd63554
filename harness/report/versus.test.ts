import { describe, expect, test } from 'vitest';
import type { QualityPart } from '../results/quality.js';
import { makeResults } from '../results/testing.js';
import { versusOf } from './versus.js';
import { renderVersus } from './versus-page.js';

const a = makeResults({ connections: [64], seed: 'a' });
const costlier = makeResults({ connections: [64, 512], seed: 'b' });
const elsewhere = {
  ...a,
  header: { ...a.header, environment: { ...a.header.environment, cpu_model: 'Another CPU' } },
};

describe('versusOf', () => {
  test('the same machine and load: ratios may be compared', () => {
    const { comparability } = versusOf(a, costlier);
    expect(comparability).toMatchObject({ sameMachine: true, sameLoad: true });
    expect(comparability.text).toContain('Ratios to the reference may be compared');
  });

  test('another machine: nothing absolute', () => {
    const { comparability, setup } = versusOf(a, elsewhere);
    expect(comparability.sameMachine).toBe(false);
    expect(comparability.text).toMatch(
      /Different machines \(cpu_model\).*absolute figures may not/,
    );
    expect(setup.find(({ what }) => what === 'cpu_model')).toMatchObject({
      b: 'Another CPU',
      same: false,
    });
  });

  test('an invalid condition is named, and not called apart', () => {
    const part: QualityPart = {
      id: 'keepalive-c64',
      kind: 'condition',
      level: 'invalid',
      reasons: [],
    };
    const b = {
      ...costlier,
      quality: { ...costlier.quality, parts: [part] },
      summary: costlier.summary.map((row) =>
        row.lo === null || row.hi === null ? row : { ...row, lo: row.lo / 9, hi: row.hi / 9 },
      ),
    };
    const { comparability, figures } = versusOf(costlier, b);
    const { runId } = costlier.header;
    const invalid = `Invalid in ${runId}, not compared: keepalive-c64.`;
    expect(comparability.text.endsWith(invalid)).toBe(true);
    const at = (n: number) => figures.filter(({ condition }) => condition.includes(`, ${n} conn`));
    expect(new Set(at(64).map(({ apart }) => apart))).toEqual(new Set(['unknown']));
    expect(at(512).some(({ apart }) => apart === 'apart')).toBe(true);
  });

  test('only conditions and servers that both have', () => {
    const { figures } = versusOf(a, costlier);
    expect(new Set(figures.map(({ condition }) => condition))).toEqual(
      new Set(['keepalive, 64 connections, closed loop']),
    );
    const alone = makeResults({ subjects: ['go-net'], connections: [64] });
    expect(new Set(versusOf(a, alone).figures.map(({ subject }) => subject))).toEqual(
      new Set(['go-net']),
    );
  });

  test('intervals that do not touch are apart, those of one run with itself overlap', () => {
    const apart = (b: typeof a) =>
      versusOf(a, b).figures.find(
        ({ subject, metric }) => subject === 'callback-epoll' && metric === 'cpu_us_per_request',
      )?.apart;
    expect(apart(a)).toBe('overlap');
    const half = a.summary.map((row) =>
      row.kind === 'ratio' && row.lo !== null && row.hi !== null
        ? { ...row, lo: row.lo / 2, hi: row.hi / 2 }
        : row,
    );
    expect(apart({ ...a, summary: half })).toBe('apart');
    const none = a.summary.map((row) => ({ ...row, lo: null, hi: null }));
    expect(apart({ ...a, summary: none })).toBe('unknown');
  });
});

test('the page links both runs and shows their ratios side by side', async () => {
  const html = await renderVersus(a, costlier, { a: 'x/report.html', b: 'y/report.html' });
  expect(html).toMatch(/href="x\/report.html".*href="y\/report.html"/s);
  expect(html).toContain('>A callback-epoll</text>');
  expect(html).toContain('>B callback-epoll</text>');
  const visible = html.replace(/<script>.*?<\/script>/s, '');
  expect(/undefined|NaN|\[object/.exec(visible)).toBeNull();
});
