import { describe, expect, test } from 'vitest';
import { failTrial, type MakeRunOptions, makeResults } from '../../results/testing.js';
import { buildModel } from '../model.js';
import { drawFigures } from './catalog.js';
import type { MeasuredFigure } from './figure.js';
import { renderSvg } from './svg.js';

/** Each run is drawn once. */
const figuresOf = new Map<MakeRunOptions, ReturnType<typeof drawFigures>>();

async function figure(id: string, options: MakeRunOptions): Promise<MeasuredFigure> {
  const figures = figuresOf.get(options) ?? drawFigures(buildModel(makeResults(options)));
  figuresOf.set(options, figures);
  const { charts } = await figures;
  const found = charts.find((f) => f.id.endsWith(id));
  if (found === undefined) throw new Error(`no figure ${id}`);
  return found as MeasuredFigure;
}

const layer = (svg: string | null | undefined, kind: string): string[] =>
  [
    ...(svg ?? '').matchAll(new RegExp(`<g class="mark-${kind} role-mark[^"]*">(.*?)</g>`, 'g')),
  ].map((match) => match[1] as string);

/** Symbols, those that are drawn in one path counted one by one: see svg.ts. */
const symbols = (svg: string | null | undefined): number =>
  layer(svg, 'symbol').join('').match(/M/g)?.length ?? 0;

/** Rules, counted in the same way. */
const rules = (svg: string | null | undefined): number =>
  layer(svg, 'rule')
    .join('')
    .match(/<line|M/g)?.length ?? 0;

describe('trend', () => {
  const three = { connections: [1, 64, 512], subjects: ['callback-epoll', 'go-net'] };

  test('has a line per subject, a point, an interval and two caps per value', async () => {
    const [panel] = (await figure('-cpu', three)).panels;
    expect(layer(panel?.narrow, 'line').length).toBe(2);
    expect(rules(panel?.narrow)).toBe(6);
    expect(symbols(panel?.narrow)).toBe(6 * 3);
  });

  test('the wide size names each line, the narrow one leaves that to the legend', async () => {
    const [panel] = (await figure('-cpu', three)).panels;
    expect(panel?.wide).toContain('>callback-epoll</text>');
    expect(panel?.narrow).not.toContain('>callback-epoll</text>');
  });

  test('breaks the line at a gap and says why', async () => {
    const drawn = await figure('-cpu', {
      ...three,
      connections: [1, 8, 64, 512],
      edit: (trial) =>
        trial.subject === 'callback-epoll' && trial.condition === 'keepalive-c8'
          ? failTrial(trial, 'it fell over')
          : trial,
    });
    expect(layer(drawn.panels[0]?.narrow, 'line').length).toBe(3);
    const row = drawn.rows.find((r) => r.connections === 8 && r.subject.id === 'callback-epoll');
    expect(row).toMatchObject({ value: null, interval: null, n: null });
    expect(row?.note).toMatch(/failed|succeeded/);
  });

  test('too few trials: points without intervals', async () => {
    const drawn = await figure('-cpu', { ...three, blocks: 3 });
    expect(layer(drawn.panels[0]?.narrow, 'rule').join('')).toBe('');
    expect(symbols(drawn.panels[0]?.narrow)).toBe(6);
    expect(drawn.rows.every((row) => row.interval === null && row.note !== null)).toBe(true);
  });

  test('lower bounds are hollow, and only they', async () => {
    const bound = await figure('-throughput', { ...three, clientCpuUsPerRequest: 6.2 });
    const lowerBounds = bound.rows.filter((row) => row.note?.startsWith('lower bound')).length;
    expect(lowerBounds).toBeGreaterThan(0);
    const hollow = bound.panels[0]?.narrow?.match(/fill="var\(--surface\)"/g) ?? [];
    expect(hollow.length).toBe(lowerBounds);
    const explained = { kind: 'words', text: 'hollow: lower bound' };
    expect(bound.legendItems).toContainEqual(explained);
    expect((await figure('-throughput', three)).legendItems).not.toContainEqual(explained);
  });

  test('nothing measured is nothing drawn', async () => {
    const drawn = await figure('-cpu', { ...three, edit: (trial) => failTrial(trial) });
    expect(drawn.panels).toEqual([{ title: null, wide: null, narrow: null }]);
  });
});

describe('ratio', () => {
  test('one panel per number of connections, one row per server, A/A included', async () => {
    const drawn = await figure('-cpu-ratio', { connections: [1, 64] });
    expect(drawn.panels.map((panel) => panel.title)).toEqual(['1 connection', '64 connections']);
    for (const panel of drawn.panels) {
      expect(panel.wide).toContain('go-net-twin (A/A)');
      // A dot and two caps for each server, and its six blocks.
      expect(symbols(panel.wide)).toBe(4 * (3 + 6));
    }
  });

  test('is left out when there is no reference', async () => {
    await expect(figure('-cpu-ratio', { subjects: ['callback-epoll'] })).rejects.toThrow(
      'no figure',
    );
  });
});

describe('renderSvg', () => {
  const spec = (text: string) => ({
    width: 100,
    height: 50,
    padding: { left: 5, right: 5, top: 5, bottom: 5 },
    layer: [
      {
        data: { values: [{ text }] },
        mark: { type: 'text' },
        encoding: { text: { field: 'text' } },
      },
    ],
  });
  const alternative = { id: 'x', label: '"><b>', description: '<b>&' };

  test('escapes texts, name and description', async () => {
    const svg = await renderSvg(spec('<img src=x onerror=a>&"'), alternative);
    expect(svg).not.toMatch(/<(img|b)/);
    expect(svg).toContain('aria-label="&quot;&gt;&lt;b&gt;"');
    expect(svg).toContain('<desc id="x-desc">&lt;b&gt;&amp;</desc>');
  });

  test('has no style attribute and no clip path: the policy forbids one, the other counts up', async () => {
    const { panels } = await figure('-latency', {});
    const svgs = panels.map((panel) => panel.wide).join('');
    expect(svgs).not.toMatch(/ style=|clip-path|clipPath|href=/);
  });

  test('a specification that vega complains about is a bug', async () => {
    const bad = {
      ...spec('x'),
      layer: [{ mark: 'point', encoding: { x: { field: 'a', type: 'wrong' } } }],
    };
    await expect(renderSvg(bad, alternative)).rejects.toThrow();
  });
});
