/** What voids a block is blind to what its servers cost. */
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Load } from '../load/client.js';
import { loadClient } from '../load/clients.js';
import { readAllowedCpus } from '../probe/proc.js';
import { parseCpuWithEnded } from '../probe/process-tree.js';
import { readParsed } from '../probe/reading.js';
import { THRESHOLDS } from '../results/thresholds.js';
import { repositoryRoot } from '../root.js';
import type { Stats } from '../server/control.js';
import { startServer } from '../server/start.js';
import { sleep } from '../server/wait.js';
import { foreignCpuCheck } from './checks.js';
import { type Span, SpanWatch } from './span.js';
import {
  benchOf,
  calm,
  cpusForTests,
  fixtureBuilt,
  LIMITS,
  planOf,
  startStranger,
} from './testing.js';

const CONNECTIONS = 300;
const WINDOW_MS = 500;

const cpuUsOf = ({ user_cpu_us: user = 0, system_cpu_us: system = 0 }: Stats) => user + system;

interface Seen {
  readonly span: Span;
  /** CPU time of server and harness, by their own rusage, us. */
  readonly reportedUs: number;
  readonly serverUs: number;
  readonly requests: number;
}

/** A thread-per-connection server at work, between two looks. */
async function spanOf(...flags: string[]): Promise<Seen> {
  const command = [path.join(repositoryRoot(), 'build', 'Release', 'thread-per-connection')];
  const built = { ...fixtureBuilt('thread-per-connection'), command };
  const { serverCpus, clientCpus } = cpusForTests();
  const launch = { cpus: serverCpus, mode: 'http', args: flags } as const;
  const server = await startServer(built, launch, LIMITS, calm);
  try {
    const load: Load = {
      target: { host: '127.0.0.1', port: server.ready.port },
      connections: CONNECTIONS,
      mode: { kind: 'closed', pipeline: 1 },
      seed: 'x',
      cpus: clientCpus,
      exchange: { kind: 'http', path: '/', expectedBody: Buffer.from('I am server!') },
      durationMsMax: 20_000,
      drainMs: 1000,
    };
    const session = await loadClient('native').open(load);
    const first = await server.stats();
    const harness = process.cpuUsage();
    const watch = new SpanWatch(benchOf('thread-per-connection'));
    session.start();
    session.openWindow();
    await sleep(WINDOW_MS, calm);
    session.closeWindow();
    await session.pause();
    const span = watch.end();
    const { user, system } = process.cpuUsage(harness);
    const last = await server.stats();
    await session.close();
    const serverUs = cpuUsOf(last) - cpuUsOf(first);
    const requests = Number(last.requests) - Number(first.requests);
    return { span, reportedUs: serverUs + user + system, serverUs, requests };
  } finally {
    await server.kill();
  }
}

/** Ticks of 10 ms at both ends, of two processes. */
const TICKS_US = 60_000;

function expectOurs({ span, reportedUs }: Seen): void {
  const kernelUs = span.machine.kernel_threads_us?.value ?? 0;
  const ours = (span.oursUs ?? Number.NaN) - kernelUs;
  expect(Math.abs(ours - reportedUs)).toBeLessThan(TICKS_US + 0.1 * reportedUs);
}

test('all CPU time of hundreds of threads is ours', async () => {
  const seen = await spanOf();
  // Or nothing has been compared.
  expect(seen.serverUs).toBeGreaterThan(50_000);
  expectOurs(seen);
});

test('a server that works much more per request is no more foreign for it', async () => {
  const [plain, slowed] = [await spanOf(), await spanOf('--inject-us', '100')];
  const each = ({ serverUs, requests }: Seen) => serverUs / requests;
  expect(each(slowed)).toBeGreaterThan(3 * each(plain));
  expectOurs(slowed);
});

test('a program of somebody else is seen, however busy our own are', async () => {
  const stranger = await startStranger();
  const cpuUs = () => {
    const us = readParsed(`/proc/${stranger.pid}/stat`, parseCpuWithEnded);
    return us.ok ? us.value : Number.NaN;
  };
  try {
    const watch = new SpanWatch(
      benchOf('good', { plan: planOf(['good'], { placement: allCpus() }) }),
    );
    const before = cpuUs();
    // Until it has had its share, however busy the machine.
    while (cpuUs() - before < 200_000) await sleep(20, calm);
    const used = cpuUs() - before;
    const { cpu, oursUs, machine } = watch.end();
    if (!cpu.ok || oursUs === null) throw new Error('nothing known');
    expect(machine.kernel_threads_us).toBeDefined();
    expect(cpu.value.busyUs - oursUs).toBeGreaterThan(used - TICKS_US);
    const all = { foreign_cpu_percent: { warn: 0, void: null, unit: '%' } };
    expect(foreignCpuCheck({ ...THRESHOLDS, ...all }, cpu, oursUs).level).toBe('warn');
  } finally {
    await stranger.end();
  }
});

/** The stranger runs where it likes. */
function allCpus() {
  const allowed = readAllowedCpus('self');
  if (!allowed.ok) throw new Error(allowed.why);
  return { serverCpus: [...allowed.value], clientCpus: [] };
}
