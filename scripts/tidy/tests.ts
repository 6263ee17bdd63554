/** Tests mirror sources: what has logic is run by a test of its own area, harness/<area>. */
import { posix } from 'node:path';
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

/** `harness/run/life.ts` -> `harness/run`: sources are tested within their area. */
const areaOf = (path: string): string => path.split('/').slice(0, 2).join('/');

/** Paths that a file imports from its own area. */
function areaImports({ path, text }: SourceFile): string[] {
  return imports(text)
    .filter(({ target }) => /^\.\.?\//.test(target))
    .map(({ target }) => posix.join(posix.dirname(path), target).replace(/\.js$/, ''))
    .filter((stem) => areaOf(stem) === areaOf(path));
}

/** Stems of the sources that the area's own tests run: named by a test, imported by one, or used by those. */
function testedStems(tree: readonly SourceFile[]): Set<string> {
  const sources = new Map(tree.map((source) => [stemOf(source.path), source]));
  const tests = tree.filter(({ path }) => /\.test\.tsx?$/.test(path));
  const pending = tests.flatMap((test) => [
    test.path.replace(/\.test\.tsx?$/, ''),
    ...areaImports(test),
  ]);
  const tested = new Set<string>();
  for (let stem = pending.pop(); stem !== undefined; stem = pending.pop()) {
    if (tested.has(stem)) continue;
    tested.add(stem);
    const source = sources.get(stem);
    if (source !== undefined) pending.push(...areaImports(source));
  }
  return tested;
}

const stemOf = (path: string): string => path.replace(/\.tsx?$/, '');

const mirrors: Rule = {
  name: 'a source with logic is run by a test of its area',
  exempt: [
    {
      path: 'harness/cli/main.ts',
      because: 'it only hands the process to runCli; the smoke compare of .ci/run is its test',
    },
    {
      path: 'harness/errors.ts',
      because: 'it holds data and takes no decision; every thrower is tested with it',
    },
  ],
  check(tree) {
    const tested = testedStems(tree);
    return tree
      .filter(({ path }) => /^harness\/.*\.tsx?$/.test(path) && !isTest(path))
      .filter(({ text }) => hasLogic(text))
      .filter(({ path }) => !tested.has(stemOf(path)))
      .map(({ path }) => ({ path, line: 0, what: 'has logic that no test of its area runs' }));
  },
  bad: [
    [
      file('harness/run/a.ts', 'export function f() {}\n'),
      file('harness/plan/b.test.ts', "import { f } from '../run/a.js';\n"),
    ],
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
      file('harness/run/a.ts', 'export function f() {}\n'),
      file('harness/run/b.ts', "import { f } from './a.js';\nexport function g() {}\n"),
      file('harness/run/c.test.ts', "import { g } from './b.js';\n"),
    ],
  ],
};

export const testRules: readonly Rule[] = [mirrors];
