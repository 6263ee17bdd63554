/**
 * `--inject-us`, `--inject-syscalls` and `--inject-handoffs` (docs/PROTOCOL.md, section 6): that
 * each adds to a request what it says, in every native server, and that nothing is added without
 * them.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { withServer } from '../harness/conformance/with-server.js';
import type { Variant } from '../harness/plan/variant.js';
import { findProgram } from '../harness/programs.js';
import { type Client, withClient } from '../harness/server/client.js';
import { GREETING, OK, request } from '../harness/server/messages.js';
import type { Counts, Server } from '../harness/server/server.js';
import { launchServer } from '../harness/server/start.js';
import { missingNeed, prepare, VARIANTS } from './testing/variants.js';

const REQUESTS = 200;
const LIMITS = { timeout: 60_000 };
/** So that all of a server's threads share a CPU, as the partners do in any case. */
const ONE_CPU = ['--cpus', String(firstAllowedCpu())];

const natives = VARIANTS.filter(
  (variant) => 'native' in variant.launch && missingNeed(variant) === undefined,
);

function firstAllowedCpu(): number {
  const { stdout } = spawnSync('sh', ['-c', 'grep Cpus_allowed_list /proc/self/status']);
  return Number.parseInt(String(stdout).split(':')[1] ?? '0', 10);
}

async function ask(client: Client, times: number): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    await client.send(request());
    await client.expect(OK);
  }
}

/** Its counters when partners have gone to sleep again: they do so after the answer is sent. */
async function settled(server: Server): Promise<Counts> {
  for (let last = await server.counts(); ; ) {
    await pause(5);
    const now = await server.counts();
    if (now.injected_syscalls === last.injected_syscalls) return now;
    last = now;
  }
}

/** What each of REQUESTS requests adds to each counter, once the connection has been used. */
async function perRequest(variant: Variant, flags: readonly string[]): Promise<Counts> {
  return withServer(await prepare(variant, ''), [...ONE_CPU, ...flags], (server) =>
    withClient(server.port, async (client) => {
      // The first request starts what later ones find there.
      await ask(client, 10);
      const before = await settled(server);
      await ask(client, REQUESTS);
      const after = await settled(server);
      const grown = Object.keys(after).flatMap((key) => {
        const [from, to] = [before[key], after[key]];
        return from === undefined || to === undefined
          ? []
          : [[key, (to - from) / REQUESTS] as const];
      });
      return Object.fromEntries(grown);
    }),
  );
}

const grown = (with_: Counts, without: Counts, key: string) =>
  (with_[key] ?? 0) - (without[key] ?? 0);
const cpuUs = (stats: Counts) => (stats.user_cpu_us ?? 0) + (stats.system_cpu_us ?? 0);
const switches = (stats: Counts) =>
  (stats.voluntary_switches ?? 0) + (stats.involuntary_switches ?? 0);

/** What goes to sleep by the clock, as sysmon does, adds switches to a run that others slow down. */
const MOST_ATTEMPTS = 20;

/** The first run with fewer switches per request than that; else the one with the fewest. */
async function leastDisturbed(
  variant: Variant,
  flags: readonly string[],
  fewerThan: number,
): Promise<Counts> {
  let least = await perRequest(variant, flags);
  for (let runs = 1; switches(least) >= fewerThan && runs < MOST_ATTEMPTS; runs += 1) {
    const next = await perRequest(variant, flags);
    if (switches(next) < switches(least)) least = next;
  }
  return least;
}

/** Policies of the threads of a server that has answered, by sched_getscheduler's numbers. */
async function policiesOf(variant: Variant, flags: readonly string[]): Promise<number[]> {
  return withServer(await prepare(variant, ''), [...ONE_CPU, ...flags], (server) =>
    withClient(server.port, async (client) => {
      await ask(client, 10);
      const tasks = `/proc/${server.pid}/task`;
      const stats = (await readdir(tasks)).map((tid) => readFile(`${tasks}/${tid}/stat`, 'utf8'));
      // policy is field 41; the name, field 2, may hold blanks and ends with the last parenthesis.
      return (await Promise.all(stats)).map((stat) =>
        Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[38]),
      );
    }),
  );
}

const SCHED_BATCH = 3;

