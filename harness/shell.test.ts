import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { inShell } from './shell.js';

test('what needs no quotes has none', () => {
  expect(inShell(['go', 'build', '-o', './a_b/x.y', 'A=1'])).toBe('go build -o ./a_b/x.y A=1');
});

test('a shell reads every word as it was', () => {
  const words = ['my repo ü', '', "it's", '"$HOME"', 'a*', '`ls`', '\\', 'two\nlines', '~'];
  const script = `printf '%s\\0' ${inShell(words)}`;
  expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe(`${words.join('\0')}\0`);
});
