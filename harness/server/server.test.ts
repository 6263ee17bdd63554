import { readFileSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { LoadError } from '../load/client.js';
import type { RunLimits } from '../run/limits.js';
import { calm, cpusForTests, fixtureBuilt, groupIsAlive, LIMITS } from '../run/testing.js';
import type { Built } from './built.js';
import { withClient } from './client.js';
import { ServerFault } from './fault.js';
import { OK, request } from './messages.js';
import { launchServer, startServer } from './start.js';
import { Interrupted } from './wait.js';

const { serverCpus } = cpusForTests();
const start = (built: Built, limits: Partial<RunLimits> = {}, signal = calm) =>
  startServer(
    built,
    { cpus: serverCpus, mode: 'http', args: [] },
    { ...LIMITS, ...limits },
    signal,
  );

async function faultOf(promise: Promise<unknown>): Promise<ServerFault> {
  const error = await promise.then(
    () => new Error('no fault'),
    (failure: unknown) => failure,
  );
  if (error instanceof ServerFault) return error;
  throw error;
}

test('a good server is ready, counts, and stops with a last line', async () => {
  const server = await start(fixtureBuilt('good'));
  expect(server.ready).toMatchObject({ event: 'ready', variant: 'good', mode: 'http' });
  const first = await server.stats();
  const second = await server.stats();
  expect(second.monotonic_ns).toBeGreaterThan(first.monotonic_ns);
  expect(await server.stop()).toMatchObject({ event: 'stats', final: true });
  expect(await groupIsAlive(server.pid)).toBe(false);
});

afterEach(() => void vi.unstubAllEnvs());

test('whatever the shell exports, a server has the garbage collector that Go gives it', async () => {
  vi.stubEnv('GOGC', '5');
  vi.stubEnv('GOMEMLIMIT', '1MiB');
  const servers = [await start(fixtureBuilt('good')), launchServer(fixtureBuilt('good'), [])];
  for (const server of servers) {
    const environment = readFileSync(`/proc/${server.launchedPid}/environ`, 'utf8').split('\0');
    expect(environment.filter((line) => /^GO(GC|MEMLIMIT)=/.test(line)).sort()).toEqual([
      'GOGC=',
      'GOMEMLIMIT=',
    ]);
    await server.kill();
  }
});

test('a server of a check keeps its lines, is asked until it has counted, and loses its pipes', async () => {
  const server = await startServer(fixtureBuilt('good'), { args: [] });
  await withClient(server.port, async (client) => {
    const counts = await server.countsWhere(({ accepts }) => accepts === 1, 'a connection');
    expect(counts).not.toHaveProperty('event');
    await client.send(request());
    await client.expect(OK);
  });
  expect(server.lines[0]).toContain('"event":"ready"');
  expect(server.lines.length).toBeGreaterThan(1);
  server.abandon();
  // It ends in whatever way: its last line has nowhere to go.
  await server.exit();
  expect(await server.ending()).toMatch(/^(exit status|signal) /);
  expect(await groupIsAlive(server.pid)).toBe(false);
});

test.each([
  {
    name: 'exits-at-start',
    limits: {},
    kind: 'start',
    message: 'exits-at-start ended with exit status 1 before it was ready',
    output: 'bind: Address already in use (127.0.0.1:80)',
  },
  {
    name: 'garbage-ready',
    limits: {},
    kind: 'garbage-ready',
    message:
      'garbage-ready printed "Server listening on port 8080" where a ready line was expected (not JSON)',
    output: 'config loaded',
  },
  {
    name: 'never-ready',
    limits: { readyMs: 3000 },
    kind: 'ready-timeout',
    message: 'never-ready printed no ready line within 3000 ms',
    output: 'waiting for the database',
  },
])('$name: one message with the remedy and the last output', async (expected) => {
  const fault = await faultOf(start(fixtureBuilt(expected.name), expected.limits));
  expect(fault).toMatchObject({ kind: expected.kind, message: expected.message });
  expect(fault.output).toBe(expected.output);
  expect(fault.remedy).toContain('start it by hand: cd ');
  expect(fault.remedy).toContain(`servers.mjs ${expected.name} --listen 127.0.0.1:0 --cpus `);
});

test('a program that is not there is a start fault that names it', async () => {
  const built = { ...fixtureBuilt('good'), command: ['/nowhere/server'] };
  const fault = await faultOf(start(built));
  expect(fault.kind).toBe('start');
  expect(fault.message).toContain('could not be started');
  expect(fault.message).toContain('/nowhere/server');
});

test('stats that never come are a fault, and the server can still be killed', async () => {
  const server = await start(fixtureBuilt('refuses-stats'), { answerMs: 300 });
  const fault = await faultOf(server.stats());
  expect(fault).toMatchObject({
    kind: 'stats',
    message: 'refuses-stats did not answer `stats` within 300 ms',
  });
  await server.kill();
  expect(await groupIsAlive(server.pid)).toBe(false);
});

test('stats without a required key name the key', async () => {
  const server = await start(fixtureBuilt('wrong-rusage'));
  const fault = await faultOf(server.stats());
  expect(fault.kind).toBe('stats');
  expect(fault.message).toContain('voluntary_switches: ');
  await server.kill();
});

test('a server that dies ends everything that is raced against its death', async () => {
  const server = await start(fixtureBuilt('good'));
  const never = new Promise<void>(() => {});
  const guarded = faultOf(server.guard(never));
  process.kill(server.pid, 'SIGSEGV');
  expect(await guarded).toMatchObject({
    kind: 'died',
    message: 'good ended with signal SIGSEGV while it was measured',
  });
  expect(await faultOf(server.stats())).toMatchObject({ kind: 'died' });
});

test('a broken connection of a dying server is reported as its death', async () => {
  const server = await start(fixtureBuilt('good'));
  process.kill(server.pid, 'SIGKILL');
  expect(await server.rootOf(new LoadError('ECONNRESET'))).toMatchObject({ kind: 'died' });
});

test('a server that ignores SIGTERM is killed and named', async () => {
  const server = await start(fixtureBuilt('ignores-sigterm'), { stopMs: 300 });
  expect(await faultOf(server.stop())).toMatchObject({
    kind: 'stop',
    message: 'ignores-sigterm did not end within 300 ms of SIGTERM and was killed',
  });
  expect(await groupIsAlive(server.pid)).toBe(false);
});

test('a bad exit status after SIGTERM is a fault with the last output', async () => {
  const server = await start(fixtureBuilt('crashes-at-stop'));
  const fault = await faultOf(server.stop());
  expect(fault.message).toBe('crashes-at-stop ended with exit status 6 after SIGTERM, not with 0');
  expect(fault.output).toBe('free(): invalid pointer');
});

test('what a server has started ends with it, even when it holds the pipes', async () => {
  const server = await start(fixtureBuilt('grandchild'));
  await server.stop();
  expect(server.output()).toMatch(/^helper \d+$/);
  expect(await groupIsAlive(server.pid)).toBe(false);
});

test('what went to a session of its own is ended, and is a fault of the server', async () => {
  const server = await start(fixtureBuilt('leaves'));
  const fault = await faultOf(server.stop());
  expect(fault.kind).toBe('stop');
  const [, pid] = /left process (\d+) running in a session of its own/.exec(fault.message) ?? [];
  expect(await groupIsAlive(Number(pid))).toBe(false);
});

test('a server that goes on in the background is ended, and the fault says so', async () => {
  const server = await start(fixtureBuilt('background'));
  const fault = await faultOf(server.guard(new Promise(() => {})));
  expect(fault.kind).toBe('died');
  expect(fault.message).toMatch(/exit status 0.*left process \d+ .*stays in the foreground/);
  expect(await groupIsAlive(server.pid)).toBe(false);
});

test('a port that stays open is freed, and is a fault of the server', async () => {
  const server = await start(fixtureBuilt('keeps-port'));
  const fault = await faultOf(server.stop());
  expect(fault.kind).toBe('stop');
  const [, pid] = /left its port \d+ open in process (\d+)/.exec(fault.message) ?? [];
  expect(await groupIsAlive(Number(pid))).toBe(false);
});

test('an interruption ends a start in progress and leaves nothing', async () => {
  const abort = new AbortController();
  const starting = start(fixtureBuilt('never-ready'), {}, abort.signal);
  setImmediate(() => abort.abort('SIGINT'));
  await expect(starting).rejects.toBeInstanceOf(Interrupted);
});
