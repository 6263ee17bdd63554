/** No file of the harness needs itself, by way of others: each can be read after what it imports. */
import path from 'node:path';
import { imports } from './code.js';
import { file, type Rule, type Tree } from './rule.js';

const isModule = (name: string) => /^harness\/.*\.(ts|tsx|mjs)$/.test(name);

/** Per file the files that it imports, types too, in the order of the tree. */
function importsOf(tree: Tree): ReadonlyMap<string, readonly string[]> {
  const modules = tree.filter((one) => isModule(one.path));
  const names = new Set(modules.map((one) => one.path));
  return new Map(
    modules.map(({ path: own, text }) => {
      const found = imports(text).map(({ target }) => target);
      const files = found
        .filter((target) => target.startsWith('.'))
        .map((target) => path.join(path.dirname(own), target))
        .flatMap((target) => [target, target.replace(/\.js$/, '.ts'), target.replace(/js$/, 'tsx')])
        .filter((target) => names.has(target));
      return [own, [...new Set(files)]];
    }),
  );
}

/** The shortest way from a file back to itself, both ends included; null: there is none. */
function circleOf(start: string, all: ReadonlyMap<string, readonly string[]>): string[] | null {
  const cameFrom = new Map<string, string>();
  const pending = [start];
  for (let own = pending.shift(); own !== undefined; own = pending.shift()) {
    for (const target of all.get(own) ?? []) {
      if (cameFrom.has(target)) continue;
      cameFrom.set(target, own);
      pending.push(target);
    }
    if (cameFrom.has(start)) break;
  }
  const before = cameFrom.get(start);
  if (before === undefined) return null;
  const way = [start];
  for (let at = before; at !== start; at = cameFrom.get(at) ?? start) way.unshift(at);
  return [start, ...way];
}

export const circleRule: Rule = {
  name: 'no files of the harness import each other in a circle, types included',
  check(tree) {
    const all = importsOf(tree);
    return [...all.keys()].flatMap((own) => {
      const circle = circleOf(own, all);
      // Named once, at the file that comes first.
      if (circle === null || [...circle].sort()[0] !== own) return [];
      return [{ path: own, line: 0, what: `imports itself: ${circle.join(' -> ')}` }];
    });
  },
  bad: [
    [
      file('harness/a.ts', "import { b } from './b.js';\n"),
      file('harness/b.ts', "import type { A } from './a.js';\n"),
    ],
    [
      file('harness/run/a.ts', "export { b } from '../load/b.js';\n"),
      file('harness/load/b.ts', "const c = await import('./c.js');\n"),
      file('harness/load/c.tsx', "import { type A } from '../run/a.js';\n"),
    ],
    [file('harness/a.ts', "import { a } from './a.js';\n")],
  ],
  good: [
    [
      file('harness/a.ts', "import { b } from './b.js';\nimport { c } from './c.js';\n"),
      file('harness/b.ts', "import { c } from './c.js';\nimport fs from 'node:fs';\n"),
      file('harness/c.ts', "// import { a } from './a.js';\n"),
    ],
  ],
};
