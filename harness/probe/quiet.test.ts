import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../root.js';
import { tryAbilities } from './abilities.js';
import { spinSentinel } from './native.js';
import { readAllowedCpus } from './proc.js';
import { lookAround } from './quiet.js';
import { readRights } from './rights.js';

const allowed = readAllowedCpus('self');
if (!allowed.ok) throw new Error(allowed.why);
const [cpu = 0, other] = allowed.value;

test('the sentinel spins for its time and reports consistent gaps', async () => {
  const report = await spinSentinel(cpu, 100);
  // The last turn may be a long gap on a busy machine.
  expect(report.elapsedMs).toBeGreaterThanOrEqual(100);
  expect(report.lostShare).toBeGreaterThanOrEqual(0);
  expect(report.lostShare).toBeLessThanOrEqual(1);
  expect(report.turnsPerMs).toBeGreaterThan(0);
  expect(report.gaps > 0).toBe(report.maxGapUs > 50);
});

test('a second spinner on the same CPU is seen as lost time', async () => {
  const reports = await Promise.all([spinSentinel(cpu, 600), spinSentinel(cpu, 600)]);
  const lost = reports.reduce((sum, { lostShare }) => sum + lostShare, 0);
  // Two threads share one CPU: together they cannot run for more than its time. One may start late.
  expect(lost).toBeGreaterThan(0.8);
});

test('a CPU that is not there, and a time out of range', async () => {
  await expect(spinSentinel(1023, 10)).rejects.toThrow('cannot pin a thread to CPU 1023');
  await expect(spinSentinel(100_000, 10)).rejects.toThrow('out of range');
  expect(() => spinSentinel(cpu, 0)).toThrow('ms: expected 1 to 60000');
  expect(() => spinSentinel(cpu, Number.NaN)).toThrow('ms: expected 1 to 60000');
});

test('a process may leave while its sentinel spins', async () => {
  const file = path.join(repositoryRoot(), 'build', 'Release', 'iomodels.node');
  const script = `require(${JSON.stringify(file)}).spinSentinel(${cpu}, 60000);
    setTimeout(() => process.exit(7), 20);`;
  const child = spawn(process.execPath, ['-e', script]);
  const [code] = await once(child, 'exit');
  expect(code).toBe(7);
});

test('a look: every part has a value or a reason', async () => {
  const pair = other === undefined ? null : ([cpu, other] as const);
  const look = await lookAround(allowed.value, pair, 500, (ms) => sleepFor(ms));
  expect(look.sentinels.map((one) => one.cpu)).toEqual(allowed.value);
  for (const { report } of look.sentinels) expect(report.ok).toBe(true);
  expect(look.timer.maxUs).toBeGreaterThanOrEqual(look.timer.p99Us);
  expect(look.timer.p99Us).toBeGreaterThanOrEqual(look.timer.p50Us);
  expect(look.foreignPercent.value).toBeGreaterThanOrEqual(0);
  expect(look.machine.steal_percent).toBeDefined();
  if (pair === null) expect(look.pair.ok).toBe(false);
  else expect(look.pair).toMatchObject({ ok: true, value: { cpus: pair } });
  expect(look.durationMs).toBeGreaterThan(450);
});

test('abilities: each is usable, or says why not', () => {
  const abilities = tryAbilities();
  for (const { name, quality, why } of abilities) {
    if (quality !== 'exact') expect(why, name).toEqual(expect.stringMatching(/\w/));
  }
  const of = (source: string) => abilities.filter((one) => one.source === source);
  expect(of('native addon')).toMatchObject([{ quality: 'exact' }]);
  expect(of('rusage in stats')).toMatchObject([{ quality: 'exact' }]);
  const { perfmon } = readRights();
  const counters = of('perf_event_open').map(({ quality }) => quality);
  if (perfmon) expect(counters).toEqual(['exact', 'exact', 'exact', 'exact']);
  else expect(counters).toHaveLength(4);
});
