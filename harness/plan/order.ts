/**
 * The order of the subjects in each block: random but repeatable, and every second block mirrors
 * the one before, so that a slow drift of the machine affects every subject equally (ABBA).
 *
 * Subjects are sorted by SHA-256 of seed, condition, block and subject: a uniform permutation that
 * depends on nothing else, so adding a condition or a block does not reorder the others.
 */
import { createHash } from 'node:crypto';

/** order[block] = subject ids. Blocks count from 0; blocks 1, 3, … mirror blocks 0, 2, … */
export function blockOrders(
  seed: string,
  condition: string,
  subjects: readonly string[],
  blocks: number,
): string[][] {
  return Array.from({ length: blocks }, (_, block) => {
    const drawn = shuffled(`${seed}\n${condition}\n${block - (block % 2)}`, subjects);
    return block % 2 === 1 ? drawn.reverse() : drawn;
  });
}

function shuffled(key: string, subjects: readonly string[]): string[] {
  const ranks = subjects.map((subject) => ({ subject, rank: digest(`${key}\n${subject}`) }));
  return ranks.sort((a, b) => (a.rank < b.rank ? -1 : 1)).map(({ subject }) => subject);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
