/**
 * Memory per idle connection: the fitted slopes of user and kernel memory added up, and the ratio
 * to the reference. Pure.
 *
 * The bounds of a sum are the sums of the bounds, and the bounds of a ratio the outer quotients of
 * both: conservative, never too narrow.
 */
import type { Evidence, MemorySlope } from '../results/evidence.js';

interface Bounded {
  readonly value: number;
  readonly lo: number;
  readonly hi: number;
}

export interface IdleMemory {
  readonly subject: string;
  /** User and kernel together, bytes per connection; null with a why. */
  readonly total: Bounded | null;
  /** To the reference; null for the reference itself, and without both totals. */
  readonly ratio: Bounded | null;
  /** Connections that the smaller of the two slopes was fitted over. */
  readonly n: number;
  readonly why: string | null;
}

/** One entry per subject asked for; the run's evidence may have been left out. */
export function idleMemory(
  evidence: Evidence | null,
  subjects: readonly string[],
  reference: string,
): IdleMemory[] {
  const lacking = (why: string) =>
    subjects.map((subject) => ({ subject, total: null, ratio: null, n: 0, why }));
  if (evidence === null) return lacking('this run measured no idle connections');
  const { items, why } = evidence.memory;
  if (items === null) return lacking(why);
  const base = totalOf(items, reference).total;
  return subjects.map((subject) => {
    const own = totalOf(items, subject);
    const ratio = subject === reference || own.total === null ? null : ratioOf(own.total, base);
    return { subject, ratio, ...own };
  });
}

function totalOf(
  slopes: readonly MemorySlope[],
  subject: string,
): Pick<IdleMemory, 'total' | 'n' | 'why'> {
  const mine = slopes.filter((slope) => slope.subject === subject);
  if (mine.length === 0) return { total: null, n: 0, why: 'its memory was not measured' };
  const parts = (['user', 'kernel'] as const).map((kind) => {
    const slope = mine.find((one) => one.kind === kind);
    return { kind, n: slope?.n ?? 0, bounded: boundedOf(slope), why: slope?.why };
  });
  const missing = parts.find(({ bounded }) => bounded === null);
  const n = Math.min(...parts.map((part) => part.n));
  if (missing !== undefined) {
    const why = `${missing.kind} memory: ${missing.why ?? 'no slope with an interval'}`;
    return { total: null, n, why };
  }
  return { total: sumOf(parts.flatMap(({ bounded }) => bounded ?? [])), n, why: null };
}

function boundedOf(slope: MemorySlope | undefined): Bounded | null {
  const { bytesPerConnection: value = null, lo = null, hi = null } = slope ?? {};
  return value === null || lo === null || hi === null ? null : { value, lo, hi };
}

function sumOf(parts: readonly Bounded[]): Bounded {
  const add = (read: (part: Bounded) => number) => parts.reduce((sum, one) => sum + read(one), 0);
  return { value: add(({ value }) => value), lo: add(({ lo }) => lo), hi: add(({ hi }) => hi) };
}

function ratioOf(own: Bounded, base: Bounded | null): Bounded | null {
  if (base === null || base.lo <= 0) return null;
  return { value: own.value / base.value, lo: own.lo / base.hi, hi: own.hi / base.lo };
}
