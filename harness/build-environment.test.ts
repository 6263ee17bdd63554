import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { buildEnvironment, serverEnvironment } from './build-environment.js';
import { findProgram } from './programs.js';
import { buildVariant } from './run/build.js';
import { calm, fixtureVariant } from './run/testing.js';

test('takes away what changes a program, and leaves what says where things are', () => {
  const env = { GOFLAGS: '-race', GOAMD64: 'v3', CGO_ENABLED: '0', RUSTFLAGS: '-O' };
  const { PATH, ...rest } = buildEnvironment({ ...env, GOPROXY: 'off', GOPATH: '/go', HOME: '/' });
  expect(rest).toEqual({
    GOFLAGS: '-buildvcs=false',
    GOWORK: 'off',
    GOAMD64: undefined,
    CGO_ENABLED: undefined,
    RUSTFLAGS: undefined,
  });
  expect(PATH).toContain('/usr/local/go/bin');
});

test('a server of Go has the garbage collector that Go gives it', () => {
  expect(serverEnvironment()).toMatchObject({ GOGC: '', GOMEMLIMIT: '' });
});

describe.skipIf(findProgram('go') === null)('Go (skipped where it is absent)', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(path.join(os.tmpdir(), 'iomodels-go-'));
    await mkdir(path.join(root, 'clone', '.git'), { recursive: true });
    await mkdir(path.join(root, 'other'));
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(root, { recursive: true });
  });

  const write = (file: string, text: string) => writeFile(path.join(root, file), text);

  test('builds the plain program in a clone that git refuses, below a go.work, with GOFLAGS', async () => {
    await write('go.work', 'go 1.21\nuse ./other\n');
    await write('other/go.mod', 'module other\ngo 1.21\n');
    await write('clone/go.mod', 'module clone\ngo 1.21\n');
    await write('clone/main.go', 'package main\nfunc main() {}\n');
    await write('go-env', 'GOFLAGS=-race\n');
    vi.stubEnv('GOFLAGS', '-race');
    vi.stubEnv('GOENV', path.join(root, 'go-env'));
    const folder = path.join(root, 'clone');
    const launch = {
      build: ['go', 'build', '-o', `\${out}/server`, '.'],
      command: [`\${out}/server`],
    };
    const variant = { ...fixtureVariant('good'), name: 'go', folder, launch };
    const result = await buildVariant(variant, root, calm);
    if (result.kind !== 'built') throw new Error(JSON.stringify(result));
    const [file = ''] = result.built.command;
    const built = execFileSync('go', ['version', '-m', file], {
      encoding: 'utf8',
      env: { ...process.env, ...buildEnvironment() },
    });
    expect(built).toContain('path\tclone');
    expect(built).not.toContain('-race');
  }, 120_000);
});
