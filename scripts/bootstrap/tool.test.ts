import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Scratch, scratch, script } from './testing.js';
import { mustRun, probe, runTool, which } from './tool.mjs';

let home: Scratch;
beforeEach(() => {
  home = scratch();
});
afterEach(() => home.remove());

const options = () => ({ cwd: home.folder, env: process.env });

describe('runTool', () => {
  it('returns the status and both outputs', async () => {
    const command = ['sh', '-c', 'echo out; echo err >&2; exit 4'];
    const { status, output } = await runTool(command, options());
    expect(status).toBe(4);
    expect(output.split('\n').sort()).toEqual(['', 'err', 'out']);
  });

  it('reports a program that is not there as a failure', async () => {
    expect(await runTool(['no-such-program'], options())).toMatchObject({ status: 127 });
  });
});

describe('mustRun', () => {
  it('fails with the command, the remedy and the output', async () => {
    const asked = mustRun(['sh', '-c', 'echo why; exit 4'], options(), 'mend it');
    await expect(asked).rejects.toMatchObject({
      message: '`sh -c echo why; exit 4` failed with status 4.',
      remedy: 'mend it',
      output: 'why\n',
    });
  });
});

describe('withInterrupts', () => {
  it('ends the tool and what it started, and fails with the signal', async () => {
    const file = path.join(home.folder, 'pid');
    script(home, 'tool', `sleep 60 & echo $! > ${file}.draft; mv ${file}.draft ${file}; wait`);
    const code = `
      import { runTool, withInterrupts } from '${new URL('./tool.mjs', import.meta.url).href}';
      const options = { cwd: '.', env: process.env };
      await withInterrupts(() => runTool([process.argv[1]], options)).catch((error) => {
        console.log(error.name, error.signal);
      });`;
    const args = ['--input-type=module', '-e', code, path.join(home.folder, 'tool')];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
    await expect.poll(() => existsSync(file), { timeout: 10_000 }).toBe(true);
    const ended = once(child, 'close');
    child.kill('SIGINT');
    await ended;
    expect(said).toBe('Interrupted SIGINT\n');
    const grandchild = Number(readFileSync(file, 'utf8'));
    await expect.poll(() => isRunning(grandchild)).toBe(false);
  });
});

/** A process that has ended may stay as a zombie until its new parent asks for it. */
function isRunning(pid: number): boolean {
  const file = `/proc/${pid}/stat`;
  return existsSync(file) && !/\) Z /.test(readFileSync(file, 'utf8'));
}

describe('probe and which', () => {
  it('say what there is, and null for what there is not', () => {
    script(home, 'bin/good', 'echo "$1"');
    home.write('bin/plain', 'not executable');
    const env = { PATH: `/nowhere:${home.folder}/bin` };
    expect(which('good', env)).toBe(path.join(home.folder, 'bin/good'));
    expect(which('plain', env)).toBeNull();
    expect(probe(['good', 'x'], env)).toBe('x\n');
    expect(probe(['bad'], env)).toBeNull();
  });
});
