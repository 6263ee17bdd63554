/** docs/PROTOCOL.md, sections 1 and 2: flags, the ready line, stats. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readAllowedCpus } from '../../probe/proc.js';
import { withClient } from '../../server/client.js';
import type { Ready } from '../../server/control.js';
import { freePort } from '../../server/outside.js';
import type { Exit } from '../../server/process.js';
import type { Server } from '../../server/server.js';
import { launchServer } from '../../server/start.js';
import { ask } from '../ask.js';
import type { Add, Suite } from '../case.js';
import { withServer } from '../with-server.js';

const READY_KEYS = ['event', 'port', 'pid', 'variant', 'mode', 'workers'];
const STATS_REQUIRED = [
  'event',
  'monotonic_ns',
  'user_cpu_us',
  'system_cpu_us',
  'voluntary_switches',
  'involuntary_switches',
  'max_rss_bytes',
];
const REFUSED: ReadonlyArray<readonly [name: string, args: readonly string[]]> = [
  ['an unknown flag', ['--no-such-flag']],
  ['an argument that is no flag', ['surplus']],
  ['--listen without a port', ['--listen', '127.0.0.1']],
  ['--listen with a name', ['--listen', 'localhost:0']],
  ['--listen with a port out of range', ['--listen', '127.0.0.1:65536']],
  ['--cpus with a word', ['--cpus', 'all']],
  ['--cpus with an open range', ['--cpus', '0-']],
  ['--cpus with an empty list', ['--cpus', '']],
  ['--mode with another word', ['--mode', 'https']],
  ['--upstream without a port', ['--upstream', '127.0.0.1']],
];

export function readyCases(suite: Suite, add: Add): void {
  for (const mode of suite.variant.serves.modes) {
    add(`prints the ready line first, with its keys and values (${mode})`, () =>
      expectReady(suite, mode),
    );
  }

  add('listens on the port it was told', async () => {
    const port = await freePort('127.0.0.1');
    const server = launchServer(suite.program, ['--listen', `127.0.0.1:${port}`]);
    try {
      await server.untilReady();
      assert.equal(server.port, port);
    } finally {
      await server.kill();
    }
  });

  pinningCase(suite, add);

  add('takes CPU lists with commas and ranges', async () => {
    const [first = 0, ...others] = allowedCpus();
    const last = others.at(-1) ?? first;
    const isRange = last - first === others.length;
    const list = isRange ? `${first}-${last}` : [first, ...others].join(',');
    await withServer(suite.program, ['--cpus', list], async ({ launchedPid }) => {
      assert.deepEqual(allowedCpus(launchedPid), allowedCpus());
    });
  });
}

export function pinningCase(suite: Suite, add: Add): void {
  add('keeps every thread on the CPUs of --cpus', async () => {
    for (const cpu of allowedCpus()) {
      await withServer(suite.program, ['--cpus', String(cpu)], async ({ launchedPid }) => {
        assert.deepEqual(allowedCpus(launchedPid), [cpu], `with --cpus ${cpu}`);
      });
    }
  });
}

async function expectReady(suite: Suite, mode: string): Promise<void> {
  const flags = ['--mode', mode, '--cpus', String(allowedCpus()[0] ?? 0)];
  await withServer(suite.program, flags, async (server) => {
    const { ready, launchedPid: pid } = server;
    expectKeys(ready, READY_KEYS);
    const { name } = suite.variant;
    const { event, variant } = ready;
    const wanted = { event: 'ready', pid, variant: name, mode };
    assert.deepEqual({ event, pid: ready.pid, variant, mode: ready.mode }, wanted);
    expectDescriptions(ready);
    assert.ok(Number(ready.port) > 0 && Number(ready.port) < 65536, `port ${ready.port}`);
    assert.ok(Number(ready.workers) >= 1, `workers ${ready.workers}`);
    assert.equal(server.lines.length, 1, 'lines on stdout');
  });
}

function expectKeys(line: object, keys: readonly string[]): void {
  const missing = keys.filter((key) => !(key in line));
  assert.deepEqual(missing, [], 'missing keys');
}

/** A server may say more about itself: in words, or as whole numbers. */
function expectDescriptions(ready: Ready): void {
  for (const [key, value] of Object.entries(ready)) {
    assert.match(key, /^[a-z][a-z_]*$/);
    const isText = typeof value === 'string' && value !== '';
    assert.equal(isText || (Number.isInteger(value) && Number(value) >= 0), true, key);
  }
}

