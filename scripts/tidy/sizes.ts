/** The limits on files, lines and functions. */
import { type Block, columnsWithoutStrings, functions } from './code.js';
import { isTest } from './layers.js';
import { file, lines, type Rule, type Tree } from './rule.js';

export const FILE_LINES_MAX = 350;
export const FILE_LINES_SOFT = 300;
const COLUMNS_MAX = 100;
const FUNCTION_LINES_MAX = 60;

const isCode = (path: string) => /\.(ts|tsx|mjs|cc|hpp|h|c|S|go)$/.test(path);

/** Files over the soft limit, longest first, as `path (lines)`. */
export function nearlyTooLong(tree: Tree): string[] {
  return tree
    .filter(({ path }) => isCode(path))
    .map(({ path, text }) => ({ path, count: lineCount(text) }))
    .filter(({ count }) => count > FILE_LINES_SOFT)
    .sort((a, b) => b.count - a.count)
    .map(({ path, count }) => `${path} (${count})`);
}

const lineCount = (text: string) => lines(text.replace(/\n$/, '')).length;

const fileLength: Rule = {
  name: `no file has more than ${FILE_LINES_MAX} lines`,
  check: (tree) =>
    tree
      .filter(({ path, text }) => isCode(path) && lineCount(text) > FILE_LINES_MAX)
      .map(({ path, text }) => ({ path, line: 0, what: `has ${lineCount(text)} lines` })),
  bad: [[file('a.ts', 'x\n'.repeat(FILE_LINES_MAX + 1))]],
  good: [[file('a.ts', 'x\n'.repeat(FILE_LINES_MAX))], [file('a.json', 'x\n'.repeat(999))]],
};

/** A regular expression cannot be broken over lines. */
const ONE_PATTERN = /^\s*\/.*\/[a-z]*,?$/;

const lineLength: Rule = {
  name: `no line has more than ${COLUMNS_MAX} columns, the inside of strings and lines of one pattern aside`,
  check: (tree) =>
    tree
      .filter(({ path }) => isCode(path))
      .flatMap(({ path, text }) =>
        columnsWithoutStrings(text)
          .map((columns, index) => ({
            path,
            line: index + 1,
            what: `has ${columns} columns`,
            columns,
          }))
          .filter(({ columns }) => columns > COLUMNS_MAX)
          .filter(({ line }) => !ONE_PATTERN.test(lines(text)[line - 1] ?? '')),
      ),
  bad: [
    [file('a.cc', `${'x'.repeat(COLUMNS_MAX + 1)}\n`)],
    [file('a.cc', `// ${'x'.repeat(COLUMNS_MAX)}\n`)],
  ],
  good: [
    [file('a.cc', `${'→'.repeat(COLUMNS_MAX)}\n`)],
    [file('a.md', 'x'.repeat(999))],
    [file('a.ts', `  /^${'x'.repeat(COLUMNS_MAX)}$/,\n`)],
    [file('a.ts', `const text = '${'x'.repeat(999)}';\n`)],
  ],
};

/** A block of tests is a list, which nobody has to keep in mind as a whole. */
function isChapter(path: string, text: string, { line, length }: Block): boolean {
  if (!isTest(path)) return false;
  const inside = lines(text).slice(line, line + length - 1);
  return inside.some((each) => /^\s*(it|test|describe)(\.[\w.]+)?\(/.test(each));
}

const functionLength: Rule = {
  name: `no function has more than ${FUNCTION_LINES_MAX} lines`,
  check: (tree) =>
    tree
      .filter(({ path }) => isCode(path))
      .flatMap(({ path, text }) =>
        functions(text)
          .filter((block) => !isChapter(path, text, block))
          .filter(({ length }) => length > FUNCTION_LINES_MAX)
          .map(({ line, length }) => ({
            path,
            line,
            what: `begins a function of ${length} lines`,
          })),
      ),
  bad: [
    [file('a.ts', `function f() {\n${'  x();\n'.repeat(FUNCTION_LINES_MAX - 1)}}\n`)],
    [file('a.test.ts', `it('x', async () => {\n${'  x();\n'.repeat(FUNCTION_LINES_MAX)}});\n`)],
    [file('a.cc', `void A::f(\n    int x) const {\n${'  x();\n'.repeat(FUNCTION_LINES_MAX)}}\n`)],
    [file('a.go', `func (c *conn) f() error {\n${'\tx()\n'.repeat(FUNCTION_LINES_MAX)}}\n`)],
  ],
  good: [
    [file('a.ts', `function f() {\n${'  x();\n'.repeat(FUNCTION_LINES_MAX - 2)}}\n`)],
    [file('a.test.ts', `describe('x', () => {\n${"  it('y', z);\n".repeat(99)}});\n`)],
    [file('a.ts', `const table = {\n${'  x: 1,\n'.repeat(FUNCTION_LINES_MAX)}};\n`)],
    [file('a.cc', `namespace x {\n${'int x;\n'.repeat(FUNCTION_LINES_MAX)}}\n`)],
    [file('a.hpp', `class X final {\n${'  int x;\n'.repeat(FUNCTION_LINES_MAX)}};\n`)],
  ],
};

export const sizeRules: readonly Rule[] = [fileLength, lineLength, functionLength];
