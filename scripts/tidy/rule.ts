/**
 * What a tidy rule is. A rule reads a tree of files and names violations. It carries trees that
 * break it and trees that keep it, and the test runs it on them: a rule that cannot fail is not a
 * rule.
 */
export interface SourceFile {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

export type Tree = readonly SourceFile[];

export interface Violation {
  readonly path: string;
  /** From 1; 0 is the file as a whole. */
  readonly line: number;
  readonly what: string;
}

export interface Exemption {
  readonly path: string;
  readonly because: string;
}

export interface Rule {
  readonly name: string;
  /** Files that may break the rule. One that no longer does must go from the list. */
  readonly exempt?: readonly Exemption[];
  check(tree: Tree): Violation[];
  /** Trees that the rule must object to. */
  readonly bad: readonly Tree[];
  /** Trees that it must let pass. */
  readonly good: readonly Tree[];
}

/** Violations that no exemption covers, and exemptions that cover nothing. */
export function verdict(rule: Rule, tree: Tree): Violation[] {
  const found = rule.check(tree);
  const exempt = rule.exempt ?? [];
  const open = found.filter(({ path }) => !exempt.some((entry) => entry.path === path));
  const idle = exempt.filter((entry) => !found.some(({ path }) => path === entry.path));
  return [
    ...open,
    ...idle.map(({ path }) => ({
      path,
      line: 0,
      what: 'is exempt and need not be: delete the entry',
    })),
  ];
}

export function describeViolation({ path, line, what }: Violation): string {
  return `${path}${line === 0 ? '' : `:${line}`} ${what}`;
}

/** One file, for the examples of the rules. */
export function file(path: string, text: string): SourceFile {
  return { path, text };
}

export const lines = (text: string): string[] => text.split('\n');

/** A violation for every line of the files that `judge` says something about. */
export function eachLine(
  tree: Tree,
  wanted: (path: string) => boolean,
  judge: (line: string, path: string) => string | null,
): Violation[] {
  return tree
    .filter(({ path }) => wanted(path))
    .flatMap(({ path, text }) =>
      lines(text).flatMap((line, index) => {
        const what = judge(line, path);
        return what === null ? [] : [{ path, line: index + 1, what }];
      }),
    );
}
