import { afterEach, expect, test } from 'vitest';
import type { LoadClient } from '../load/client.js';
import { nativeClient } from '../load/native.js';
import { readAllowedCpus } from '../probe/proc.js';
import { type Plan, slicingOf, trialSchema } from '../results/schema.js';
import { trackedGroups } from '../server/groups.js';
import { Interrupted } from '../server/wait.js';
import { runLife } from './block.js';
import { requireResuming } from './life.js';
import type { RunLimits } from './limits.js';
import { benchOf, calm, fixtureBuilt, keepalive, LIMITS, planOf } from './testing.js';
import { testClient } from './testing-client.js';

interface Case {
  readonly name: string;
  readonly flags?: string[];
  readonly limits?: Partial<RunLimits>;
  readonly plan?: Partial<Plan>;
  readonly signal?: AbortSignal;
  readonly client?: LoadClient;
  readonly connections?: number;
}

function trialOf({ name, flags = [], connections = 4, ...given }: Case) {
  const { client = testClient, signal = calm } = given;
  const plan = planOf([name], given.plan);
  const limits = { ...LIMITS, ...given.limits };
  const place = { subject: name, condition: keepalive(connections), block: 0, position: 1 };
  const bench = benchOf(name, { plan, client, limits, signal });
  const tools = { ...bench, built: fixtureBuilt(name, ...flags), args: [] };
  return runLife(place, tools, slicingOf(plan, place.condition.id));
}

afterEach(() => {
  expect(trackedGroups()).toEqual([]);
});

test('traffic begins when the server holds every connection', async () => {
  const trial = await trialOf({ name: 'accepts-late' });
  expect(trial).toMatchObject({ status: 'ok', server: { connections_open: { value: 4 } } });
});

test('a good trial is valid, complete and consistent', async () => {
  const trial = await trialOf({ name: 'good' });
  expect(trialSchema.parse(trial)).toEqual(trial);
  expect(trial).toMatchObject({ id: 'keepalive-c4-b0-p1', status: 'ok', subject: 'good' });
  const { counts, client, server, window } = trial;
  if (counts === null || client === null || window === null) throw new Error('nothing measured');
  expect(counts.completed).toBeGreaterThan(0);
  expect(counts.sent).toBe(counts.ok + counts.unfinished);
  const windowNs = Number(BigInt(window.endNs) - BigInt(window.startNs));
  // A timer of node may fire up to a millisecond early.
  expect(windowNs).toBeGreaterThanOrEqual(99e6);
  expect(client.statsIntervalNs).toBeGreaterThanOrEqual(windowNs);
  expect(client.completedBetweenStats).toBeGreaterThanOrEqual(counts.completed);
  const requests = server.requests?.value ?? 0;
  expect(Math.abs(requests - client.completedBetweenStats)).toBeLessThan(requests * 0.1 + 10);
  expect(server.user_cpu_us).toMatchObject({ source: 'rusage', quality: 'exact' });
  expect(server.requests).toMatchObject({ source: 'server', quality: 'exact' });
  expect(server.connections_open).toMatchObject({ value: 4 });
  expect(server.rss_bytes?.value).toBeGreaterThan(1e6);
  expect(server.rss_bytes_ready?.value).toBeGreaterThan(1e6);
  expect(server.threads?.value).toBeGreaterThan(1);
  expect(server.syscalls).toEqual({
    value: null,
    source: 'server',
    quality: 'unavailable',
    why: 'the server does not count syscalls',
  });
  expect(trial.checks.map(({ name }) => name)).toEqual([
    'accounting',
    'errors',
    'warmup_requests',
    'request_counts_percent',
    'stats_uncertainty_percent',
    'steal_percent',
    'foreign_cpu_percent',
    'cgroup_throttled',
    'listen_drops',
    'time_wait_sockets',
    'harness_cpu_percent',
    'client_cpu_percent',
    'little_residual_percent',
    'drift_percent',
    'delayed_ack_percent',
  ]);
  expect(trial.checks.find(({ name }) => name === 'accounting')).toMatchObject({
    value: 0,
    level: 'ok',
  });
});

test('a server that counts too much is measured, with a warning', async () => {
  const trial = await trialOf({ name: 'miscounts' });
  expect(trial.status).toBe('ok');
  const check = trial.checks.find(({ name }) => name === 'request_counts_percent');
  expect(check?.level).toBe('warn');
  expect(check?.value).toBeGreaterThan(50);
});

test('a server that counts nothing of its own is measured, without that check', async () => {
  const trial = await trialOf({ name: 'few-counters' });
  expect(trial.status).toBe('ok');
  expect(trial.server.requests).toMatchObject({ value: null, quality: 'unavailable' });
  const check = trial.checks.find(({ name }) => name === 'request_counts_percent');
  expect(check).toMatchObject({ value: null, level: 'ok' });
});

