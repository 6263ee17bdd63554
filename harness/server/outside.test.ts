import path from 'node:path';
import { expect, test } from 'vitest';
import { shortestForm } from '../conformance/short-form.js';
import { readUsage } from '../probe/process.js';
import {
  calm,
  cpusForTests,
  FIXTURES,
  fixtureBuilt,
  groupIsAlive,
  LIMITS,
} from '../run/testing.js';
import type { Built } from './built.js';
import { trackedGroups } from './groups.js';
import { fillPlace } from './outside.js';
import { startServer } from './start.js';

const cpus = cpusForTests().serverCpus;
const launch = { cpus, mode: 'http', args: [] } as const;

const asked = (built: Built) => ({
  built,
  cpus,
  args: [],
  workloads: [],
  limits: LIMITS,
  signal: calm,
});
const place = (name: string) => `\${${name}}`;

function outside(...words: string[]): Built {
  const built = fixtureBuilt('outside');
  const variant = { ...built.variant, control: 'none' as const, reply: 'I am outside' };
  const file = path.join(FIXTURES, 'outside.mjs');
  const command = [process.execPath, file, place('host'), place('port'), ...words];
  return { ...built, variant, command };
}

test('a server without control gets its port, pinned, checked and stopped', async () => {
  const { ready, wrong } = await shortestForm(asked(outside()));
  expect(ready).toMatchObject({ event: 'ready', variant: 'outside' });
  expect(wrong).toBeNull();
  expect(trackedGroups()).toEqual([]);
});

test('its stats line is an instant, and /proc tells the rest of every process', async () => {
  const server = await startServer(outside('forks'), launch, LIMITS, calm);
  try {
    const { event, monotonic_ns, ...rest } = await server.stats();
    expect(event).toBe('stats');
    expect(monotonic_ns).toBeLessThanOrEqual(Number(process.hrtime.bigint()));
    expect(rest).toEqual({});
    expect(server.pids).toHaveLength(2);
    const both = readUsage(server.pids);
    const one = readUsage(server.pid);
    expect(both.processes).toBe(2);
    const bytes = (usage: typeof one) => (usage.peakRss.ok ? usage.peakRss.value : 0);
    expect(bytes(both)).toBeGreaterThan(bytes(one));
  } finally {
    await server.kill();
  }
  expect(await groupIsAlive(server.pid)).toBe(false);
});

test('one that ends before it listens is a fault, with how it ended', async () => {
  await expect(startServer(outside('exits'), launch, LIMITS, calm)).rejects.toMatchObject({
    kind: 'start',
    message: 'outside ended with exit status 3 before it was ready',
  });
});

test('one with another reply than it declares is a fault', async () => {
  const built = outside();
  const other = { ...built, variant: { ...built.variant, reply: 'Hello' } };
  await expect(shortestForm(asked(other))).rejects.toMatchObject({
    kind: 'wrong-answer',
    message: expect.stringMatching(/three requests wrongly: .*got "I am outside", not "Hello"$/),
  });
});

test('its own stop command ends it', async () => {
  const stop = ['kill', '-KILL', place('pid')];
  const server = await startServer({ ...outside(), stop }, launch, LIMITS, calm);
  expect(await server.stop()).toMatchObject({ event: 'stats' });
});

test('placeholders are filled in wherever they stand', () => {
  const words = ['a', `--at=${place('host')}:${place('port')}`, place('cpus'), place('other')];
  const filled = fillPlace(words, { host: 'h', port: 1, cpus: [0, 1, 2] });
  expect(filled).toEqual(['a', '--at=h:1', '0,1,2', place('other')]);
});
