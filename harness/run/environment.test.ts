import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../root.js';
import { readEnvironment, readHarness } from './environment.js';
import { calm, fixtureBuilt } from './testing.js';

test('facts of the system, completed by node, compiler and one key per toolchain', async () => {
  const built = fixtureBuilt('good');
  const launch = { command: ['x'], version: ['/opt/go/bin/go', 'version'] };
  const toolchain = 'go version go1.26.8 linux/amd64';
  const go = { ...built, variant: { ...built.variant, launch }, toolchain };
  const environment = await readEnvironment({ kernel: 'k' }, [built, go], repositoryRoot(), calm);
  expect(environment).toEqual({
    kernel: 'k',
    hardware_counters: expect.stringMatching(/^all$|^none: .|; not /),
    node: process.version,
    libuv: process.versions.uv,
    libc: expect.stringMatching(/^glibc \d+\.\d+$/),
    package_lock_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    compiler: expect.stringMatching(/\d+\.\d+/),
    go: toolchain,
  });
});

test('the harness names its version; without git the rest is null', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'iomodels-environment-'));
  await writeFile(path.join(folder, 'package.json'), '{"name":"iomodels","version":"9.8.7"}');
  expect(await readHarness(folder, calm)).toEqual({ version: '9.8.7', commit: null, dirty: null });
  await rm(folder, { recursive: true });
});
