/** Tests mirror sources: what has logic has a test beside it. */
import { codeOnly, imports } from './code.js';
import { isTest } from './layers.js';
import { file, type Rule, type SourceFile } from './rule.js';

/**
 * A function with a body. Types, tables, schemas and constants have nothing to test but what uses
 * them.
 */
const LOGIC = /\bfunction\b|=>\s*\{|=>\s*\n?\s*[\w(`'"[!]|^\s+(async )?\w+\([^)]*\)[^;=]*\{$/m;
const TYPE_LINES = /^(export )?(type|interface)\b[^;{]*(\{[^}]*\})?[^;]*;?$/gm;

export function hasLogic(text: string): boolean {
  return LOGIC.test(codeOnly(text, { strings: 'blank' }).replaceAll(TYPE_LINES, ''));
}

/** A test of the same name, or one in the same folder that imports the source itself. */
function isTestOf(test: SourceFile, path: string): boolean {
  const stem = path.replace(/\.tsx?$/, '');
  if (test.path.replace(/\.test\.tsx?$/, '') === stem) return true;
  const target = `./${stem.slice(stem.lastIndexOf('/') + 1)}.js`;
  const isNeighbour = folderOf(test.path) === folderOf(path);
  return isNeighbour && imports(test.text).some((found) => found.target === target);
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

const mirrors: Rule = {
  name: 'a source with logic has a test beside it',
  exempt: [
    {
      path: 'harness/errors.ts',
      because: 'it holds data and takes no decision; every thrower is tested with it',
    },
  ],
  check(tree) {
    const tests = tree.filter(({ path }) => /\.test\.tsx?$/.test(path));
    return tree
      .filter(({ path }) => /^harness\/.*\.tsx?$/.test(path) && !isTest(path))
      .filter(({ text }) => hasLogic(text))
      .filter(({ path }) => !tests.some((test) => isTestOf(test, path)))
      .map(({ path }) => ({ path, line: 0, what: 'has logic and no test of its own beside it' }));
  },
  bad: [
    [file('harness/a.ts', 'export function f(x: number): number {\n  return x;\n}\n')],
    [file('harness/a.ts', 'export const f = (x: number) => x + 1;\n')],
    [file('harness/a.ts', 'export class A {\n  f(x: number): number {\n    return x;\n  }\n}\n')],
  ],
  good: [
    [file('harness/a.ts', 'export function f() {}\n'), file('harness/a.test.ts', '')],
    [file('harness/a.ts', 'export type F = (x: number) => void;\nexport const X = { a: 1 };\n')],
    [file('harness/a.ts', 'export interface A {\n  f(x: number): number;\n}\n')],
    [file('harness/testing.ts', 'export function f() {}\n')],
    [
      file('harness/a.ts', 'export function f() {}\n'),
      file('harness/b.test.ts', "import { f } from './a.js';\n"),
    ],
  ],
};

export const testRules: readonly Rule[] = [mirrors];
