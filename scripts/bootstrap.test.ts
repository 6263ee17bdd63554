import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { repository, type Scratch, scratch, script, smallRepository } from './bootstrap/testing.js';

let home: Scratch;
beforeEach(() => {
  home = scratch();
  smallRepository(home);
  cpSync(path.join(repository, 'scripts'), path.join(home.folder, 'scripts'), {
    recursive: true,
    // They are compiled with the harness, which is not here.
    filter: (file) => path.basename(file) !== 'tools',
  });
  home.write('package.json', '{"name":"small","version":"1.0.0","type":"module"}');
  home.write(
    'tsconfig.json',
    JSON.stringify({
      compilerOptions: { rootDir: '.', outDir: 'dist', module: 'nodenext', types: [] },
      include: ['harness/**/*.ts'],
    }),
  );
  home.write('harness/cli/main.ts', `declare const process: any;\n${MAIN}`);
});
afterEach(() => home.remove());

const MAIN = `process.stdout.write('ran ' + process.argv.slice(2).join(' ') + '\\n');
process.exitCode = 3;\n`;

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: string[], env: NodeJS.ProcessEnv = process.env) {
  const child = spawn(
    process.execPath,
    [path.join(home.folder, 'scripts/bootstrap.mjs'), ...args],
    {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([status]): Run => ({ status, stdout, stderr }));
  return { child, ended };
}

const run = (args: string[], env?: NodeJS.ProcessEnv) => start(args, env).ended;

describe('bootstrap.mjs', { timeout: 60_000 }, () => {
  it('makes everything, runs the command with its arguments, and is quiet the next time', async () => {
    const first = await run(['report', '--x', '1']);
    expect(first).toMatchObject({ status: 3, stdout: 'ran report --x 1\n' });
    expect(first.stderr).toMatch(
      /^iomodels: building native .*, Release\) … [\d.]+ s\niomodels: compiling .* … [\d.]+ s\n$/,
    );
    expect(await run(['report'])).toEqual({ status: 3, stdout: 'ran report\n', stderr: '' });
  });

  it('without a compiler gives one clear message and exits with 1', async () => {
    const { status, stdout, stderr } = await run(['report'], {
      PATH: path.join(home.folder, 'no'),
    });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^iomodels: Missing: a C\+\+20 compiler.*\n {2}Install it.*\n$/);
  });

  it('is interrupted without a torn build, and the next run heals', async () => {
    const marker = path.join(home.folder, 'compiling');
    script(
      home,
      'bin/c++',
      `case "$*" in *model.cc*) touch ${marker}; exec sleep 60;; esac; exec g++ "$@"`,
    );
    const slow = { ...process.env, PATH: `${home.folder}/bin:${process.env.PATH}` };
    const { child, ended } = start(['--build'], slow);
    await expect.poll(() => existsSync(marker), { timeout: 30_000 }).toBe(true);
    child.kill('SIGTERM');
    expect((await ended).status).toBe(143);
    const stamp = () =>
      readFileSync(path.join(home.folder, 'build/.iomodels-Release.json'), 'utf8');
    expect(stamp()).toContain('"building"');
    expect((await run(['--build'])).status).toBe(0);
    expect(stamp()).toContain('"done"');
  });

  it('lets one of two build, and the other wait for it', async () => {
    const [one, two] = await Promise.all([run(['report']), run(['report'])]);
    expect([one.status, two.status]).toEqual([3, 3]);
    const both = one.stderr + two.stderr;
    expect(both.match(/building native code/g)).toHaveLength(1);
    expect(both.match(/waiting for another bootstrap here \(pid \d+\)/g)).toHaveLength(1);
  });
});
