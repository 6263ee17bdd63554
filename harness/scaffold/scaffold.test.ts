/** Every template becomes a variant that builds and conforms. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CASES } from '../conformance/cases.js';
import { conform } from '../conformance/conform.js';
import { survey } from '../conformance/survey.js';
import { UserError } from '../errors.js';
import { discoverVariants } from '../plan/discover.js';
import type { Variant } from '../plan/variant.js';
import { findProgram } from '../programs.js';
import { repositoryRoot } from '../root.js';
import { scaffold, templateNames } from './scaffold.js';

const root = repositoryRoot();
const calm = new AbortController().signal;
/** One of each kind; `npm run conformance` asks for the rest. */
const NAMES = ['ready', 'stats', 'targets', 'split', 'pipelining', 'malformed', 'counters', 'stop'];
const cases = CASES.filter(({ name }) => NAMES.includes(name));
const LIMITS = { timeout: 120_000 };

let base: string;
beforeAll(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'iomodels-scaffold-'));
});
afterAll(() => rm(base, { recursive: true, force: true }));

async function made(template: string): Promise<Variant> {
  const name = `fresh-${template}`;
  const folder = path.join(base, name);
  await scaffold({ name, template, folder }, root);
  const [variant] = await discoverVariants([folder]);
  if (variant === undefined) throw new Error(`no variant in ${folder}`);
  return variant;
}

test('there is a template for each language and for a program that is there', async () => {
  expect(await templateNames(root)).toEqual(['any', 'c', 'cpp', 'go', 'node', 'rust']);
});

/** The compiler of each, which may be absent. */
const TEMPLATES = [
  ['any', 'node'],
  ['c', 'cc'],
  ['go', 'go'],
  ['node', 'node'],
  ['rust', 'rustc'],
] as const;

describe.concurrent.each(TEMPLATES)('%s', (template, program) => {
  test.skipIf(findProgram(program) === null)(`builds and conforms (needs ${program})`, LIMITS, () =>
    expectConforming(template),
  );
});

async function expectConforming(template: string): Promise<void> {
  const variant = await made(template);
  const done = await survey(variant, { root: base, cases, signal: calm });
  const failures = done.cases.filter(({ failure }) => failure !== null);
  expect({ ...done, cases: failures }).toMatchObject({ status: 'passed', why: null, cases: [] });
}

test('cpp compiles on the native core and conforms', LIMITS, async () => {
  const source = path.join(root, 'harness/scaffold/templates/cpp/my-server');
  const out = path.join(base, 'my-server');
  const objects = ['core', 'gonet'].map((name) => path.join(root, `build/Release/${name}.a`));
  const options = ['-std=c++20', '-O0', '-pthread', `-I${path.join(root, 'native')}`];
  const model = path.join(source, 'model.cc');
  await promisify(execFile)('c++', [...options, '-o', out, model, ...objects]);
  const [variant] = await discoverVariants([source]);
  if (variant === undefined) throw new Error('the template is no variant');
  const results = await conform({ variant, command: [out], workdir: base }, cases, calm);
  expect(results.filter(({ failure }) => failure !== null)).toEqual([]);
});

test('a copy has its own name everywhere, and finds the schema', async () => {
  const folder = path.join(base, 'renamed');
  const files = await scaffold({ name: 'renamed', template: 'go', folder }, root);
  expect(files).toEqual(['go.mod', 'main.go', 'variant.json']);
  for (const file of files) {
    expect(await readFile(path.join(folder, file), 'utf8')).not.toContain('my-server');
  }
  const { $schema } = JSON.parse(await readFile(path.join(folder, 'variant.json'), 'utf8'));
  expect(path.resolve(folder, $schema)).toBe(path.join(root, 'harness/plan/variant.schema.json'));
});

test.each([
  [{ name: 'x', template: 'cobol' }, 'there is no template cobol'],
  [{ name: 'x', template: 'cpp' }, 'a cpp variant cannot be in'],
  [{ name: '.', template: 'c' }, 'is there already'],
])('%j is refused', async ({ name, template }, message) => {
  const wanted = { name, template, folder: path.join(base, name) };
  const refusal = await scaffold(wanted, root).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(UserError);
  expect(refusal).toMatchObject({ exitCode: 2, message: expect.stringContaining(message) });
});
