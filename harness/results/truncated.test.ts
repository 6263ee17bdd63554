/**
 * A run's files cut off at every byte: what is read is what was written, or a clear error; never a
 * wrong number.
 */
import { expect, test } from 'vitest';
import { UserError } from '../errors.js';
import type { Resume } from './header.js';
import {
  completeLines,
  parseResults,
  parseTrials,
  serialiseLine,
  serialiseResults,
} from './parse.js';
import { makeResults } from './testing.js';

const results = makeResults({ blocks: 1, connections: [1] });
const { header, trials } = results;
const resume: Resume = {
  kind: 'resume',
  startedAt: '2026-11-26T08:00:00.000Z',
  trialsBefore: 1,
  changed: ['harness_commit: a -> b, with an ü'],
};
/** Without the long texts in which every cut has the same effect. */
const slim = trials.slice(0, 2).map((trial) => ({ ...trial, latency: null, checks: [] }));
const [first = expect.fail(), second = expect.fail()] = slim;

/** The value, or the UserError as null. Anything else is a failure. */
function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

test('trials.ndjson cut off at any byte: the trials whose lines are whole, or a clear error', () => {
  const lines = [header, first, resume, second].map(serialiseLine);
  const bytes = Buffer.from(lines.join(''));
  const ends = lines.map((_, i) => Buffer.byteLength(lines.slice(0, i + 1).join('')) - 1);
  for (let length = 0; length <= bytes.length; length += 1) {
    const whole = ends.filter((end) => end <= length).length;
    const cut = bytes.subarray(0, length);
    const found = orNull(() => parseTrials(cut.toString(), 'trials.ndjson'));
    if (whole === 0) {
      expect(found).toBeNull();
      continue;
    }
    expect(found?.header).toEqual(header);
    expect(found?.trials).toEqual([first, second].slice(0, [0, 0, 1, 1, 2][whole]));
    expect(found?.resumes ?? []).toEqual(whole >= 3 ? [resume] : []);
    expect(completeLines(cut)).toEqual(
      ends[whole - 1] === length
        ? { length, lacksNewline: true }
        : { length: (ends[whole - 1] ?? 0) + 1, lacksNewline: false },
    );
  }
});

test('results.json cut off at any byte is refused, but for its last newline', () => {
  const small = { ...results, trials: slim, summary: results.summary.slice(0, 2) };
  const text = serialiseResults(small);
  for (let length = 0; length < text.length - 1; length += 1) {
    expect(orNull(() => parseResults(text.slice(0, length), 'results.json'))).toBeNull();
  }
  for (const length of [text.length - 1, text.length]) {
    expect(parseResults(text.slice(0, length), 'results.json')).toEqual(small);
  }
});
