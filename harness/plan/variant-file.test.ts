import { expect, test } from 'vitest';
import { UserError } from '../errors.js';
import { parseVariant } from './variant-file.js';

const GOOD = {
  name: 'good',
  title: 'Good',
  model: 'callback-epoll',
  summary: 'A server.',
  launch: { native: 'good' },
  serves: { modes: ['http'], targets: ['/'] },
  threadsPerCpu: 1,
};
const OUTSIDE = { ...GOOD, control: 'none', launch: { command: ['x', `\${port}`] } };

function linesOf(content: object | string): string[] {
  const text = typeof content === 'string' ? content : JSON.stringify(content, null, 2);
  try {
    parseVariant(text, '/s/good/variant.json');
  } catch (error) {
    if (error instanceof UserError) return error.message.split('\n');
    throw error;
  }
  throw new Error('it was accepted');
}

test('what is right is accepted, with the defaults filled in', () => {
  const file = parseVariant(JSON.stringify(GOOD), '/s/good/variant.json');
  expect(file).toMatchObject({ ...GOOD, byDefault: true, needs: [] });
  expect(parseVariant(JSON.stringify(OUTSIDE), '/s/good/variant.json').control).toBe('none');
});

test('every mistake has its line, its field and what would be right', () => {
  const { launch: _, ...rest } = GOOD;
  expect(linesOf({ ...rest, title: '', serves: { modes: ['htp'], targets: ['/'] } })).toEqual([
    '/s/good/variant.json is not valid:',
    expect.stringMatching(/^ {2}line 3: title: .*\(As tables and charts show it\.\)$/),
    expect.stringMatching(/^ {2}line 1: launch: is missing/),
    expect.stringMatching(/^ {2}line 8: serves\.modes\[0\]: .*"http"/),
  ]);
});

test.each([
  [{ ...GOOD, threadPerCpu: 1 }, /line 18: threadPerCpu: .*did you mean threadsPerCpu\?/],
  [{ ...GOOD, launch: { native: 5 } }, /line 7: launch\.native: /],
  [{ ...GOOD, launch: { command: [] } }, /line 7: launch\.command: /],
  [{ ...GOOD, launch: { command: ['x'], bild: ['y'] } }, /launch\.bild: .*did you mean build\?/],
  [{ ...GOOD, needs: [{ program: 'x' }] }, /needs\[0\]\.hint: is missing \(How to get it\.\)/],
  [{ ...GOOD, reply: 'x' }, /reply: takes "answers": "plain"/],
  [{ ...OUTSIDE, launch: { command: ['x'] } }, /launch\.command: needs \$\{port\}/],
  [{ ...OUTSIDE, launch: { native: 'x' } }, /launch\.native: a native server has control/],
  [{ ...OUTSIDE, answers: 'exact' }, /answers: cannot be exact/],
  [{ ...OUTSIDE, serves: { modes: ['greeting'], targets: ['/'] } }, /serves\.modes: only http/],
  [{ ...OUTSIDE, serves: { modes: ['http'], targets: ['/work'] } }, /serves\.targets: only \//],
  [{ ...GOOD, launch: { command: ['x'], stop: ['y'] } }, /launch\.stop: takes "control": "none"/],
  [{ ...GOOD, launch: { command: [`\${port}`] } }, /launch\.command: \$\{port\} takes "control"/],
])('%j', (content, line) => {
  expect(linesOf(content)[1]).toMatch(line);
});

test('a syntax error has its line', () => {
  expect(linesOf('{\n  "name": "good",\n  "title" "Good"\n}')[0]).toMatch(
    /^\/s\/good\/variant\.json is not JSON: line 3: /,
  );
  expect(linesOf('{"name": ')[0]).toContain('is not JSON: line 1: ');
});

test('name and folder must agree', () => {
  expect(linesOf({ ...GOOD, name: 'other' })).toEqual([
    '/s/good/variant.json: name is other, and its folder is good',
  ]);
});
