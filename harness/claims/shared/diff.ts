/** Lines of two texts side by side: what both have, and what only one has. Pure. */

export interface DiffLine {
  readonly kind: 'both' | 'left' | 'right';
  readonly text: string;
}

/** By the longest common subsequence of lines; removed lines come before added ones. */
export function diffLines(left: string, right: string): DiffLine[] {
  const a = linesOf(left);
  const b = linesOf(right);
  const common = commonLengths(a, b);
  const out: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && a[i] === b[j]) {
      out.push({ kind: 'both', text: a[i] as string });
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && at(common, i + 1, j) >= at(common, i, j + 1))) {
      out.push({ kind: 'left', text: a[i] as string });
      i += 1;
    } else {
      out.push({ kind: 'right', text: b[j] as string });
      j += 1;
    }
  }
  return out;
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** common[i][j]: length of the longest common subsequence of a from i and b from j. */
function commonLengths(a: readonly string[], b: readonly string[]): number[][] {
  const common = Array.from({ length: a.length + 1 }, () =>
    new Array<number>(b.length + 1).fill(0),
  );
  for (let i = a.length - 1; i >= 0; i -= 1) {
    const row = common[i] as number[];
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const same = a[i] === b[j];
      row[j] = same
        ? at(common, i + 1, j + 1) + 1
        : Math.max(at(common, i + 1, j), at(common, i, j + 1));
    }
  }
  return common;
}

function at(common: readonly (readonly number[])[], i: number, j: number): number {
  return common[i]?.[j] ?? 0;
}
