/** From all that a gate run has measured to its rows, its word and its exit status. */
import path from 'node:path';
import { type Acceptance, acceptsOf, unusedEntries, withAccepted } from './accept.js';
import { type Baseline, tooYoung, withStoredCounts } from './baseline.js';
import type { GateConfig } from './config.js';
import { type CountSample, decideCounts } from './counts.js';
import type { Slowdowns } from './pairs.js';
import { EMPTY_ROW, type GateRow, type Lane } from './rows.js';
import type { GateFile, GateSide } from './schema.js';
import { exitCodeOf, overall, warnOnly } from './verdict.js';

/** A problem with a side of a variant, in words. */
export interface Fault extends Pick<CountSample, 'variant' | 'side'> {
  readonly text: string;
}

/** What replaces a base that is not built. */
export interface Stored {
  readonly file: string;
  /** null: none yet, and this run will be the first. */
  readonly baseline: Baseline | null;
}

/** Everything that is fixed before anything is built. */
export interface Asked {
  readonly config: GateConfig;
  readonly entries: readonly Acceptance[];
  readonly qualification: GateFile['qualification'];
  /** null: there is a base to build. */
  readonly stored: Stored | null;
  readonly lanes: readonly Exclude<Lane, 'correctness'>[];
  readonly strict: boolean;
}

/** What the timing lane has found. */
export interface Timing {
  readonly rows: GateRow[];
  /** As they would be without accepted losses and before any second batch. */
  readonly plainRows: GateRow[];
  readonly batches: GateFile['batches'];
  readonly faults: readonly Fault[];
  /** ok trials of a candidate, by variant. */
  readonly trials: ReadonlyMap<string, number>;
  /** Of the first batch, against the subjects of the same blocks; none of an invalid condition. */
  readonly raw: readonly Slowdowns[];
}

export interface Found {
  /** Gated variants that have a candidate. */
  readonly variants: readonly string[];
  /** Of building. */
  readonly faults: readonly Fault[];
  readonly samples: readonly CountSample[];
  /** null: the lane was left out. */
  readonly timing: Timing | null;
}

export function decide(
  asked: Asked,
  found: Found,
): Pick<GateFile, 'rows' | 'unused' | 'verdict' | 'exitCode'> {
  const { config, entries, stored } = asked;
  const correct = correctnessRows(found);
  if (stored?.baseline === null) {
    const verdict = correct.some((row) => row.verdict !== 'pass') ? 'fail' : 'pass';
    return { rows: correct, unused: [], verdict, exitCode: exitCodeOf(verdict, false) };
  }
  const samples = besideStored(found.samples, stored);
  const plain = [...decideCounts(samples, config.counts), ...(found.timing?.plainRows ?? [])];
  const unused = unusedEntries(entries, plain);
  const counts = decideCounts(samples, config.counts, acceptsOf(entries));
  const all = withAccepted([...correct, ...counts, ...(found.timing?.rows ?? [])], entries);
  const rows = limited(all, asked);
  const verdict = overall(rows, asked.lanes, unused);
  return { rows, unused, verdict, exitCode: exitCodeOf(verdict, asked.strict) };
}

/** What was counted, with the counts of a stored baseline. */
export function besideStored(samples: readonly CountSample[], stored: Stored | null) {
  return stored?.baseline == null ? [...samples] : withStoredCounts(samples, stored.baseline);
}

/**
 * Whether the candidate's servers work at all: they start, pass the check, answer every request
 * with the right bytes, and end. One that does not, where its base does, fails at once.
 */
function correctnessRows({ variants, faults, samples, timing }: Found): GateRow[] {
  const broken = samples.flatMap(({ variant, side, failed, why = 'the server broke' }): Fault[] =>
    failed ? [{ variant, side, text: why }] : [],
  );
  const all = [...faults, ...broken, ...(timing?.faults ?? [])];
  return variants.map((variant) => {
    const counted = samples.filter(
      (one) => one.variant === variant && one.side === 'candidate' && !one.failed,
    );
    const trials = new Set(counted.map(({ condition, trial }) => `${condition} ${trial}`));
    const n = trials.size + (timing?.trials.get(variant) ?? 0);
    const mine = all.filter((fault) => fault.variant === variant);
    const place = { variant, condition: 'all', metric: 'faults', unit: '' };
    return { lane: 'correctness', ...place, ...EMPTY_ROW, n, ...judgeFaults(mine, n) };
  });
}

function judgeFaults(faults: readonly Fault[], n: number): Pick<GateRow, 'verdict' | 'why'> {
  const of = (wanted: Fault['side']) => {
    const texts = faults.filter(({ side }) => side === wanted).map(({ text }) => text);
    return texts.length === 0 ? null : [...new Set(texts)].join('; ');
  };
  const [base, candidate] = [of('base'), of('candidate')];
  const open = (why: string) => ({ verdict: 'inconclusive' as const, why });
  if (candidate !== null) {
    return base === null ? { verdict: 'fail', why: candidate } : open(`both sides: ${candidate}`);
  }
  if (base !== null) return open(`the base: ${base}`);
  if (n === 0) return open('no trial of the candidate was made');
  return { verdict: 'pass', why: `${n} trials without a fault` };
}

/** What must not fail on this machine class, or with a baseline of few runs. */
function limited(
  rows: readonly GateRow[],
  { qualification: { qualified, text }, stored, config }: Asked,
): GateRow[] {
  const own = qualified ? [...rows] : warnOnly(rows, ['timing'], text);
  const young = stored?.baseline == null ? null : tooYoung(stored.baseline, config.baseline);
  return young === null ? own : warnOnly(own, ['counts', 'timing'], young);
}

/** What was compared with what. */
export function modeOf(
  { base, candidate }: { readonly base: GateSide | null; readonly candidate: GateSide | null },
  stored: Stored | null,
): GateFile['mode'] {
  if (base !== null && candidate !== null) return { kind: 'base', base, candidate };
  if (stored?.baseline == null) return { kind: 'first' };
  return { kind: 'baseline', file: path.basename(stored.file), runs: stored.baseline.runs.length };
}
