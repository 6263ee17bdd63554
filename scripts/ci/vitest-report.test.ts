import { expect, it } from 'vitest';
import { countChecks, countTests } from './vitest-report.mjs';

const test = (fullName: string, status: string) => {
  const titles = fullName.split(' ');
  return { fullName, status, ancestorTitles: titles.slice(0, -1), title: titles.at(-1) ?? '' };
};

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

it('counts a check that several servers run once, and others by their file', () => {
  const file = (name: string, ...names: string[]) => ({
    name,
    status: 'passed',
    assertionResults: names.map((each) => test(each, 'passed')),
  });
  const testResults = [
    file('/x/servers/protocol.test.ts', 'go-net framing splits', 'nginx framing splits'),
    file('/x/servers/more.test.ts', 'gnet framing splits', 'gnet framing joins'),
    file('/x/harness/a.test.ts', 'one framing splits', 'two framing splits'),
    file('/x/harness/b.test.ts', 'one framing splits'),
  ];
  expect(countChecks({ testResults })).toBe(5);
});
