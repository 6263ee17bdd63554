import { expect, it } from 'vitest';
import { countTests } from './vitest-report.mjs';

const test = (fullName: string, status: string) => ({ fullName, status });

it('counts what passed and names all the rest, skipped and todo too', () => {
  const assertionResults = [
    test('a', 'passed'),
    test('b', 'failed'),
    test('c', 'skipped'),
    test('d', 'pending'),
    test('e', 'todo'),
  ];
  expect(countTests({ testResults: [{ name: 'x', status: 'failed', assertionResults }] })).toEqual({
    passed: 1,
    notPassed: ['failed: x: b', 'skipped: x: c', 'pending: x: d', 'todo: x: e'],
  });
});

it('counts a file that could not be loaded', () => {
  const broken = { name: 'x', status: 'failed', assertionResults: [] };
  expect(countTests({ testResults: [broken] })).toEqual({ passed: 0, notPassed: ['failed: x'] });
});
