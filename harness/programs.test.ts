import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { findProgram, nativeFolder, searchPath } from './programs.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'iomodels-programs-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test('a program is found in PATH and in the folders of Go and servers, if it may be run', async () => {
  const file = path.join(folder, 'some-server');
  await writeFile(file, '#!/bin/sh\n');
  vi.stubEnv('PATH', `${folder}:`);
  expect(searchPath()).toBe(`${folder}:/usr/local/go/bin:/usr/sbin`);
  expect(findProgram('some-server')).toBeNull();
  await chmod(file, 0o755);
  expect(findProgram('some-server')).toBe(file);
});

test('native servers are those of the build, or of the folder that is named', () => {
  expect(nativeFolder('/repository')).toBe('/repository/build/Release');
  vi.stubEnv('IOMODELS_NATIVE', '/other');
  expect(nativeFolder('/repository')).toBe('/other');
});
