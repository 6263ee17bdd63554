/** Wake-ups from two sources, counters and a trace, which must agree. */
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { nativeClient } from '../load/native.js';
import { discoverVariants } from '../plan/discover.js';
import { repositoryRoot } from '../root.js';
import { buildVariant } from '../run/build.js';
import type { GatherInput } from '../run/input.js';
import { HTTP } from '../run/null-server.js';
import { calm, LIMITS, planOf } from '../run/testing.js';
import { canTrace, TracedServer } from './traced-server.js';
import { POLL_CALLS, wakesOf } from './wakes.js';
import { loadOf } from './wakeups.js';

describe('loads', () => {
  test('medium is a share of what was answered, and never below idle', () => {
    expect(loadOf('medium', 9000).mode).toEqual({
      kind: 'open',
      ratePerS: 9000,
      arrivals: 'poisson',
    });
    expect(loadOf('medium', 3).mode).toMatchObject({ ratePerS: 50 });
    expect(loadOf('idle', 9000).mode).toMatchObject({ ratePerS: 50, arrivals: 'fixed' });
    expect(loadOf('saturated', 9000)).toMatchObject({ connections: 64, mode: { kind: 'closed' } });
  });
});

const trace = await canTrace(calm);

describe.skipIf(!trace.ok)('a coroutine server whose polls are traced', () => {
  test('the trace tells the same wake-ups as its counters', async () => {
    const variants = await discoverVariants([path.join(repositoryRoot(), 'servers')]);
    const variant = variants.find(({ name }) => name === 'coroutine-epoll') ?? expect.fail();
    const result = await buildVariant(variant, repositoryRoot(), calm);
    const built = result.kind === 'built' ? result.built : expect.fail(result.kind);
    const subject = { id: variant.name, variant, args: [] };
    const ready = { event: 'ready', port: 1, pid: 1, variant: variant.name } as const;
    const input: GatherInput = {
      plan: planOf([variant.name]),
      candidates: [],
      limits: LIMITS,
      signal: calm,
      ...{ onEvent: () => {}, root: repositoryRoot() },
    };
    const how = { calls: POLL_CALLS, options: ['--seccomp-bpf'] };
    const traced = await TracedServer.start({ built, subject, ready }, input, how);
    try {
      await saturate(traced, input);
      await traced.settle();
      const stats = await traced.server.stats();
      const counts = wakesOf(traced.calls()) ?? expect.fail('no sysmon');
      const counted = (key: string) => Number(stats[`wakeups_${key}`]);
      const total = counted('nonblocking') + counted('blocking') + counted('sysmon');
      expect(total).toBeGreaterThan(100);
      // Each wake-up is an event of its poll; an event that woke nobody was remembered.
      const { find_runnable_nonblocking, find_runnable_blocking, sysmon } = counts;
      expect(find_runnable_nonblocking).toBeGreaterThanOrEqual(counted('nonblocking'));
      expect(find_runnable_blocking).toBeGreaterThanOrEqual(counted('blocking'));
      expect(sysmon).toBeGreaterThanOrEqual(counted('sysmon'));
      const traces = find_runnable_nonblocking + find_runnable_blocking + sysmon;
      expect(traces - total).toBeLessThanOrEqual(Number(stats.edges_remembered));
    } finally {
      await traced.remove();
    }
  });
});

async function saturate({ server }: TracedServer, { plan }: GatherInput): Promise<void> {
  const { connections, mode } = loadOf('saturated', 0);
  const session = await nativeClient().open({
    target: { host: '127.0.0.1', port: server.ready.port },
    connections,
    mode,
    exchange: HTTP,
    seed: 'test',
    durationMsMax: 5000,
    drainMs: 1000,
    cpus: plan.placement.clientCpus,
  });
  session.start();
  while (session.snapshot().completed < 1000) await new Promise((go) => setTimeout(go, 20));
  await session.close();
}

if (!trace.ok) {
  const why = `SKIPPED the trace of wake-ups: ${trace.why}`;
  console.warn(why);
  test(why, (context) => context.skip(why));
}
