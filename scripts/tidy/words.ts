/** What no file may contain, and the form of the documents that have one. */
import { commentsOnly } from './code.js';
import { eachLine, file, lines, type Rule, type Tree, type Violation } from './rule.js';

const isText = (path: string) => !/\.(png|jpg|svg|ico|woff2?|gz)$/.test(path);

/** Written in halves, so that this file does not break its own rules. */
const half = (...parts: string[]) => parts.join('');

/** The first folders of machines that these sources were written or built on. */
const MACHINE_PATH = new RegExp(half('(?<![\\w.])/(', 'root|work/(main|shared)|home/\\w+', ')/'));
const ELSEWHERE = half('../', 'shared');
const REGISTRY_HOSTS = [
  half('registry.', 'npmjs.org'),
  half('registry.', 'yarnpkg.com'),
  half('proxy.', 'golang.org'),
  half('sum.', 'golang.org'),
  half('pypi.', 'org'),
  half('deb.', 'debian.org'),
  half('files.', 'pythonhosted.org'),
];

function forbidden(name: string, test: (line: string) => string | null, bad: string, good: string) {
  const rule: Rule = {
    name,
    check: (tree) => eachLine(tree, isText, test),
    bad: [[file('docs/a.md', `${bad}\n`)]],
    good: [[file('docs/a.md', `${good}\n`)]],
  };
  return rule;
}

const machinePaths = forbidden(
  'no path of one machine',
  (line) => {
    const found = MACHINE_PATH.exec(line)?.[0];
    return found === undefined ? null : `has the machine path ${found}`;
  },
  half('see /work', '/main/harness'),
  'GET /work?us=10 and ./root/x and go build ./root/',
);

const elsewhere = forbidden(
  'nothing refers to a folder outside the repository',
  (line) => (line.includes(ELSEWHERE) ? `refers to ${ELSEWHERE}` : null),
  half('[design](../', 'shared/DESIGN.md)'),
  'a shared core',
);

const registries = forbidden(
  'no host of a package registry',
  (line) => {
    const host = REGISTRY_HOSTS.find((name) => line.includes(name));
    return host === undefined ? null : `names ${host}`;
  },
  half('"resolved": "https://registry.', 'npmjs.org/a.tgz"'),
  'https://nodejs.org/en/download',
);

/** Words that engineers do not use, or use for something else. Texts for readers may have them. */
const ODD_WORD = /\b(?:whoever|beside|told|mend(?:s|ed|ing)?|dearer|anew)\b/i;
const OUR_CODE = /^(?:native|harness|servers|scripts|go-reference|\.ci)\/|^vitest\.config\.ts$/;
const SLASH_COMMENTS = /\.(?:tsx?|mjs|js|cc|hpp|h|c|go|rs|pml)$/;
const HASH_COMMENTS = /(?:^|\/)Makefile$|\.(?:sh|toml)$|^\.ci\/run$/;

const plainComments: Rule = {
  name: 'comments use the words of engineers',
  check: (tree) =>
    eachLine(tree.filter(({ path }) => OUR_CODE.test(path)).map(comments), () => true, oddWord),
  bad: [
    [file('harness/a.ts', '/** Calls back\n * whoever waits. */\n')],
    [file('native/core/a.cc', 'int a;  // beside b\n')],
    [file('servers/a/main.rs', '/// Told by stdin.\n')],
    [file('go-reference/a.go', '// a mends it\n')],
    [file('native/gonet/model/a.pml', '/* read anew */\n')],
    [file('native/test/Makefile', 'a: b # is dearer\n')],
    [file('.ci/run', '# what can be mended\n')],
  ],
  good: [
    [
      file('harness/a.ts', "const told = 'measure anew'; // besides, a mendicant retold it\n"),
      file('.ci/run', 'echo "beside the tests"\n'),
      file('docs/a.md', 'Whoever reads this\n'),
    ],
  ],
};

function comments({ path, text }: Tree[number]): Tree[number] {
  if (SLASH_COMMENTS.test(path)) return { path, text: commentsOnly(text) };
  if (!HASH_COMMENTS.test(path)) return { path, text: '' };
  const kept = lines(text).map((line) => /(?:^|\s)#.*$/.exec(line)?.[0] ?? '');
  return { path, text: kept.join('\n') };
}

function oddWord(comment: string): string | null {
  const found = ODD_WORD.exec(comment)?.[0];
  return found === undefined ? null : `has \`${found}\` in a comment: use a plain word`;
}

const CHANGELOG_SECTIONS = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];

const changelog: Rule = {
  name: 'CHANGELOG.md has the form of Keep a Changelog',
  check(tree) {
    const text = tree.find(({ path }) => path === 'CHANGELOG.md')?.text;
    if (text === undefined) return [{ path: 'CHANGELOG.md', line: 0, what: 'is missing' }];
    return [...changelogFrame(text), ...changelogHeadings(text)];
  },
  bad: [
    [],
    [file('CHANGELOG.md', '# History\n\n## [Unreleased]\n')],
    [file('CHANGELOG.md', '# Changelog\n\n## [0.1.0] - 2026-01-01\n')],
    [file('CHANGELOG.md', '# Changelog\n\n## [Unreleased]\n\n### Misc\n')],
    [file('CHANGELOG.md', '# Changelog\n\n## [Unreleased]\n\n## 0.1.0\n')],
  ],
  good: [
    [
      file(
        'CHANGELOG.md',
        '# Changelog\n\n## [Unreleased]\n\n### Added\n\n- x\n\n## [0.1.0] - 2026-01-31\n',
      ),
    ],
  ],
};

