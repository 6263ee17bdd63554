import { expect, test } from 'vitest';
import type { Results } from '../results/schema.js';
import { makeResults } from '../results/testing.js';
import type { CliIo } from './io.js';
import { printJson, printOutcome, qualityLines } from './outcome.js';
import { FakeOutput } from './testing.js';

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

const made = makeResults({ blocks: 2, connections: [64] });
const calibration = { durationMs: 1, values: [], selfTests: [] };

function withQuality(quality: Partial<Results['quality']>, edit: Partial<Results> = {}): Results {
  const header = { ...made.header, calibration };
  const plain: Results['quality'] = { level: 'clean', reasons: [], excluded: [] };
  return { ...made, header, ...edit, quality: { ...plain, ...quality } };
}

test('a clean run has one line', () => {
  expect(qualityLines(withQuality({}))).toEqual([
    'CLEAN run: the A/A check holds and the machine was quiet',
  ]);
});

test('reasons, what was repeated, what was left out, and a calibration that was not made', () => {
  const trials = made.trials.map((trial) =>
    trial.block === 1 ? { ...trial, block: 2, replaces: 1 } : trial,
  );
  const results = withQuality(
    {
      level: 'noisy',
      reasons: ['3 of 20 blocks (15 %) were void: the machine was disturbed'],
      excluded: [{ trial: 'x', subject: 'y', reason: 'void: z' }],
    },
    { trials, header: { ...made.header, calibration: null } },
  );
  expect(qualityLines(results).slice(1)).toEqual([
    '- 3 of 20 blocks (15 %) were void: the machine was disturbed',
    '- repeated because they were disturbed: 1 block',
    '- left out: 1 trial, each with its reason in results.json',
    '- no calibration was made (--no-calibration)',
  ]);
});

test('what is invalid and what is noisy is named, the rest counted', () => {
  const part = (id: string, level: 'clean' | 'noisy' | 'invalid') => {
    return { id, kind: 'condition' as const, level, reasons: [] };
  };
  const parts = [
    part('instruments', 'clean'),
    part('keepalive-c1', 'noisy'),
    part('keepalive-c64', 'invalid'),
    part('switchCosts', 'clean'),
    part('memory', 'noisy'),
  ];
  const [level, named] = qualityLines(withQuality({ level: 'noisy', parts }));
  expect(level).toMatch(/^NOISY run: parts of it are noisy or invalid/);
  expect(named).toBe(
    '- invalid: keepalive-c64; noisy: keepalive-c1 and idle memory; clean: 2 parts',
  );
});

test('many reasons are cut, and that is said', () => {
  const reasons = Array.from({ length: 9 }, (_, i) => `reason ${i}`);
  const lines = qualityLines(withQuality({ level: 'noisy', reasons }));
  expect(lines).toContain('- reason 5');
  expect(lines).not.toContain('- reason 6');
  expect(lines).toContain('- and 3 more reasons, see results.json');
});

test('an invalid run says so first and gives no answer', () => {
  const stdout = new FakeOutput(100);
  printOutcome(withQuality({ level: 'invalid', reasons: ['self-test x failed'] }), {
    stdout,
    env: { NO_COLOR: '1' },
  });
  const text = stdout.text.trimStart();
  expect(text).toMatch(
    /^INVALID run: most conditions are invalid and decide nothing\n- self-test x failed\n/,
  );
  expect(text).toContain('No answer: every condition is invalid');
  expect(text).not.toContain('one request cost');
});
