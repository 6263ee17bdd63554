/**
 * How reliable each piece of evidence is, from what it records itself. Trials and the load
 * generator's self-tests do not count: evidence times nothing through the generator. Pure.
 */
import { type Evidence, PIECES, type Piece, type SwitchCost } from '../results/evidence.js';
import { count, list, percent } from './format.js';
import { type Reason, VOID_SHARE } from './quality-conditions.js';

/**
 * Half-width of a 95 % interval, relative. Claims that rest on evidence need factors (1.5 to 6 us,
 * twice, five times): 25 % to each side blurs none of them.
 */
const HALF_WIDTH_MAX = 0.25;

/** Reasons by the name of the piece; a piece that the run does not have is left out. */
export function evidenceReasons(
  evidence: Evidence | null,
): { readonly id: Piece; readonly reasons: Reason[] }[] {
  if (evidence === null) return [];
  const there = PIECES.filter((id) => evidence[id].items !== null);
  return there.map((id) => ({
    id,
    reasons: [...ownReasons(id, evidence), ...stolen(evidence[id])],
  }));
}

/** No other program changes which events happen, their order, or a source text. */
function ownReasons(id: Piece, evidence: Evidence): Reason[] {
  switch (id) {
    case 'switchCosts':
      return switchReasons(evidence.switchCosts.items ?? []);
    case 'memory':
      return memoryReasons(evidence);
    case 'wakeups':
      return wakeupReasons(evidence);
    case 'traces':
    case 'sources':
      return [];
  }
}

/**
 * Per cent of the CPUs that the hypervisor may take. Less than for a block, where all servers lose
 * the same: a piece is measured alone.
 */
const STEAL_MAX = 6;

function stolen(piece: Evidence[Piece]): Reason[] {
  const percentOf = piece.items === null ? null : (piece.stealPercent ?? null);
  if (percentOf === null || percentOf <= STEAL_MAX) return [];
  const text = `the hypervisor took ${percent(percentOf / 100)} of the CPUs meanwhile`;
  return [{ level: 'noisy', text }];
}

/** Its control: the kernel counts the switches of threads, and other work between them shows. */
function switchReasons(rows: readonly SwitchCost[]): Reason[] {
  const counted = rows.filter(({ verified }) => verified !== null);
  const spoilt = counted.filter(({ verified }) => verified === false);
  const share = spoilt.length / Math.max(1, counted.length);
  const size = `${spoilt.length} of ${count(counted.length, 'row')}`;
  const level = share > VOID_SHARE.invalid ? 'invalid' : 'noisy';
  const text = `in ${size} of threads other work came between the two`;
  const bare = rows.filter(
    ({ workingSetBytes, verified }) => workingSetBytes === 0 && verified !== false,
  );
  return [
    ...(share > VOID_SHARE.noisy ? [{ level, text } as const] : []),
    ...scatter(bare.map(({ name, ns, lo, hi }) => ({ name, middle: ns, lo, hi }))),
  ];
}

/** Its control is subtracted in each repetition; other memory of the machine shows as scatter. */
function memoryReasons({ memory }: Evidence): Reason[] {
  return scatter(
    (memory.items ?? []).map(({ subject, kind, bytesPerConnection, lo, hi }) => {
      return { name: `${subject} (${kind})`, middle: bytesPerConnection, lo, hi };
    }),
  );
}

function wakeupReasons({ wakeups }: Evidence): Reason[] {
  const silent = (wakeups.items ?? []).filter(({ requests }) => requests === 0);
  if (silent.length === 0) return [];
  const names = silent.map(({ subject, load }) => `${subject} under ${load} load`);
  return [{ level: 'invalid', text: `no request was answered by ${list(names)}` }];
}

interface Figure {
  readonly name: string;
  readonly middle: number | null;
  readonly lo: number | null;
  readonly hi: number | null;
}

/** Figures without an interval decide nothing; a piece with no interval at all says nothing. */
function scatter(figures: readonly Figure[]): Reason[] {
  const known = figures.flatMap(({ name, middle, lo, hi }) =>
    middle === null || lo === null || hi === null
      ? []
      : [{ name, halfWidth: (hi - lo) / 2 / Math.abs(middle) }],
  );
  if (known.length === 0) return [{ level: 'invalid', text: 'no figure has an interval' }];
  const wide = known.filter(({ halfWidth }) => halfWidth > HALF_WIDTH_MAX);
  if (wide.length === 0) return [];
  const names = list(wide.map(({ name }) => name));
  const text = `intervals wider than ${percent(HALF_WIDTH_MAX)} to a side: ${names}`;
  return [{ level: 'noisy', text }];
}
