/** A file that needs itself through others can be read, moved and tested only with them. */
import { posix } from 'node:path';
import { imports } from './code.js';
import { file, type Rule, type Tree } from './rule.js';

const isHeld = (path: string) => /^harness\/(cli|gate)\/.*\.tsx?$/.test(path);
const stemOf = (path: string) => path.replace(/\.[jt]sx?$/, '');

/** Stem of each file -> stems of what it imports, types too. */
function graphOf(tree: Tree): ReadonlyMap<string, readonly string[]> {
  const files = tree.filter(({ path }) => isHeld(path));
  return new Map(
    files.map(({ path, text }) => [
      stemOf(path),
      imports(text)
        .filter(({ target }) => target.startsWith('.'))
        .map(({ target }) => stemOf(posix.join(posix.dirname(path), target))),
    ]),
  );
}

/** The way from a file back to itself; null when there is none. */
function circleFrom(start: string, graph: ReturnType<typeof graphOf>): string[] | null {
  const seen = new Set<string>();
  const pending = (graph.get(start) ?? []).map((next) => [next]);
  for (let way = pending.pop(); way !== undefined; way = pending.pop()) {
    const last = way.at(-1) ?? start;
    if (last === start) return way;
    if (seen.has(last)) continue;
    seen.add(last);
    for (const next of graph.get(last) ?? []) pending.push([...way, next]);
  }
  return null;
}

const noCircles: Rule = {
  name: 'no file of the command line or the gate imports itself through others',
  check(tree) {
    const graph = graphOf(tree);
    return tree.flatMap(({ path }) => {
      const way = isHeld(path) ? circleFrom(stemOf(path), graph) : null;
      return way === null ? [] : [{ path, line: 0, what: `imports itself: ${way.join(' -> ')}` }];
    });
  },
  bad: [
    [
      file('harness/gate/a.ts', "import { b } from './lanes/b.js';\n"),
      file('harness/gate/lanes/b.ts', "import type { A } from '../a.js';\n"),
    ],
    [
      file('harness/cli/a.ts', "import { b } from './b.js';\n"),
      file('harness/cli/b.ts', "import { c } from './c.js';\n"),
      file('harness/cli/c.ts', "import { a } from './a.js';\n"),
    ],
  ],
  good: [
    [
      file('harness/cli/a.ts', "import { b } from './b.js';\nimport { c } from './c.js';\n"),
      file('harness/cli/b.ts', "import { c } from './c.js';\n"),
      file('harness/cli/c.ts', "import { x } from '../run/a.js';\n"),
    ],
  ],
};

export const circleRules: readonly Rule[] = [noCircles];
