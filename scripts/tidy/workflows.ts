/** What .github/workflows may contain. */
import { eachLine, file, type Rule } from './rule.js';

const isWorkflow = (path: string) => /^\.github\/(workflows|actions)\/.*\.ya?ml$/.test(path);

const pinnedActions: Rule = {
  name: 'workflows use actions by their commit',
  check: (tree) =>
    eachLine(tree, isWorkflow, (line) => {
      const used = /^\s*(?:-\s*)?uses:\s*['"]?([^\s'"#]+)/.exec(line)?.[1];
      if (used === undefined || used.startsWith('./')) return null;
      return /@[0-9a-f]{40}$/.test(used) ? null : `uses ${used}, which can change: name its commit`;
    }),
  bad: [
    [file('.github/workflows/a.yml', '      - uses: actions/checkout@v4\n')],
    [file('.github/workflows/a.yml', '    uses: "owner/repo/.github/workflows/b.yml@main"\n')],
    [file('.github/actions/a/action.yml', '    - uses: actions/cache\n')],
  ],
  good: [
    [
      file(
        '.github/workflows/a.yml',
        `      - uses: actions/checkout@${'0a'.repeat(20)} # v4\n      - uses: ./.github/actions/a\n`,
      ),
    ],
    [file('docs/a.md', 'uses: actions/checkout@v4\n')],
  ],
};

export const workflowRules: readonly Rule[] = [pinnedActions];
