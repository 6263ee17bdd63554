import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repositoryRoot } from '../root.js';
import { scaffold } from '../scaffold/scaffold.js';
import { FakeRepository } from './testing.js';

const ENV = { IOMODELS_COMMAND: 'npm run conformance --' };
let repository: FakeRepository;
beforeAll(async () => {
  repository = await FakeRepository.create();
  await makeVariant('right');
  await makeVariant('wrong', (text) => text.replace("'I am server!'", "'I am serven!'"));
  await makeVariant('absent');
  await change('absent', 'variant.json', (text) => text.replace('"taskset"', '"no-such-tool"'));
});
afterAll(() => repository.remove());

async function makeVariant(name: string, edit = (text: string) => text): Promise<void> {
  const folder = path.join(repository.root, 'own', name);
  await scaffold({ name, template: 'node', folder }, repositoryRoot());
  await change(name, 'server.mjs', edit);
}

async function change(name: string, file: string, edit: (text: string) => string) {
  const at = path.join(repository.root, 'own', name, file);
  await writeFile(at, edit(await readFile(at, 'utf8')));
}

const run = (...args: string[]) => repository.cli(['conformance', ...args], { env: ENV });

describe('conformance', () => {
  it('shows cases down, variants across, reasons below, and fails when one fails', async () => {
    const { code, stdout, stderr } = await run('--variant-dir', 'own', '--cases', 'targets,stop');
    expect(code).toBe(1);
    expect(stdout.split('\n').map((line) => line.trimEnd())).toEqual([
      expect.stringMatching(/^case +right +wrong$/),
      expect.stringMatching(/^targets +ok +FAILS$/),
      expect.stringMatching(/^stop +ok +FAILS$/),
      '',
      'skipped: absent: no-such-tool is not installed: on Debian or Ubuntu: apt-get',
      '  install util-linux',
      expect.stringMatching(/^FAILS: wrong: targets: \/ is answered with 200 and the body/),
      '  body of /: got "I am serven!", not "I am server!"',
      expect.stringMatching(/^FAILS: wrong: stop: SIGTERM closes idle connections/),
      '  ends with status 0: the body of /: got "I am serven!", not "I am server!"',
      '1 variant conforms, 1 fails, 1 skipped',
      '',
    ]);
    expect(stderr).toMatch(/^right: targets: ok \(\d checks, \d+\.\d s\)$/m);
    expect(stderr).toMatch(/^right: passed \(2 cases, \d+ checks, /m);
  });

  it('prints everything as JSON, and succeeds when all pass or are skipped', async () => {
    const args = ['right', 'absent', '--variant-dir', 'own', '--cases', 'pipelining', '--json'];
    const { code, stdout } = await run(...args);
    expect(code).toBe(0);
    const { schemaVersion, variants } = JSON.parse(stdout);
    expect(schemaVersion).toBe(1);
    expect(variants).toMatchObject([
      { variant: 'absent', status: 'skipped', cases: [] },
      { variant: 'right', status: 'passed', why: null, cases: [{ name: 'pipelining' }] },
    ]);
  });

  it.each([
    [[], 'no variant was named', 'npm run conformance -- callback-epoll'],
    [['wrogn', '--variant-dir', 'own'], 'there is no variant wrogn', 'did you mean wrong?'],
    [['all', '--cases', 'slit'], 'there is no case slit', 'did you mean split?'],
  ])('%j is refused', async (args, message, remedy) => {
    const { code, stderr } = await run(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr.replace(/\s+/g, ' ')).toContain(remedy);
  });
});

describe('new-variant', () => {
  const make = (...args: string[]) => repository.cli(['new-variant', ...args], { env: ENV });
  const deps = () => repository.deps({ root: repositoryRoot });

  it('writes a folder and says what comes next', async () => {
    const { code, stdout } = await repository.cli(
      ['new-variant', 'fresh', '--from', 'c', '--dir', '.'],
      { deps: deps() },
    );
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        'fresh/server.c',
        'fresh/variant.json',
        '',
        'Next (CHANGE marks what is yours):',
        '  npm run conformance -- fresh --variant-dir fresh',
        '  npm run compare -- --variants go-net,fresh --variant-dir fresh --profile smoke',
        '',
      ].join('\n'),
    );
  });

  it('refuses a name that cannot be one', async () => {
    const { code, stderr } = await make('Not_A_Name');
    expect(code).toBe(2);
    expect(stderr).toContain('use lower-case letters, digits and dashes');
  });
});
