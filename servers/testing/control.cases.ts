/** docs/PROTOCOL.md, sections 1 and 2: flags, the ready line, stats. */
import { readdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { expect, test } from 'vitest';
import { withClient } from './client.js';
import { OK, request } from './messages.js';
import { type Exit, type Line, Server, withServer } from './server.js';
import type { Suite } from './suite.js';

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
export function controlCases(suite: Suite): void {
  readyCases(suite);
  statsCases(suite);
  refusalCases(suite);
}

function readyCases(suite: Suite): void {
  const modes = suite.variant.serves.modes;
  test.each(modes)('prints the ready line first, with its keys and values (%s)', async (mode) => {
    const cpu = allowedCpus()[0] ?? 0;
    await withServer(suite.program, ['--mode', mode, '--cpus', String(cpu)], async (server) => {
      const { ready } = server;
      expect(ready).toMatchObject({
        event: 'ready',
        pid: server.pid,
        variant: suite.variant.name,
        mode,
      });
      expect(Object.keys(ready)).toEqual(expect.arrayContaining(READY_KEYS));
      expectDescriptions(ready);
      expect(ready.port).toSatisfy((port) => Number.isInteger(port) && port > 0 && port < 65536);
      expect(ready.workers).toSatisfy((workers) => Number.isInteger(workers) && workers >= 1);
      expect(server.lines).toHaveLength(1);
    });
  });

  test('listens on the port it was told', async () => {
    const port = await freePort();
    const server = await Server.start(suite.program, ['--listen', `127.0.0.1:${port}`]);
    try {
      expect(server.port).toBe(port);
    } finally {
      await server.kill();
    }
  });

  test('keeps every thread on the CPUs of --cpus', async () => {
    for (const cpu of allowedCpus()) {
      await withServer(suite.program, ['--cpus', String(cpu)], async ({ pid }) => {
        const lists = readdirSync(`/proc/${pid}/task`).map((thread) =>
          field(`/proc/${pid}/task/${thread}/status`, 'Cpus_allowed_list'),
        );
        expect(new Set(lists)).toEqual(new Set([String(cpu)]));
      });
    }
  });

  test('takes CPU lists with commas and ranges', async () => {
    const [first = 0, ...others] = allowedCpus();
    const last = others.at(-1) ?? first;
    const isRange = last - first === others.length;
    const list = isRange ? `${first}-${last}` : [first, ...others].join(',');
    await withServer(suite.program, ['--cpus', list], async ({ pid }) => {
      const allowed = field(`/proc/${pid}/status`, 'Cpus_allowed_list');
      expect(expandCpus(allowed)).toEqual(allowedCpus());
    });
  });
}

/** A server may say more about itself: in words, or as whole numbers. */
function expectDescriptions(ready: Line): void {
  for (const [key, value] of Object.entries(ready)) {
    expect(key).toMatch(/^[a-z][a-z_]*$/);
    const isText = typeof value === 'string' && value !== '';
    expect(isText || (Number.isInteger(value) && Number(value) >= 0), key).toBe(true);
  }
}

function statsCases(suite: Suite): void {
  test('answers each stats line with one line that has the required keys', async () => {
    const stats = await suite.server.stats();
    expect(stats.event).toBe('stats');
    expect(Object.keys(stats)).toEqual(expect.arrayContaining(STATS_REQUIRED));
    expect(stats).not.toHaveProperty('final');
    const before = suite.server.lines.length;
    suite.server.write('stats\nstats\nstats\n');
    await suite.server.statsWhere(() => suite.server.lines.length >= before + 3, 'three lines');
  });

  test('leaves out what it cannot count: whole numbers, never null', async () => {
    const { event, ...counts } = await suite.server.stats();
    for (const [key, count] of Object.entries(counts)) {
      expect(key).toMatch(/^[a-z][a-z_]*$/);
      expect(count, key).toSatisfy((value) => Number.isInteger(value) && value >= 0);
    }
    expect(event).toBe('stats');
  });

  test('never counts backwards', async () => {
    let earlier = await suite.server.stats();
    for (let round = 0; round < 5; round++) {
      await withClient(suite.server.port, async (client) => {
        await client.send(request('/'));
        await client.take(OK.length);
      });
      const { event: _, connections_open: __, ...later } = await suite.server.stats();
      for (const [key, count] of Object.entries(later)) {
        expect(count, key).toBeGreaterThanOrEqual(earlier[key] ?? 0);
      }
      earlier = later;
    }
  });

  test('reads monotonic_ns from CLOCK_MONOTONIC', async () => {
    const before = Number(process.hrtime.bigint());
    const { monotonic_ns } = await suite.server.stats();
    const after = Number(process.hrtime.bigint());
    // The line is a double when it is parsed: beyond 104 days of uptime it is rounded to 2 ns or
    // more.
    expect(monotonic_ns).toBeGreaterThan(before - 1000);
    expect(monotonic_ns).toBeLessThan(after + 1000);
  });

  test('gives max_rss_bytes in bytes, of this program alone', async () => {
    const status = `/proc/${suite.server.pid}/status`;
    const before = Number.parseInt(field(status, 'VmHWM'), 10) * 1024;
    const { max_rss_bytes } = await suite.server.stats();
    const after = Number.parseInt(field(status, 'VmHWM'), 10) * 1024;
    expect(max_rss_bytes).toBeGreaterThanOrEqual(before);
    expect(max_rss_bytes).toBeLessThanOrEqual(after);
  });

  test('prints nothing but JSON lines', async () => {
    await suite.server.stats();
    for (const line of suite.server.lines) expect(JSON.parse(line)).toHaveProperty('event');
  });
}

function refusalCases(suite: Suite): void {
  test.each([
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
  ])('refuses %s: status 2 and one line on stderr', async (_, args) => {
    const { server, exit } = await runToEnd(suite, args);
    expect(exit).toEqual({ code: 2, signal: null });
    expect(server.stderr).toMatch(/^[^\n]+\n$/);
    expect(server.lines).toEqual([]);
  });

  test('says that an address is in use: status 1 and one line that names the call', async () => {
    const { server, exit } = await runToEnd(suite, ['--listen', `127.0.0.1:${suite.server.port}`]);
    expect(exit).toEqual({ code: 1, signal: null });
    expect(server.stderr).toMatch(/^[^\n]*(bind|listen)[^\n]*\n$/);
    expect(server.lines).toEqual([]);
  });

  test('says that a CPU is not there: status 1 and one line that names the call', async () => {
    const { server, exit } = await runToEnd(suite, ['--cpus', '1023']);
    expect(exit).toEqual({ code: 1, signal: null });
    expect(server.stderr).toMatch(/^[^\n]*affinity[^\n]*\n$/);
    expect(server.lines).toEqual([]);
  });
}

async function runToEnd(
  suite: Suite,
  args: readonly string[],
): Promise<{ server: Server; exit: Exit }> {
  const server = new Server(suite.program, args);
  try {
    return { server, exit: await server.exit() };
  } finally {
    await server.kill();
  }
}

async function freePort(): Promise<number> {
  const listener = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => listener.once('listening', resolve));
  const { port } = listener.address() as net.AddressInfo;
  await new Promise((resolve) => listener.close(resolve));
  return port;
}

/** The CPUs that this test process may use. */
function allowedCpus(): number[] {
  return expandCpus(field('/proc/self/status', 'Cpus_allowed_list'));
}

function expandCpus(list: string): number[] {
  return list.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** A field of a /proc status file. */
function field(file: string, name: string): string {
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${name}:`));
  if (line === undefined) throw new Error(`${file} has no ${name}`);
  return line.slice(name.length + 1).trim();
}
