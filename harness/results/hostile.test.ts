/**
 * Files of the harness with anything in them: what is read is what the schema allows, and all else
 * is a UserError that names the file. Nothing else is ever thrown.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserError } from '../errors.js';
import { parseResults, parseTrials, serialiseLine, serialiseResults } from './parse.js';
import { makeResults } from './testing.js';

const results = makeResults({ blocks: 1, connections: [1] });
const text = serialiseResults({ ...results, trials: results.trials.slice(0, 2) });
const lines = [results.header, ...results.trials.slice(0, 2)].map(serialiseLine).join('');

/** The value, or null for a UserError that names the file. */
function refused(read: () => unknown): boolean {
  try {
    read();
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toContain('the-file');
    return true;
  }
}

const readers: readonly ((content: string) => unknown)[] = [
  (content) => parseResults(content, 'the-file'),
  (content) => parseTrials(content, 'the-file'),
];

test('any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (content) => {
      for (const read of readers) refused(() => read(content));
    }),
  );
});

test('any JSON is refused: none of it is a run', () => {
  fc.assert(
    fc.property(fc.json(), (content) => {
      for (const read of readers) expect(refused(() => read(content))).toBe(true);
    }),
  );
});

/** Where a JSON value has something: the path to each of its members. */
function places(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const here = [...path, key];
    return [here, ...places(member, here)];
  });
}

const whole = JSON.parse(text) as Record<string, unknown>;
const everywhere = places(whole);

/** A copy with another value in one place; undefined removes what is there. */
function replaced(path: readonly string[], value: unknown): unknown {
  const copy = structuredClone(whole);
  let parent: Record<string, unknown> = copy;
  for (const key of path.slice(0, -1)) parent = parent[key] as Record<string, unknown>;
  parent[path.at(-1) ?? ''] = value;
  return copy;
}

const member = fc.oneof(fc.jsonValue(), fc.constant(undefined));

test('a run with anything in any place is refused, or is read as it stands', () => {
  fc.assert(
    fc.property(fc.constantFrom(...everywhere), member, (path, value) => {
      const content = JSON.stringify(replaced(path, value));
      refused(() => expect(parseResults(content, 'the-file')).toEqual(JSON.parse(content)));
    }),
    { numRuns: 300 },
  );
});

test('a journal with any byte changed is refused, or has no trial that was not written', () => {
  const known = results.trials.slice(0, 2).map(({ id }) => id);
  const property = fc.property(
    fc.nat(lines.length - 1),
    fc.string({ minLength: 1, maxLength: 1 }),
    (at, wrong) => {
      const content = lines.slice(0, at) + wrong + lines.slice(at + 1);
      refused(() => {
        const { trials } = parseTrials(content, 'the-file');
        expect(trials.length).toBeLessThanOrEqual(known.length);
      });
    },
  );
  fc.assert(property, { numRuns: 300 });
});