export function statsCases(suite: Suite, add: Add): void {
  add('answers each stats line with one line that has the required keys', async () => {
    const stats = await suite.server.stats();
    assert.equal(stats.event, 'stats');
    expectKeys(stats, STATS_REQUIRED);
    assert.equal('final' in stats, false, 'a final line before the stop');
    suite.server.write('stats\nstats\nstats\n');
    for (let line = 0; line < 3; line++) expectKeys(await suite.server.nextStats(), STATS_REQUIRED);
  });

  add('leaves out what it cannot count: whole numbers, never null', async () => {
    const { event, ...counts } = await suite.server.stats();
    for (const [key, count] of Object.entries(counts)) {
      assert.match(key, /^[a-z][a-z_]*$/);
      assert.ok(Number.isInteger(count) && Number(count) >= 0, `${key} is ${count}`);
    }
    assert.equal(event, 'stats');
  });

  backwardsCase(suite, add);

  add('reads monotonic_ns from CLOCK_MONOTONIC', async () => {
    const before = Number(process.hrtime.bigint());
    const { monotonic_ns } = await suite.server.stats();
    const after = Number(process.hrtime.bigint());
    // The line is a double when it is parsed: beyond 104 days of uptime it is rounded to 2 ns or
    // more.
    const isBetween = monotonic_ns > before - 1000 && monotonic_ns < after + 1000;
    assert.ok(isBetween, `${monotonic_ns} ns is not from ${before} to ${after}`);
  });

  // Before any connection, and the first that is asked of it: a peak that the server remembers from
  // an earlier reading may rightly be above what the kernel says now (docs/PROTOCOL.md).
  add('gives max_rss_bytes in bytes, of this program alone', () =>
    withServer(suite.program, [], async (server) => {
      const status = `/proc/${server.launchedPid}/status`;
      const before = Number.parseInt(field(status, 'VmHWM'), 10) * 1024;
      const { max_rss_bytes = 0 } = await server.stats();
      const after = Number.parseInt(field(status, 'VmHWM'), 10) * 1024;
      const isBetween = max_rss_bytes >= before && max_rss_bytes <= after;
      assert.ok(isBetween, `${max_rss_bytes} bytes are not from ${before} to ${after}`);
    }),
  );

  add('prints nothing but JSON lines', async () => {
    await suite.server.stats();
    for (const line of suite.server.lines) expectKeys(JSON.parse(line), ['event']);
  });
}

export function backwardsCase(suite: Suite, add: Add): void {
  add('never counts backwards', async () => {
    const { server, variant } = suite;
    let earlier = await server.counts();
    for (let round = 0; round < 5; round++) {
      await withClient(server.port, (client) => ask(client, variant));
      const { connections_open: _, ...later } = await server.counts();
      for (const [key, count] of Object.entries(later)) {
        assert.ok(count >= (earlier[key] ?? 0), `${key} fell from ${earlier[key]} to ${count}`);
      }
      earlier = later;
    }
  });
}

export function refusalCases(suite: Suite, add: Add): void {
  for (const [name, args] of REFUSED) {
    add(`refuses ${name}: status 2 and one line on stderr`, async () => {
      const { server, exit } = await runToEnd(suite, args);
      assert.deepEqual(exit, { code: 2, signal: null });
      assert.match(server.output(), /^[^\n]+$/);
      assert.deepEqual(server.lines, []);
    });
  }

  add('says that an address is in use: status 1 and one line that names the call', async () => {
    const { server, exit } = await runToEnd(suite, ['--listen', `127.0.0.1:${suite.server.port}`]);
    assert.deepEqual(exit, { code: 1, signal: null });
    assert.match(server.output(), /^[^\n]*(bind|listen)[^\n]*$/);
    assert.deepEqual(server.lines, []);
  });

  add('says that a CPU is not there: status 1 and one line that names the call', async () => {
    const { server, exit } = await runToEnd(suite, ['--cpus', '1023']);
    assert.deepEqual(exit, { code: 1, signal: null });
    assert.match(server.output(), /^[^\n]*affinity[^\n]*$/);
    assert.deepEqual(server.lines, []);
  });
}

async function runToEnd(
  suite: Suite,
  args: readonly string[],
): Promise<{ server: Server; exit: Exit }> {
  const server = launchServer(suite.program, args);
  try {
    return { server, exit: await server.exit() };
  } finally {
    await server.kill();
  }
}

/** The CPUs that all threads of a process, or of this one, may use. */
export function allowedCpus(pid: number | 'self' = 'self'): readonly number[] {
  const cpus = readAllowedCpus(pid);
  if (!cpus.ok) throw new Error(cpus.why);
  return cpus.value;
}

/** A field of a /proc status file. */
function field(file: string, name: string): string {
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${name}:`));
  if (line === undefined) throw new Error(`${file} has no ${name}`);
  return line.slice(name.length + 1).trim();
}
