/**
 * The picture in docs/ARCHITECTURE.md. An arrow that is drawn through is an import, and names the
 * file that is imported; a dotted one is bytes between processes, where nothing is imported.
 */
import { posix } from 'node:path';
import { imports, includes } from './code.js';
import { isTest } from './layers.js';
import { file, lines, type Rule, type Tree, type Violation } from './rule.js';

const PICTURE = 'docs/ARCHITECTURE.md';

interface Arrow {
  readonly line: number;
  readonly from: string;
  readonly to: string;
  readonly label: string;
  /** Drawn through: an import. Dotted: bytes between processes, or a file. */
  readonly isImport: boolean;
}

/** `run["harness/run<br>what it does"]` */
const NODE = /(\w+)\["((?:harness|native|servers)[\w/-]*)/g;
const ARROW = /^\s*(\w+)\S*\s+(-->|-\.->)\|"([^"]+)"\|\s+(\w+)/;

/** Folders by their names in the picture, and its arrows. */
function read(text: string): { folders: Map<string, string>; arrows: Arrow[] } {
  const folders = new Map<string, string>();
  const arrows: Arrow[] = [];
  let isInside = false;
  for (const [index, line] of lines(text).entries()) {
    if (line.startsWith('```')) isInside = line === '```mermaid';
    if (!isInside) continue;
    for (const [, name, folder] of line.matchAll(NODE)) folders.set(name ?? '', folder ?? '');
    const [, from, stroke, label, to] = ARROW.exec(line) ?? [];
    if (from && label && to) {
      arrows.push({ line: index + 1, from, to, label, isImport: stroke === '-->' });
    }
  }
  return { folders, arrows };
}

/** What a file imports or includes, as paths of this repository. */
function targets({ path, text }: Tree[number]): string[] {
  const isCpp = /\.(cc|hpp)$/.test(path);
  const found = isCpp ? includes(text).filter(({ isAngled }) => !isAngled) : imports(text);
  return found.map(({ target }) => {
    const isOwn = !isCpp || !target.includes('/') || target.startsWith('.');
    const whole = isOwn ? posix.join(posix.dirname(path), target) : `native/${target}`;
    return whole.replace(/\.\w+$/, '');
  });
}

/** The innermost folder of the picture that a path lies in. */
function folderOf(path: string, folders: Iterable<string>): string | undefined {
  return [...folders]
    .filter((folder) => path.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length)[0];
}

function judge(arrow: Arrow, folders: ReadonlyMap<string, string>, tree: Tree): string | null {
  const from = folders.get(arrow.from);
  const to = folders.get(arrow.to);
  if (from === undefined || to === undefined) return 'an arrow ends at a name without a folder';
  const all = [...folders.values()];
  const imported = tree
    .filter(({ path }) => /\.(tsx?|cc|hpp)$/.test(path) && !isTest(path))
    .filter(({ path }) => folderOf(path, all) === from)
    .flatMap(targets)
    .filter((path) => folderOf(path, all) === to);
  if (!arrow.isImport) {
    return imported.length === 0 ? null : `${from} imports ${imported[0]}: draw it through`;
  }
  return imported.includes(arrow.label) ? null : `no file of ${from} imports ${arrow.label}`;
}

function check(tree: Tree): Violation[] {
  const text = tree.find(({ path }) => path === PICTURE)?.text;
  if (text === undefined) return [];
  const { folders, arrows } = read(text);
  const wrong = arrows.flatMap((arrow) => {
    const what = judge(arrow, folders, tree);
    return what === null ? [] : [{ path: PICTURE, line: arrow.line, what }];
  });
  const drawn = new Set(folders.values());
  const sources = tree.flatMap(({ path }) => /^harness\/([\w-]+)\//.exec(path)?.[1] ?? []);
  const missing = [...new Set(sources)]
    .filter((folder) => !drawn.has(`harness/${folder}`))
    .map((folder) => ({ path: PICTURE, line: 0, what: `does not draw harness/${folder}` }));
  return [...wrong, ...missing];
}

const drawing = (...rows: string[]) =>
  file(PICTURE, ['```mermaid', 'flowchart TB', ...rows, '```', ''].join('\n'));
const A = '  a["harness/a<br>one"]';
const B = '  b["harness/b<br>another"]';
const USES = file('harness/a/x.ts', "import { y } from '../b/y.js';\n");
const USED = file('harness/b/y.ts', '\n');

const picture: Rule = {
  name: 'the picture in docs/ARCHITECTURE.md has every folder of harness, and true arrows',
  check,
  bad: [
    [drawing(A, B, '  a -->|"harness/b/y"| b'), USED],
    [drawing(A, B, '  a -->|"harness/b/z"| b'), USES, USED],
    [drawing(A, B, '  b -->|"harness/a/x"| a'), USES, USED],
    [drawing(A, B, '  a -.->|"bytes"| b'), USES, USED],
    [drawing(A, '  a -->|"harness/b/y"| b'), USES],
    [drawing(A), USES, USED],
    [drawing(A, B, '  a -->|"harness/b/y"| b'), file('harness/a/x.test.ts', USES.text), USED],
  ],
  good: [
    [drawing(A, B, '  a -->|"harness/b/y"| b'), USES, USED],
    [drawing(A, B, '  b -.->|"bytes"| a'), USES, USED],
    [
      drawing('  m["servers"]', '  g["native/gonet"]', '  m -->|"native/gonet/net"| g'),
      file('servers/x/model.cc', '#include "gonet/net.hpp"\n'),
    ],
  ],
};

export const pictureRules: readonly Rule[] = [picture];
