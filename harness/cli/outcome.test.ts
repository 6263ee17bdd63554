import { expect, test } from 'vitest';
import { makeResults } from '../results/testing.js';
import type { CliIo } from './io.js';
import { printJson, printOutcome } from './outcome.js';

const small = { connections: [64], subjects: ['callback-epoll', 'go-net', 'go-net-twin'] };
const asked = makeResults({ ...small, plan: { precision: { target: 0.01, looks: [6] } } });
const plain = makeResults(small);

/** Only what printing uses. */
function stdoutOf(print: (io: Pick<CliIo, 'stdout' | 'env'>) => void): string {
  let text = '';
  const stdout = { write: (part: string) => (text += part) } as unknown as CliIo['stdout'];
  print({ stdout, env: {} });
  return text;
}

test('a run that was asked for precision says what it reached', () => {
  const text = stdoutOf((io) => printOutcome(asked, io)).replace(/\s+/g, ' ');
  expect(text).toMatch(/Precision of 1 %, CPU ratios to a side: not reached at 64 connections: \d/);
  expect(stdoutOf((io) => printOutcome(plain, io))).not.toContain('Precision of');
});

test('and says it as JSON, by condition', () => {
  const where = { folder: '/runs/1', report: '/runs/1/report.html' };
  const json = (results: typeof asked) =>
    JSON.parse(stdoutOf((io) => printJson(results, where, io))).precision;
  expect(json(asked)).toEqual([
    {
      condition: 'keepalive-c64',
      target: 0.01,
      halfWidth: expect.any(Number),
      reached: false,
    },
  ]);
  expect(json(plain)).toEqual([]);
});
