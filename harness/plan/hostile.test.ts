/** variant.json with anything in it: a variant as the schema has it, or a UserError. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserError } from '../errors.js';
import { parseVariant } from './variant-file.js';

const FILE = 'servers/a/variant.json';

const good = {
  name: 'a',
  title: 'A',
  model: 'event-loop',
  summary: 'a server',
  launch: { command: ['./a'] },
  serves: { modes: ['http'], targets: ['/'] },
  threadsPerCpu: 1,
};

function variantOrNull(text: string): unknown {
  try {
    return parseVariant(text, FILE);
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toContain(FILE);
    expect((error as UserError).exitCode).toBe(2);
    return null;
  }
}

test('any text and any JSON', () => {
  expect(variantOrNull(JSON.stringify(good))).not.toBeNull();
  const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.json());
  fc.assert(fc.property(anything, (text) => void expect(variantOrNull(text)).toBeNull()));
});

test('anything in any field: what is taken has the name of its folder and a way to start', () => {
  const field = fc.constantFrom(...Object.keys(good), 'needs', 'byDefault', 'other');
  const property = fc.property(field, fc.jsonValue(), (name, value) => {
    const variant = variantOrNull(JSON.stringify({ ...good, [name]: value }));
    if (variant !== null) expect(variant).toMatchObject({ name: 'a', launch: expect.anything() });
  });
  fc.assert(property, { numRuns: 500 });
});
