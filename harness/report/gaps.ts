/**
 * Missing numbers in few words: those with the same reason in one line, whole rows and whole groups
 * by one name.
 */
import { count, list, whole } from '../findings/format.js';

export interface GapItem {
  /** Which number: `CPU per request`. */
  readonly what: string;
  readonly subject: string;
  readonly connections: number;
  readonly why: string;
}

/** Everything that could have been missing: if all of it is, none is named. */
interface GapUniverse {
  readonly whats: readonly string[];
  readonly subjects: readonly string[];
}

export interface GapLine {
  readonly where: string;
  readonly why: string;
}

function groupBy<T, K>(items: readonly T[], key: (item: T) => K): [K, T[]][] {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return [...groups];
}

const unique = (words: readonly string[]): string[] => [...new Set(words)];

function phrase(whats: readonly string[], subjects: readonly string[], all: GapUniverse): string {
  const every = all.subjects.length > 1 && subjects.length === all.subjects.length;
  const who = every ? 'every server' : list(subjects);
  return whats.length === all.whats.length ? who : `${list(whats)} of ${who}`;
}

/** Subjects that lack the same numbers share a phrase. */
function phrases(items: readonly GapItem[], all: GapUniverse): string[] {
  const bySubject = groupBy(items, (item) => item.subject).map(([subject, own]) => ({
    subject,
    whats: unique(own.map((item) => item.what)),
  }));
  return groupBy(bySubject, ({ whats }) => whats.join('\n')).map(([, alike]) =>
    phrase(
      (alike[0] as (typeof alike)[number]).whats,
      alike.map(({ subject }) => subject),
      all,
    ),
  );
}

function places(connections: readonly number[]): string {
  const last = connections.at(-1) as number;
  const before = connections.slice(0, -1).map(whole);
  return list([...before, count(last, 'connection', 'page')]);
}

/** One line per reason, in the order in which the reasons first occur. */
export function gapLines(items: readonly GapItem[], all: GapUniverse): GapLine[] {
  return groupBy(items, (item) => item.why).map(([why, alike]) => {
    const byPlace = groupBy(alike, (item) => item.connections).map(([connections, here]) => ({
      connections,
      text: phrases(here, all).join(', '),
    }));
    const where = groupBy(byPlace, ({ text }) => text).map(
      ([text, same]) => `${text} at ${places(same.map(({ connections }) => connections))}`,
    );
    return { where: where.join('; '), why };
  });
}
