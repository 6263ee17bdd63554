import { describe, expect, it } from 'vitest';
import { calm, cpusForTests, fixtureBuilt } from '../../run/testing.js';
import { Interrupted } from '../../server/wait.js';
import { CONFIG } from '../testing.js';
import { type CountPair, type CountsRequest, measureCounts } from './measure-counts.js';

const pair = (base: string, candidate = base): CountPair => ({
  variant: 'demo',
  base: fixtureBuilt(base),
  candidate: fixtureBuilt(candidate),
  candidateArgs: [],
});

const SMALL = { trials: 3, morePairs: 0, keepaliveRequests: 100, greetingRequests: 0 };

const count = (pairs: readonly CountPair[], overrides: Partial<CountsRequest> = {}) =>
  measureCounts({
    pairs,
    config: { ...CONFIG.counts, ...SMALL, idleConnections: 0 },
    placement: cpusForTests(),
    ...{ signal: calm, onText: () => {} },
    ...overrides,
  });

describe('the count lane', { timeout: 60_000 }, () => {
  it('has a sample of each side for every trial', async () => {
    const samples = await count([pair('good')]);
    const switches = samples.filter(({ metric }) => metric === 'voluntary_switches_per_request');
    expect(switches.map(({ trial, side }) => `${trial} ${side}`).sort()).toEqual(
      [0, 1, 2].flatMap((trial) => [`${trial} base`, `${trial} candidate`]),
    );
    expect(samples.filter(({ failed }) => failed)).toEqual([]);
  });

  it('tells which side broke, though both are counted at the same time', async () => {
    const samples = await count([pair('good', 'wrong-byte')]);
    const broken = samples.filter(({ failed }) => failed);
    expect(new Set(broken.map(({ side }) => side))).toEqual(new Set(['candidate']));
    expect(broken[0]).toMatchObject({ value: null, why: expect.stringContaining('other bytes') });
    const base = samples.filter(({ side }) => side === 'base');
    expect(base).toHaveLength(6);
    expect(base.filter(({ failed }) => failed)).toEqual([]);
  });

  it('holds idle connections in every trial, on both sides', async () => {
    const config = { ...CONFIG.counts, ...SMALL, idleConnections: 20 };
    const samples = await count([pair('good')], { config, idleMs: 50 });
    const idle = samples.filter(({ metric }) => metric === 'idle_bytes_per_connection');
    const held = idle.filter(({ condition }) => condition === 'idle-served');
    expect(held.map(({ trial, side }) => `${trial} ${side}`).sort()).toEqual(
      [0, 1, 2].flatMap((trial) => [`${trial} base`, `${trial} candidate`]),
    );
    expect(held.filter(({ value }) => value === null)).toEqual([]);
  });

  it('ends when it is interrupted', async () => {
    const controller = new AbortController();
    const counting = count([pair('good')], {
      signal: controller.signal,
      onText: () => controller.abort(),
    });
    await expect(counting).rejects.toBeInstanceOf(Interrupted);
  });
});