describe.each(natives)('$name', LIMITS, (variant) => {
  test('hand-offs leave the scheduling of the threads that serve as it is', async () => {
    const without = await policiesOf(variant, []);
    const with_ = await policiesOf(variant, ['--inject-handoffs', '2']);
    expect(without).not.toContain(SCHED_BATCH);
    const partners = with_.filter((policy) => policy === SCHED_BATCH).length;
    expect(partners).toBeGreaterThan(0);
    // Each partner has an owner, and no owner has become like it.
    expect(with_.length - partners).toBeGreaterThanOrEqual(without.length);
    expect(new Set(with_.filter((policy) => policy !== SCHED_BATCH))).toEqual(new Set(without));
  });

  test('injected system calls are counted apart', async () => {
    const none = await perRequest(variant, []);
    expect(none.injected_syscalls).toBe(0);
    const calls = await perRequest(variant, ['--inject-syscalls', '7']);
    expect(calls.injected_syscalls).toBe(7);
    const { injected_syscalls: futex = 0 } = await perRequest(variant, ['--inject-handoffs', '8']);
    // A sleep that ended for no reason is one more.
    expect(futex).toBeGreaterThanOrEqual(4 * 8);
    expect(futex).toBeLessThan(4 * 8 + 1);
  });

  test('a hand-off is two switches and four futex calls', async () => {
    const without = await perRequest(variant, []);
    for (const handoffs of [1, 8]) {
      const flags = ['--inject-handoffs', String(handoffs)];
      const most = 2 * handoffs + 3;
      const with_ = await leastDisturbed(variant, flags, most);
      // On one CPU nothing happens between the two without a switch, of whichever kind.
      expect(switches(with_)).toBeGreaterThanOrEqual(2 * handoffs);
      // Voluntary ones, but for threads that other processes took the CPU from at the wrong moment.
      expect(with_.voluntary_switches).toBeGreaterThan(handoffs);
      expect(with_.voluntary_switches).toBeLessThan(most);
      const calls = grown(with_, without, 'syscalls');
      // What else a server does for a wake-up is at most a call or two.
      expect(Math.abs(calls - 4 * handoffs)).toBeLessThan(2);
    }
  });

  test('system calls are exactly as many as asked for', async () => {
    const { syscalls = 0, requests } = await perRequest(variant, ['--inject-syscalls', '1000']);
    expect(requests).toBe(1);
    // Those of its own are fewer than ten.
    expect(Math.floor(syscalls / 10)).toBe(100);
  });

  test('CPU time grows by at least as much as asked for', async () => {
    // User time by itself is too coarse: where ticks decide, the sum is what is exact.
    const with_ = await perRequest(variant, ['--inject-us', '500']);
    expect(cpuUs(with_)).toBeGreaterThanOrEqual(500);
    expect(cpuUs(with_)).toBeLessThan(900);
  });

  test('the ready line says what is injected, and says nothing of the rest', async () => {
    const program = await prepare(variant, '');
    await withServer(program, ['--inject-us', '1', '--inject-handoffs', '2'], async (server) => {
      expect(server.ready).toMatchObject({ inject_us: 1, inject_handoffs: 2 });
      expect(server.ready).not.toHaveProperty('inject_syscalls');
    });
    await withServer(program, ['--inject-syscalls', '3'], async ({ ready }) =>
      expect(ready).toMatchObject({ inject_syscalls: 3 }),
    );
    await withServer(program, [], async ({ ready }) =>
      expect(Object.keys(ready).filter((key) => key.startsWith('inject'))).toEqual([]),
    );
  });

  test.each(['us', 'syscalls', 'handoffs'])(
    '--inject-%s takes a number, with a limit',
    async (what) => {
      for (const value of ['-1', 'x', '', '4000000']) {
        const server = launchServer(await prepare(variant, ''), [`--inject-${what}`, value]);
        try {
          expect(await server.exit()).toEqual({ code: 2, signal: null });
          expect(server.output()).toMatch(/^[^\n]*--inject-[^\n]* takes a number up to \d+[^\n]*$/);
        } finally {
          await server.kill();
        }
      }
    },
  );

  test('greetings are injected too, and partners end with their threads', async () => {
    const program = await prepare(variant, '');
    const flags = ['--mode', 'greeting', '--inject-handoffs', '3', '--inject-syscalls', '2'];
    await withServer(program, [...ONE_CPU, ...flags], async (server) => {
      for (let i = 0; i < 20; i += 1) {
        await withClient(server.port, async (client) => {
          await client.send('x');
          expect(await client.rest()).toBe(GREETING);
        });
      }
      const stats = await server.countsWhere((s) => s.connections_open === 0, 'all to be closed');
      expect(switches(stats)).toBeGreaterThan(20 * 2 * 3);
      // Servers, partners, control thread, runtime; but not one partner for each connection.
      const limit = 6 + 2 * Number(server.ready.workers);
      await server.countsWhere(() => threads(server.pid) < limit, 'the partners to end');
    });
  });
});

function threads(pid: number): number {
  const { stdout } = spawnSync('ls', [`/proc/${pid}/task`]);
  return String(stdout).trim().split('\n').length;
}

const lacks = ['strace', '-f', '-qq', '-o', '/dev/null', 'true'];
const canTrace =
  findProgram('strace') !== null && spawnSync(lacks[0] ?? '', lacks.slice(1)).status === 0;

describe.skipIf(!canTrace)('under strace', LIMITS, () => {
  test.each(natives)('$name makes that many calls of getppid per request', async (variant) => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'iomodels-inject-'));
    try {
      const log = path.join(folder, 'calls');
      const program = await prepare(variant, '');
      const command = ['strace', '-f', '-qq', '-e', 'trace=getppid', '-o', log, ...program.command];
      await withServer({ ...program, command }, ['--inject-syscalls', '5'], async (server) => {
        await withClient(server.port, (client) => ask(client, 20));
        server.endStdin();
        await server.exit();
      });
      const calls = (await readFile(log, 'utf8')).match(/getppid\(\)/g) ?? [];
      expect(calls).toHaveLength(20 * 5);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

if (!canTrace) {
  const why =
    'SKIPPED the count of injected system calls: needs strace, and the permission to trace';
  console.warn(why);
  test(why, (context) => context.skip(why));
}
