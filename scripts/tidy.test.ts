/** The rules of this repository, as tests. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { circleRule } from './tidy/circles.js';
import { clockRules } from './tidy/clocks.js';
import { layerRules } from './tidy/layers.js';
import { pictureRules } from './tidy/picture.js';
import { describeViolation, verdict } from './tidy/rule.js';
import { FILE_LINES_SOFT, nearlyTooLong, sizeRules } from './tidy/sizes.js';
import { taskRules } from './tidy/tasks.js';
import { testRules } from './tidy/tests.js';
import { readTree } from './tidy/tree.js';
import { wordRules } from './tidy/words.js';
import { workflowRules } from './tidy/workflows.js';

const rules = [
  ...layerRules,
  circleRule,
  ...sizeRules,
  ...wordRules,
  ...testRules,
  ...workflowRules,
  ...clockRules,
  ...pictureRules,
  ...taskRules,
];
const tree = readTree(fileURLToPath(new URL('..', import.meta.url)));

it('reads the repository', () => {
  const paths = tree.map(({ path }) => path);
  expect(paths).toContain('package.json');
  expect(paths.filter((path) => /^(node_modules|dist|build)\//.test(path))).toEqual([]);
});

describe.each(rules)('$name', (rule) => {
  it('holds here', () => {
    expect(verdict(rule, tree).map(describeViolation)).toEqual([]);
  });

  it.each(rule.bad.map((bad, index) => ({ number: index + 1, bad })))(
    'objects to bad tree $number',
    ({ bad }) => {
      expect(rule.check(bad)).not.toEqual([]);
    },
  );

  it.each(rule.good.map((good, index) => ({ number: index + 1, good })))(
    'passes good tree $number',
    ({ good }) => {
      expect(rule.check(good)).toEqual([]);
    },
  );
});

it('names the files that grow towards the limit', () => {
  const long = nearlyTooLong(tree);
  if (long.length > 0) console.warn(`over ${FILE_LINES_SOFT} lines: ${long.join(', ')}`);
  expect(nearlyTooLong([{ path: 'a.ts', text: 'x\n'.repeat(FILE_LINES_SOFT + 1) }])).toEqual([
    `a.ts (${FILE_LINES_SOFT + 1})`,
  ]);
});