function changelogFrame(text: string): Violation[] {
  const path = 'CHANGELOG.md';
  const isTitled = text.startsWith('# Changelog\n');
  const first = lines(text).find((line) => line.startsWith('## '));
  return [
    ...(isTitled ? [] : [{ path, line: 1, what: 'does not begin with `# Changelog`' }]),
    ...(first === '## [Unreleased]' ? [] : [{ path, line: 0, what: 'lacks `## [Unreleased]`' }]),
  ];
}

function changelogHeadings(text: string): Violation[] {
  return lines(text).flatMap((line, index) => {
    const isRelease = /^## \[(Unreleased|\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d$)/.test(line);
    const isSection = CHANGELOG_SECTIONS.some((name) => line === `### ${name}`);
    const isBad = (line.startsWith('## ') && !isRelease) || (line.startsWith('### ') && !isSection);
    return isBad ? [{ path: 'CHANGELOG.md', line: index + 1, what: `has \`${line}\`` }] : [];
  });
}

const DECISION_WORDS_MAX = 1200;
const DECISION_SECTIONS = ['Problem', 'Decision', 'Why', 'Cost'];
const isDecision = (path: string) => path.startsWith('docs/decisions/') && path.endsWith('.md');
const numberOf = (path: string) => /^docs\/decisions\/(\d{4})-[a-z0-9-]+\.md$/.exec(path)?.[1];

const decisions: Rule = {
  name: `a decision has a number, four sections and at most ${DECISION_WORDS_MAX} words`,
  check(tree) {
    const files = tree.filter(({ path }) => isDecision(path));
    return files.flatMap(({ path, text }) => {
      const number = numberOf(path);
      const isTwice = files.some((other) => other.path !== path && numberOf(other.path) === number);
      const count = text.split(/\s+/).filter((word) => word !== '').length;
      const missing = DECISION_SECTIONS.filter((name) => !lines(text).includes(`## ${name}`));
      const faults = [
        ...(number === undefined ? ['is not named NNNN-short-title.md'] : []),
        ...(number !== undefined && isTwice ? [`shares the number ${number}`] : []),
        ...(count > DECISION_WORDS_MAX ? [`has ${count} words`] : []),
        ...missing.map((name) => `lacks the section ${name}`),
      ];
      return faults.map((what) => ({ path, line: 0, what }));
    });
  },
  bad: [
    [file('docs/decisions/x.md', decision(''))],
    [file('docs/decisions/0001-x.md', '# X\n\n## Problem\n')],
    [file('docs/decisions/0001-x.md', decision('word '.repeat(DECISION_WORDS_MAX)))],
    [
      file('docs/decisions/0001-x.md', decision('')),
      file('docs/decisions/0001-y.md', decision('')),
    ],
  ],
  good: [[file('docs/decisions/0001-x.md', decision('Short.'))]],
};

function decision(text: string): string {
  return `# X\n\n${text}\n\n${DECISION_SECTIONS.map((name) => `## ${name}\n`).join('\n')}`;
}

const commands: Rule = {
  name: 'commands in the documents exist',
  check: (tree) =>
    tree.filter(({ path }) => path.endsWith('.md')).flatMap((doc) => brokenCommands(tree, doc)),
  bad: [
    [readme('$ npm run missing'), file('package.json', '{"scripts":{"compare":"x"}}')],
    [readme('$ bash .ci/absent'), file('package.json', '{}')],
    [readme('$ npm test'), file('package.json', '{"scripts":{}}')],
    [readme('$ node scripts/absent.mjs'), file('package.json', '{}')],
  ],
  good: [
    [
      readme('$ npm run compare -- --profile smoke\nsome output: npm run nothing\n$ bash .ci/run'),
      file('package.json', '{"scripts":{"compare":"x"}}'),
      file('.ci/run', ''),
    ],
  ],
};

function readme(block: string) {
  return file('README.md', `# X\n\n\`\`\`console\n${block}\n\`\`\`\n`);
}

function brokenCommands(tree: Tree, doc: { path: string; text: string }): Violation[] {
  const manifest = tree.find(({ path }) => path === 'package.json')?.text ?? '{}';
  const scripts = Object.keys(JSON.parse(manifest).scripts ?? {});
  let isConsole = false;
  return lines(doc.text).flatMap((line, index) => {
    if (line.trimStart().startsWith('```')) isConsole = line.trim() === '```console';
    const command = isConsole ? /^\s*[$#] (.+)$/.exec(line)?.[1] : undefined;
    const what = command === undefined ? null : whatIsMissing(command, scripts, tree);
    return what === null ? [] : [{ path: doc.path, line: index + 1, what }];
  });
}

function whatIsMissing(command: string, scripts: readonly string[], tree: Tree): string | null {
  const script = /\bnpm (?:run )?(test|(?<=run )[\w:-]+)/.exec(command)?.[1];
  if (script !== undefined && !scripts.includes(script)) return `runs the unknown script ${script}`;
  const program = /^(?:bash|node) ([\w./-]+)/.exec(command)?.[1];
  if (program === undefined || program.startsWith('dist/')) return null;
  return tree.some(({ path }) => path === program) ? null : `runs the missing file ${program}`;
}

export const wordRules: readonly Rule[] = [
  machinePaths,
  elsewhere,
  registries,
  plainComments,
  changelog,
  decisions,
  commands,
];