const long = { windowMs: 60_000 };

test.each([
  {
    name: 'dies',
    flags: ['--die-after', '200'],
    plan: long,
    reason:
      /^dies ended with exit status 3 while it was measured; it last said: assertion failed: connection table is full$/,
  },
  {
    name: 'wrong-byte',
    flags: ['--die-after', '0'],
    plan: long,
    reason:
      /^wrong-byte failed \d requests in the warm-up; first: wrong_bytes: expected I am server!, received I am serven!/,
  },
  {
    name: 'hangs',
    flags: ['--die-after', '0'],
    plan: long,
    limits: { extraWarmupMs: 200 },
    reason: /^hangs answered no request in 220 ms of warm-up$/,
  },
  {
    name: 'hangs',
    // One answer per connection: the warm-up ends after the last of them.
    flags: ['--die-after', '4'],
    reason: /^the server hung: it answered no request in the window$/,
  },
  {
    name: 'refuses-stats',
    limits: { answerMs: 300 },
    reason: /^refuses-stats did not answer `stats` within 300 ms$/,
  },
  {
    name: 'wrong-rusage',
    reason: /^wrong-rusage answered `stats` with .* \(voluntary_switches: .*\)$/,
  },
  {
    name: 'crashes-at-stop',
    reason:
      /^crashes-at-stop ended with exit status 6 after SIGTERM, not with 0; it last said: free/,
  },
  {
    name: 'exits-at-start',
    reason: /^exits-at-start ended with exit status 1 before it was ready; it last said: bind: /,
  },
  {
    // Descendants count: or it would look very cheap.
    name: 'has-worker',
    client: nativeClient(),
    plan: { windowMs: 600 },
    reason:
      /^has-worker reports \d+ ms of CPU time where the kernel counts \d+ ms; processes that it starts count too/,
  },
  {
    // Long enough for a tenth of a second of CPU time on any machine.
    name: 'halves-rusage',
    client: nativeClient(),
    plan: { windowMs: 2000 },
    reason: /^halves-rusage reports \d+ ms of CPU time where the kernel counts \d+ ms/,
  },
  {
    // Few enough that none waits for another: each 100th request stops one connection.
    name: 'skips',
    flags: ['--die-after', '100'],
    client: nativeClient(),
    connections: 15,
    plan: { windowMs: 200 },
    reason: /^\d+ requests? had no reply when traffic had stopped for a second or more$/,
  },
] satisfies (Case & { reason: RegExp })[])(
  '$name $flags: a failed trial that says why',
  async ({ reason, ...input }) => {
    const trial = await trialOf(input);
    expect(trialSchema.parse(trial)).toEqual(trial);
    expect(trial.status).toBe('failed');
    expect(trial.reason).toMatch(reason);
  },
);

const cpus = readAllowedCpus('self');
const several = cpus.ok && cpus.value.length > 1;
if (!several) console.warn('SKIPPED a server that widens its affinity: there is one CPU');

test.skipIf(!several)(
  'a server that gives itself other CPUs than it was started on fails',
  async () => {
    const trial = await trialOf({ name: 'widens', plan: { windowMs: 300 } });
    expect(trial.status).toBe('failed');
    expect(trial.reason).toMatch(/^widens gave itself CPU \d+.*: it was started on CPU \d+/);
  },
);

test('a client that cannot park its connections has lives of one slice', () => {
  const slicing = { rounds: 3, firstWarmupMs: 0, warmupMs: 0, windowMs: 1, legs: [] };
  expect(() => requireResuming(testClient, slicing)).toThrow(/cannot park its connections/);
  expect(() => requireResuming(testClient, { ...slicing, rounds: 1 })).not.toThrow();
  expect(() => requireResuming(nativeClient(), slicing)).not.toThrow();
});

test('a server that breaks after its window keeps what was measured', async () => {
  const trial = await trialOf({ name: 'crashes-at-stop' });
  expect(trial.counts?.completed).toBeGreaterThan(0);
  expect(trial.server.user_cpu_us?.quality).toBe('exact');
});

test('wrong bytes in the window are counted and quoted', async () => {
  const flags = ['--die-after', '200'];
  const trial = await trialOf({ name: 'wrong-byte', flags, plan: { warmupMs: 0, windowMs: 2000 } });
  expect(trial.status).toBe('failed');
  expect(trial.reason).toMatch(/first: wrong_bytes: expected I am server!, received I am serven!/);
});

test('an interruption ends a trial within its window', async () => {
  const abort = new AbortController();
  const running = trialOf({ name: 'good', plan: long, signal: abort.signal });
  setTimeout(() => abort.abort('SIGINT'), 300);
  await expect(running).rejects.toBeInstanceOf(Interrupted);
});
