import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inForeground } from './program.mjs';
import { type Scratch, scratch } from './testing.js';

let home: Scratch;
beforeEach(() => {
  home = scratch();
});
afterEach(() => home.remove());

/** Starts runProgram on a script, in a process of its own, as bootstrap.mjs does. */
function start(script: string) {
  home.write('script.mjs', script);
  const code = `
    import { runProgram } from ${JSON.stringify(new URL('./program.mjs', import.meta.url).href)};
    import { currentSystem } from ${JSON.stringify(new URL('./system.mjs', import.meta.url).href)};
    const system = { ...currentSystem(), root: process.argv[1] };
    process.exitCode = await runProgram(system, ['script.mjs', 'compare', '--x']);`;
  return spawn(process.execPath, ['--input-type=module', '-e', code, home.folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
}

async function firstLine(child: ReturnType<typeof start>): Promise<string> {
  const [text] = await once(child.stdout, 'data');
  return String(text).trim();
}

describe('runProgram', () => {
  it('passes arguments and the command’s name, and returns the exit status', async () => {
    const child = start(`
      console.log(process.argv.slice(2).join(' '), '|', process.env.IOMODELS_COMMAND);
      process.exitCode = 7;`);
    const ended = once(child, 'exit');
    expect(await firstLine(child)).toBe('compare --x | npm run compare --');
    expect(await ended).toEqual([7, null]);
  });

  it('returns 128 + signal when the program dies of one', async () => {
    const [status] = await once(start(`process.kill(process.pid, 'SIGKILL');`), 'exit');
    expect(status).toBe(137);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('forwards one %s and waits for the end', async (name) => {
    const child = start(`
      let count = 0;
      process.on('${name}', () => { count += 1; setTimeout(() => process.exit(40 + count), 50); });
      setInterval(() => {}, 1000);
      console.log('ready');`);
    const ended = once(child, 'exit');
    await firstLine(child);
    child.kill(name);
    // As npm does: once more, at once.
    child.kill(name);
    expect(await ended).toEqual([41, null]);
  });
});

describe('inForeground', () => {
  const stat = (terminal: number, group: number, foreground: number) =>
    `12 (a (b) c) S 1 ${group} 9 ${terminal} ${foreground} 4194560 0`;

  it.each([
    ['in the terminal’s foreground group', stat(34816, 12, 12), true],
    ['in the background of a terminal', stat(34816, 12, 77), false],
    ['without a terminal', stat(0, 12, -1), false],
  ])('%s', (_, line, expected) => {
    expect(inForeground(line)).toBe(expected);
  });
});
