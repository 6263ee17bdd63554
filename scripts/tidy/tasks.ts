/**
 * A newcomer's four tasks: a metric, a workload, a claim and a server are one record each, and what
 * else they touch is the table in CONTRIBUTING.md.
 */
import { codeOnly } from './code.js';
import { isTest } from './layers.js';
import { eachLine, file, lines, type Rule, type Tree, type Violation } from './rule.js';

const METRICS = 'harness/results/metrics.ts';
const WORKLOADS = 'harness/results/workloads.ts';

const isSource = (path: string) => /^(harness|scripts)\/.*\.(ts|tsx|mjs)$/.test(path);
const isOfHarness = (path: string) => path.startsWith('harness/') && isSource(path);

/** The keys of the objects at the first level of a file's tables. */
function keysIn(tree: Tree, path: string): string[] {
  const text = tree.find((one) => one.path === path)?.text ?? '';
  return [...text.matchAll(/^ {2}([a-z0-9_]+): \{/gm)].flatMap(([, key]) => key ?? []);
}

const withoutComments = (tree: Tree): Tree =>
  tree.map(({ path, text }) => ({ path, text: isSource(path) ? codeOnly(text) : text }));

/** Metrics that tables, charts or decisions single out; nothing singles out the others. */
const SINGLED_OUT = new Set(
  `requests_per_s requests_per_cpu_s cpu_us_per_request latency_us_p50 latency_us_p90 latency_us_p99
  latency_us_p999 voluntary_switches_per_request involuntary_switches_per_request
  syscalls_per_request errors requests_per_wait client_cpu_us_per_request
  instructions_per_request`.split(/\s+/),
);

const metricNames: Rule = {
  name: 'a metric is named in its record, and where its figure is made',
  check(tree) {
    const names = keysIn(tree, METRICS).filter((name) => !SINGLED_OUT.has(name));
    if (names.length === 0) return [];
    const pattern = new RegExp(`\\b(${names.join('|')})\\b`);
    const allowed = [METRICS, 'harness/stats/metrics.ts'];
    return eachLine(
      withoutComments(tree),
      (path) => isOfHarness(path) && !isTest(path) && !allowed.includes(path),
      (line) => {
        const name = pattern.exec(line)?.[1];
        return name === undefined ? null : `names the metric ${name}`;
      },
    );
  },
  bad: [[file(METRICS, '  faults: {\n'), file('harness/cli/a.ts', "row('faults');\n")]],
  good: [
    [
      file(METRICS, '  errors: {\n  faults: {\n'),
      file('harness/stats/metrics.ts', "make('faults');\n"),
      file('harness/cli/a.ts', "row('errors'); // faults\n"),
      file('harness/cli/a.test.ts', "row('faults');\n"),
    ],
  ],
};

/** The plain workload, which everything else is compared with. */
const PLAIN = 'keepalive';

const workloadNames: Rule = {
  name: 'a workload is named in its record; others ask the record',
  exempt: [
    {
      path: 'harness/plan/profiles.ts',
      because: 'which workloads the full profile has is its own choice',
    },
  ],
  check(tree) {
    const names = keysIn(tree, WORKLOADS).filter((name) => name !== PLAIN);
    if (names.length === 0) return [];
    const pattern = new RegExp(`workload.*['"\`](${names.join('|')})(['"\`]|:\\d)`, 'i');
    return eachLine(
      withoutComments(tree),
      // The gate counts two forms of a request, each by a client of its own.
      (path) => isOfHarness(path) && !isTest(path) && path !== WORKLOADS && !/\bgate\b/.test(path),
      (line) => {
        const name = pattern.exec(line)?.[1];
        // A mode of servers has the name of a workload.
        if (name === undefined || /mode/i.test(line)) return null;
        return `names the workload ${name}`;
      },
    );
  },
  bad: [
    [file(WORKLOADS, '  bulk: {\n'), file('harness/run/a.ts', "if (workload === 'bulk') x();\n")],
    [file(WORKLOADS, '  bulk: {\n'), file('harness/run/a.ts', "parseWorkload('bulk:10');\n")],
    [
      file(WORKLOADS, '  bulk: {\n'),
      file('harness/plan/profiles.ts', 'x();\n'),
      file('harness/cli/a.ts', "const SLOW: readonly WorkloadName[] = ['bulk'];\n"),
    ],
  ],
  good: [
    [
      file(WORKLOADS, '  keepalive: {\n  sleep: {\n'),
      file('harness/run/a.ts', "if (workload === 'keepalive') x();\nspawn('sleep');\n"),
    ],
  ],
};

/** These are names of other things too: a piece of evidence, a figure. */
const SHARED = ['memory', 'switch-cost'];

const claimIds: Rule = {
  name: 'a claim is named in its record; others ask the record',
  check(tree) {
    const records = tree.flatMap(({ path, text }) => {
      const isRecord = /^harness\/claims\//.test(path) && !isTest(path);
      const id = isRecord ? /^ {2}id: '([a-z-]+)',$/m.exec(text)?.[1] : null;
      return id === null || id === undefined || SHARED.includes(id) ? [] : [{ id, path }];
    });
    if (records.length === 0) return [];
    const pattern = new RegExp(`['"\`](${records.map(({ id }) => id).join('|')})['"\`]`);
    return eachLine(
      withoutComments(tree),
      (path) => isOfHarness(path) && !isTest(path),
      (line, path) => {
        const id = pattern.exec(line)?.[1];
        const isOwn = records.some((one) => one.id === id && one.path === path);
        return id === undefined || isOwn ? null : `names the claim ${id}`;
      },
    );
  },
  bad: [
    [
      file('harness/claims/a-b.ts', "  id: 'a-b',\n"),
      file('harness/report/c.ts', "const CHARTS = { 'a-b': 'cpu' };\n"),
    ],
  ],
  good: [
    [
      file('harness/claims/a-b.ts', "  id: 'a-b',\n"),
      file('harness/claims/index.ts', "import { aB } from './a-b.js';\n"),
      file('harness/claims/testing-cases.ts', "const CASES = { 'a-b': {} };\n"),
    ],
  ],
};

const GUIDE = 'CONTRIBUTING.md';
/** `| a metric | 2 | the files | the example | …`. */
const ROW = /^\| an? [a-z]+ \| (\d+) \| ([^|]*) \| `([^`]+)` \|/;

/** What a row of the table gets wrong of the sources. */
function judgeRow(row: RegExpExecArray, tree: Tree): string[] {
  const [, count = '', cell = '', example = ''] = row;
  const named = [...cell.matchAll(/`([^`]+)`/g)].flatMap(([, path]) => path ?? []);
  const isNamed = (path: string) =>
    named.some((one) => (one.endsWith('/') ? path.startsWith(one) : path === one));
  const pattern = new RegExp(`(?<![a-z])${example}`, 'i');
  const holds = withoutComments(tree).filter(({ path, text }) => {
    return isSource(path) && !path.startsWith('scripts/tidy/') && pattern.test(text);
  });
  const strangers = holds.filter(({ path }) => !isTest(path) && !isNamed(path));
  const idle = named.filter((path) => {
    return !path.endsWith('/') && !holds.some((one) => one.path === path);
  });
  return [
    ...(named.length === Number(count) ? [] : [`counts ${count} files and names ${named.length}`]),
    ...strangers.map(({ path }) => `does not name ${path}, which has ${example}`),
    ...idle.map((path) => `names ${path}, which has no ${example}`),
  ];
}

