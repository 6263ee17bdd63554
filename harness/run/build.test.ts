import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Variant } from '../plan/variant.js';
import { Interrupted } from '../server/wait.js';
import { buildVariant } from './build.js';
import { calm, FIXTURES, fixtureVariant, processesWith } from './testing.js';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'iomodels-build-'));
});

afterEach(() => rm(root, { recursive: true }));

type Own = Exclude<Variant['launch'], { native: string }>;

function variant(launch: Variant['launch'], rest: Partial<Variant> = {}): Variant {
  return { ...fixtureVariant('good'), name: 'built', folder: root, launch, ...rest };
}

const script = (body: string): Own => ({
  build: ['sh', '-c', body],
  command: [`\${out}/server`, `\${root}`],
});

test('builds into a folder of its own, replaces placeholders and hashes the program', async () => {
  const body = `printf "#!/bin/sh\\n" > \${out}/server && chmod +x \${out}/server`;
  const version = ['sh', '-c', 'echo tool 1.2; echo more'];
  const result = await buildVariant(variant({ ...script(body), version }), root, calm);
  if (result.kind !== 'built') throw new Error(JSON.stringify(result));
  const file = path.join(root, 'dist', 'servers', 'built', 'server');
  expect(result.built.command).toEqual([file, root]);
  expect(result.built.sha256).toBe(
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex'),
  );
  expect(result.built.toolchain).toBe('tool 1.2');
});

test('builds in workdir, relative to the folder of the variant', async () => {
  await mkdir(path.join(root, 'elsewhere', 'servers'), { recursive: true });
  const folder = path.join(root, 'elsewhere', 'servers');
  const launch = { ...script(`cp /bin/true \${out}/server && pwd > \${out}/pwd`), workdir: '..' };
  const result = await buildVariant(variant(launch, { folder }), root, calm);
  expect(result.kind).toBe('built');
  const pwd = await readFile(path.join(root, 'dist', 'servers', 'built', 'pwd'), 'utf8');
  expect(pwd.trim()).toBe(path.join(root, 'elsewhere'));
});

test('what a build leaves in its temporary folder is removed', async () => {
  const body = `echo work > $TMPDIR/work && cp /bin/true \${out}/server`;
  expect((await buildVariant(variant(script(body)), root, calm)).kind).toBe('built');
  expect(await readdir(path.join(root, 'dist', 'servers', 'built'))).toEqual(['server']);
});

test('a build that fails is a problem with the command, the status and the output', async () => {
  const launch = script('echo compiling; echo "server.c:3: error: no" >&2; exit 7');
  expect(await buildVariant(variant(launch), root, calm)).toMatchObject({
    kind: 'failed',
    problem: expect.stringMatching(
      /^built did not build: `sh -c .*` ended with exit status 7\. To see more: run it by hand: cd .*\n {2}last output:\n {2}\| compiling\n {2}\| server\.c:3: error: no$/,
    ),
  });
});

test('a build that makes no program is a problem', async () => {
  expect(await buildVariant(variant(script('true')), root, calm)).toMatchObject({
    kind: 'failed',
    problem: expect.stringMatching(/^built has no program .*\/server\. To see more: correct/),
  });
});

test('a build tool that is not there is a problem that names it', async () => {
  const launch = { build: ['no-such-compiler'], command: [`\${out}/server`] };
  expect(await buildVariant(variant(launch), root, calm)).toMatchObject({
    kind: 'failed',
    problem: expect.stringContaining('`no-such-compiler` could not be started'),
  });
});

test('a missing program of needs is a reason to skip, with the hint', async () => {
  const needs = [{ program: 'no-such-compiler', hint: 'apt-get install it' }];
  expect(await buildVariant(variant(script('true'), { needs }), root, calm)).toEqual({
    kind: 'skipped',
    why: 'no-such-compiler is not installed: apt-get install it',
  });
});

test('a native server must have been built', async () => {
  const native = variant({ native: 'model' });
  await expect(buildVariant(native, root, calm)).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringContaining('build/Release/model'),
    remedy: 'npm run build',
  });
  const file = path.join(root, 'build', 'Release', 'model');
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, 'x');
  await chmod(file, 0o755);
  expect(await buildVariant(native, root, calm)).toMatchObject({
    kind: 'built',
    built: { command: [file], sha256: createHash('sha256').update('x').digest('hex') },
  });
});

test('the hash of a script server covers the script', async () => {
  const good = await buildVariant(fixtureVariant('good'), root, calm);
  const launch = { command: [process.execPath, path.join(FIXTURES, 'outside.mjs')] };
  const other = await buildVariant({ ...fixtureVariant('good'), launch }, root, calm);
  if (good.kind !== 'built' || other.kind !== 'built') throw new Error('not built');
  expect(good.built.workdir).toBe(FIXTURES);
  expect(good.built.sha256).not.toBe(other.built.sha256);
});

test('an interruption ends a build and everything it started', async () => {
  const abort = new AbortController();
  const mark = `sleep 600.${process.pid}`;
  const building = buildVariant(variant(script(`${mark}; true`)), root, abort.signal);
  const running = async () => (await processesWith(mark)).length > 0;
  await expect.poll(running).toBe(true);
  abort.abort('SIGINT');
  await expect(building).rejects.toBeInstanceOf(Interrupted);
  expect(await running()).toBe(false);
});
