/** A clock that may be set, and so may step, measures nothing. */
import { codeOnly } from './code.js';
import { isTest } from './layers.js';
import { eachLine, file, type Rule } from './rule.js';

const isScript = (path: string) => /\.(ts|tsx|mjs)$/.test(path);
const isCpp = (path: string) => /\.(cc|hpp|h|c)$/.test(path);

const SCRIPT_CLOCK = /\bDate\.now\b|\.getTime\(\)/;
const CPP_CLOCK = /\bCLOCK_REALTIME\b|\bgettimeofday\b|\bsystem_clock\b|\bstd::time\b/;

const monotonic: Rule = {
  name: 'times are measured by the monotonic clock; wall-clock time is only written down',
  check: (tree) =>
    eachLine(
      tree.map(({ path, text }) => ({ path, text: codeOnly(text, { strings: 'blank' }) })),
      (path) => (isScript(path) || isCpp(path)) && !isTest(path),
      (line, path) => {
        const found = (isCpp(path) ? CPP_CLOCK : SCRIPT_CLOCK).exec(line)?.[0];
        return found === undefined ? null : `uses ${found}, which steps when the clock is set`;
      },
    ),
  bad: [
    [file('harness/run/a.ts', 'const end = Date.now() + 5;\n')],
    [file('harness/run/a.ts', 'const ms = after.getTime() - before.getTime();\n')],
    [file('native/core/a.cc', 'clock_gettime(CLOCK_REALTIME, &now);\n')],
    [file('servers/x/model.cc', 'const auto now = std::chrono::system_clock::now();\n')],
  ],
  good: [
    [
      file('harness/run/a.ts', 'const at = new Date().toISOString();\nperformance.now();\n'),
      file('native/core/a.cc', 'clock_gettime(CLOCK_MONOTONIC, &now);\n'),
      file('harness/run/a.test.ts', 'Date.now();\n'),
    ],
  ],
};

export const clockRules: readonly Rule[] = [monotonic];
