/** What variant.json lists is what the servers' own tables declare: no option is left out. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../root.js';
import { discoverVariants } from './discover.js';

const root = repositoryRoot();
const TUNING = path.join(root, 'native', 'gonet', 'tuned', 'tuning.hpp');

/** Names on the command line, from `X(field, "name", …`. */
function declaredNames(): string[] {
  if (!existsSync(TUNING)) return [];
  return [...readFileSync(TUNING, 'utf8').matchAll(/X\(\w+,\s*"([\w-]+)"/g)].map(
    ([, name]) => name ?? '',
  );
}

const variants = await discoverVariants([path.join(root, 'servers')]);
const tuned = variants.filter(({ ablation }) =>
  ablation?.some(({ args }) => args.includes('--tune')),
);

test('the options of gonet are found', () => {
  expect(declaredNames()).toContain('fifo');
});

if (tuned.length === 0) {
  console.warn('SKIPPED ablation of --tune: no variant.json lists option sets with --tune');
  test.skip('SKIPPED no variant.json lists option sets with --tune', () => {});
}

test.each(tuned)('$name lists none first, then each option alone, and all', ({ ablation = [] }) => {
  const values = ablation.flatMap(({ args }) => (args[0] === '--tune' ? [args[1] ?? ''] : []));
  expect(values[0]).toBe('none');
  for (const name of [...declaredNames(), 'all']) expect(values).toContain(name);
});
