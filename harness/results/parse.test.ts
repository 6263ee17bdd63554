import { describe, expect, test } from 'vitest';
import { UserError } from '../errors.js';
import { parseResults, parseTrials, serialiseLine, serialiseResults } from './parse.js';
import type { Results } from './schema.js';
import { failTrial, makeResults, makeRun } from './testing.js';

const options = { subjects: ['callback-epoll', 'go-net'], connections: [64], blocks: 2 };
const results = makeResults(options);
const { header, trials } = makeRun(options);
const lines = [header, ...trials].map(serialiseLine);

/** The UserError that `action` throws. */
function trouble(action: () => unknown): UserError {
  try {
    action();
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  return expect.fail('nothing was thrown');
}

/** Parses results.json after a change that the types would not allow. */
function damaged(change: (copy: Record<string, unknown>) => void): UserError {
  const copy = structuredClone(results) as unknown as Record<string, unknown>;
  change(copy);
  return trouble(() => parseResults(JSON.stringify(copy), 'reports/x/results.json'));
}

describe('results.json', () => {
  test('comes back as it was written', () => {
    const text = serialiseResults(results);
    expect(parseResults(text, 'results.json')).toEqual(results);
    expect(text.endsWith('}\n')).toBe(true);
    expect(serialiseResults(parseResults(text, 'results.json'))).toBe(text);
  });

  test('what breaks the schema is never written', () => {
    const broken = { ...results, outcome: 'good' } as unknown as Results;
    expect(() => serialiseResults(broken)).toThrow();
    const notANumber = structuredClone(results);
    const row = notANumber.summary.find((r) => r.kind === 'value') ?? expect.fail('no row');
    row.median = Number.NaN;
    expect(() => serialiseResults(notANumber)).toThrow();
  });

  test('not JSON: file and remedy', () => {
    const error = trouble(() => parseResults('{"schemaVersion": 1,', 'results.json'));
    expect(error.message).toMatch(/^results\.json is not JSON: /);
    expect(error.remedy).toContain('npm run compare');
  });

  test('a wrong field is named with its path', () => {
    const error = damaged((copy) => {
      const all = copy.trials as { window: { startNs: unknown } }[];
      (all[1] ?? expect.fail()).window.startNs = 12;
    });
    expect(error.message).toMatch(/^reports\/x\/results\.json: trials\[1\]\.window\.startNs: /);
  });

  test('unknown and missing fields are named, at most three', () => {
    expect(damaged((copy) => Object.assign(copy, { colour: 1 })).message).toContain('colour');
    const missing = damaged((copy) => {
      for (const key of ['finishedAt', 'outcome', 'problems', 'trials', 'summary'])
        delete copy[key];
    });
    expect(missing.message).toMatch(/finishedAt: .*outcome: .*problems: .*; and 2 more$/);
  });

  test.each([
    [0, 'older'],
    [2, 'newer'],
  ])('schema version %i: one clear word, not a list of fields', (schemaVersion, age) => {
    const error = damaged((copy) => Object.assign(copy, { schemaVersion, other: 1 }));
    expect(error.message).toBe(
      `reports/x/results.json has results schema version ${schemaVersion}; this iomodels reads 1`,
    );
    expect(error.remedy.toLowerCase()).toContain(age);
  });

  test.each([
    ['condition', 'keepalive-c7', 'condition keepalive-c7 is not in the plan'],
    ['subject', 'nobody', 'subject nobody is not in the header'],
    ['block', 1, 'in block 1 of keepalive-c64 is there twice'],
  ])('a trial with a wrong %s is refused', (key, value, message) => {
    const error = damaged((copy) => {
      Object.assign((copy.trials as object[])[0] ?? {}, { [key]: value });
    });
    expect(error.message).toContain(message);
  });
});

describe('trials.ndjson', () => {
  const file = 'reports/x/trials.ndjson';
  const parse = (text: string) => parseTrials(text, file);

  test('comes back as it was written, one line each', () => {
    expect(lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
    expect(parse(lines.join(''))).toEqual({ header, trials, truncated: false });
  });

  test('a header alone is a run without trials', () => {
    expect(parse(lines[0] ?? '')).toEqual({ header, trials: [], truncated: false });
  });

  test('a last line that is cut off anywhere loses that trial only', () => {
    const whole = lines.join('');
    const last = lines.at(-1) ?? '';
    for (const kept of [1, 2, 10, Math.floor(last.length / 2), last.length - 2]) {
      const result = parse(whole.slice(0, whole.length - last.length + kept));
      expect(result).toEqual({ header, trials: trials.slice(0, -1), truncated: true });
    }
  });

  test('a last line that lacks only its newline is whole', () => {
    const result = parse(lines.join('').slice(0, -1));
    expect(result).toEqual({ header, trials, truncated: false });
  });

  test('failed trials are lines like others', () => {
    const failed = failTrial(trials[0] ?? expect.fail());
    expect(parse((lines[0] ?? '') + serialiseLine(failed)).trials).toEqual([failed]);
  });

  test.each([
    ['a cut line in the middle', [lines[0], '{"kind":"tri\n', lines[2]], 'line 2 is not JSON'],
    [
      'a broken last line that is complete',
      [lines[0], lines[1], '{"kind"\n'],
      'line 3 is not JSON',
    ],
    ['an empty line', [lines[0], '\n', lines[1]], 'line 2 is not JSON'],
    ['a second header', [lines[0], lines[0]], 'line 2: '],
    ['a trial where the header should be', [lines[1]], 'line 1: '],
    ['an unknown field', [lines[0], lines[1]?.replace('{', '{"colour":1,')], 'line 2: '],
    ['a trial twice', [lines[0], lines[1], lines[1]], 'is there twice'],
    ['a whole value of another kind at the end', [lines[0], '7'], 'line 2: '],
  ])('%s is refused, with the line', (_, parts, message) => {
    const error = trouble(() => parse(parts.join('')));
    expect(error.message).toContain(message);
    expect(error.message).toContain(file);
    expect(error.remedy).toContain('npm run compare');
  });

  test.each(['', '{"kind":"run","schemaV'])('no header: %j', (text) => {
    expect(trouble(() => parse(text)).message).toContain('holds no complete line');
  });

  test('another schema version', () => {
    const other = lines[0]?.replace('"schemaVersion":1', '"schemaVersion":9') ?? '';
    expect(trouble(() => parse(other)).message).toBe(
      `${file}, line 1 has results schema version 9; this iomodels reads 1`,
    );
  });
});
