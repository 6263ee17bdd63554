import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repositoryRoot } from '../root.js';
import { addon } from './addon.js';
import { histogramOf } from './histogram.js';
import { answering, BODY, type FakeServer, fakeServer, until } from './testing.js';

const ADDON = path.join(repositoryRoot(), 'build', 'Release', 'iomodels.node');

let server: FakeServer;
beforeAll(async () => {
  server = await fakeServer(answering());
});
afterAll(() => server.close());

/** A program that opens a load on the server, with `rest` to follow. */
function script(rest: string, options = '', port = server.port): string {
  return `
    const { Generator } = require(${JSON.stringify(ADDON)});
    const options = { host: '127.0.0.1', port: ${port}, connections: 16, exchange: 'http', pipeline: 1, path: '/',
      expected: Buffer.from('${BODY}'), open: null, cpus: [0], connectTimeoutMs: 60000,
      timeoutMs: 60000, ${options} };
    const loop = new Generator(options);
    (async () => { ${rest} })();`;
}

/** Runs it to its end. `shell` may come before node on the command line, for limits. */
async function run(source: string, shell = ''): Promise<{ code: unknown; output: string }> {
  const child = spawn('/bin/sh', ['-c', `${shell} exec "$0" "$@"`, process.execPath, '-e', source]);
  const output = Promise.all([text(child.stdout), text(child.stderr)]);
  const [code, signal] = await once(child, 'close');
  return { code: signal ?? code, output: (await output).join('') };
}

describe('teardown', () => {
  test('process.exit while the load runs', async () => {
    const source = script(`await loop.open(); loop.start(); loop.openWindow();
      while (loop.snapshot().completed < 100) await new Promise(setImmediate);
      process.exit(7);`);
    expect(await run(source)).toEqual({ code: 7, output: '' });
  });

  test('process.exit while close() is under way', async () => {
    const source = script('await loop.open(); loop.start(); loop.close(); process.exit(7);');
    expect(await run(source)).toEqual({ code: 7, output: '' });
  });

  test('process.exit while it connects to a server that does not accept', async () => {
    const listen = `const server = require('net').createServer()
      .listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));`;
    const stalled = spawn(process.execPath, ['-e', listen]);
    try {
      const [line] = await once(stalled.stdout, 'data');
      stalled.kill('SIGSTOP');
      const port = Number(line);
      const source = script(
        `loop.open().catch(() => {});
         const waiting = new RegExp(':${port.toString(16).padStart(4, '0')} 02 ', 'i');
         while (!waiting.test(require('fs').readFileSync('/proc/net/tcp', 'latin1')))
           await new Promise(setImmediate);
         process.exit(7);`,
        'connections: 1000',
        port,
      );
      expect(await run(source)).toEqual({ code: 7, output: '' });
    } finally {
      stalled.kill('SIGKILL');
    }
  });

  test('a worker thread that ends while its load runs', async () => {
    const inner = script(`await loop.open(); loop.start();
      while (loop.snapshot().completed < 100) await new Promise(setImmediate);
      require('worker_threads').parentPort.postMessage('running');`);
    const source = `
      const { Worker } = require('worker_threads');
      const worker = new Worker(${JSON.stringify(inner)}, { eval: true });
      worker.once('message', async () => { await worker.terminate(); process.exitCode = 7; });`;
    expect(await run(source)).toEqual({ code: 7, output: '' });
  });

  test('a load that nobody finished does not keep the process alive', async () => {
    expect(await run(script('await loop.open(); loop.start();'))).toEqual({ code: 0, output: '' });
  });

  test('a load that was never opened', async () => {
    expect(await run(script('process.exitCode = 7;'))).toEqual({ code: 7, output: '' });
  });
});

test('too few open files: the message says how to raise the limit', async () => {
  const source = script(
    'await loop.open().catch((error) => console.log(error.message));',
    'connections: 100',
  );
  const { code, output } = await run(source, 'ulimit -n 64;');
  expect(output).toMatch(
    /^connection \d+ of 100 to 127\.0\.0\.1:\d+ failed: Too many open files\. .*ulimit -n 356\n$/,
  );
  expect(code).toBe(0);
});

describe('pinProcess', () => {
  let child: ChildProcess;
  beforeAll(async () => {
    child = spawn(process.execPath, ['-e', 'console.log("up"); setInterval(() => {}, 1000)']);
    await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
  });
  afterAll(async () => {
    child.kill('SIGKILL');
    await once(child, 'close');
  });

  test('all threads of a process', () => {
    const pid = child.pid as number;
    addon().pinProcess(pid, [0]);
    const tasks = readdirSync(`/proc/${pid}/task`);
    expect(tasks.length).toBeGreaterThan(1);
    for (const task of tasks) {
      const status = readFileSync(`/proc/${pid}/task/${task}/status`, 'utf8');
      expect(status).toMatch(/^Cpus_allowed_list:\s+0$/m);
    }
  });

  test('refuses in words', () => {
    const pid = child.pid as number;
    expect(() => addon().pinProcess(pid, [1000])).toThrow(/cannot pin to CPU 1000: .*may use/);
    expect(() => addon().pinProcess(pid, [0, 4000])).toThrow(/no such CPU/);
    expect(() => addon().pinProcess(pid, [])).toThrow(/empty list/);
    expect(() => addon().pinProcess(2 ** 30, [0])).toThrow(/no such process/);
    expect(() => addon().pinProcess(pid, ['0'] as unknown as number[])).toThrow(TypeError);
  });
});

test('both histograms agree: buckets exactly, percentiles to one sample', async () => {
  const { Generator } = addon();
  const loop = new Generator({
    host: '127.0.0.1',
    port: server.port,
    connections: 8,
    silent: 0,
    readBytesPerS: 0,
    upstreamFd: -1,
    exchange: 'http',
    pipeline: 2,
    path: '/',
    expected: Buffer.from(BODY),
    open: null,
    cpus: [0],
    connectTimeoutMs: 5000,
    timeoutMs: 5000,
    drainMs: 1000,
  });
  await loop.open();
  loop.start();
  loop.openWindow();
  await until(() => loop.snapshot().completed > 5000);
  loop.closeWindow();
  const { window } = await loop.pause();
  await loop.close();
  const { buckets, percentiles } = window.service;
  const histogram = histogramOf(buckets);
  expect(histogram.count).toBe(window.ok);

  // The two libraries round the rank of a percentile differently, so they may name neighbouring
  // samples.
  const values: number[] = [];
  for (let i = 0; i < buckets.length; i += 2) values.push(buckets[i] as number);
  const bucketOf = (value: number) => values.findLastIndex((lowest) => lowest <= value);
  for (const name of ['p50', 'p90', 'p99', 'p999'] as const) {
    const distance = bucketOf(histogram[name]) - bucketOf(percentiles[name]);
    expect(Math.abs(distance), name).toBeLessThanOrEqual(1);
  }
});