const FEWEST_TASKS = 4;

/** For the examples. */
const USES = file('harness/a.ts', "x('aa');\n");

const taskTable: Rule = {
  name: "CONTRIBUTING.md names the files of a newcomer's four tasks, and no more are touched",
  check(tree) {
    const guide = tree.find(({ path }) => path === GUIDE);
    if (guide === undefined) return [];
    const rows = lines(guide.text).map((line) => ROW.exec(line));
    const found = rows.flatMap((row, index): Violation[] =>
      row === null
        ? []
        : judgeRow(row, tree).map((what) => ({ path: GUIDE, line: index + 1, what })),
    );
    const tasks = rows.filter((row) => row !== null).length;
    const lacking = { path: GUIDE, line: 0, what: `has ${tasks} of the ${FEWEST_TASKS} tasks` };
    return tasks < FEWEST_TASKS ? [...found, lacking] : found;
  },
  bad: [
    [file(GUIDE, '# Contributing\n')],
    [...exampleTasks(), USES, file('harness/b.ts', "const more = 'aa';\n")],
    [...exampleTasks(), file('harness/a.ts', '')],
    [...exampleTasks('2'), USES],
  ],
  good: [
    [
      ...exampleTasks(),
      USES,
      file('harness/b.test.ts', "x('aa');\n"),
      file('harness/b.ts', '// aa\n'),
    ],
  ],
};

function exampleTasks(count = '1'): Tree {
  const row = `| a task | ${count} | \`harness/a.ts\` | \`aa\` |\n`;
  return [file(GUIDE, row.repeat(FEWEST_TASKS))];
}

export const taskRules: readonly Rule[] = [metricNames, workloadNames, claimIds, taskTable];
