/** docs/ADD-A-VARIANT.md: its commands, in their order, from a new folder to a comparison. */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findProgram } from '../programs.js';
import { repositoryRoot } from '../root.js';
import { REAL_DEPS } from './deps.js';
import { runCli } from './program.js';
import { FakeIo } from './testing.js';

/** Enough to see that it runs. */
const SHORTER: Record<string, readonly string[]> = {
  'new-variant': [],
  conformance: ['--short'],
  compare: [
    ...['--connections', '2', '--blocks', '1', '--window', '100ms', '--warmup', '50ms'],
    ...['--no-calibration', '--out', '.'],
  ],
};

let base: string;
beforeAll(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'iomodels-add-'));
  await mkdir(path.join(base, 'iomodels'));
});
afterAll(() => rm(base, { recursive: true, force: true }));

async function commands(): Promise<string[]> {
  const page = await readFile(path.join(repositoryRoot(), 'docs/ADD-A-VARIANT.md'), 'utf8');
  const blocks = [...page.matchAll(/```console\n([^`]*)```/g)].map(([, block = '']) => block);
  return blocks.flatMap((block) => block.match(/(?<=^\$ ).+$/gm) ?? []);
}

const able = ['cc', 'go'].every((program) => findProgram(program) !== null);

test.skipIf(!able)(
  'the commands of the page work (needs cc and go)',
  { timeout: 120_000 },
  async () => {
    const typed = await commands();
    expect(typed).toHaveLength(3);
    for (const line of typed) {
      const [, name = '', rest = ''] = /^npm run (\S+) -- (.+)$/.exec(line) ?? [];
      const io = new FakeIo(path.join(base, 'iomodels'), 100);
      const argv = [name, ...rest.split(' '), ...(SHORTER[name] ?? ['--unknown'])];
      const code = await runCli(argv, io, REAL_DEPS);
      expect({ line, code, said: code === 0 ? '' : io.stderr.text }).toMatchObject({ code: 0 });
      if (name === 'compare') expect(io.stdout.text).toMatch(/^my-server +\S/m);
    }
  },
);
