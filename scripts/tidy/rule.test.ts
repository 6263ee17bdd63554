import { expect, it } from 'vitest';
import { describeViolation, file, type Rule, verdict } from './rule.js';

const rule: Rule = {
  name: 'no x',
  exempt: [{ path: 'old', because: 'it was there before the rule' }],
  check: (tree) =>
    tree
      .filter(({ text }) => text.includes('x'))
      .map(({ path }) => ({ path, line: 1, what: 'has x' })),
  bad: [],
  good: [],
};

it('lets an exempt file pass, and no other', () => {
  const open = verdict(rule, [file('old', 'x'), file('new', 'x')]);
  expect(open.map(describeViolation)).toEqual(['new:1 has x']);
});

it('objects to an exemption that nothing needs', () => {
  const open = verdict(rule, [file('old', 'clean')]);
  expect(open.map(describeViolation)).toEqual(['old is exempt and need not be: delete the entry']);
});
