/**
 * How reliable a run is, part by part: clean, noisy or invalid, with the reasons and everything
 * that was left out. Pure: from header, trials, rows and evidence, so it can be computed again.
 *
 * The instruments are invalid where a self-test failed, noisy where none was made or where the CPUs
 * of server and client look like two threads of one core. Conditions rest on them
 * (quality-conditions.ts); pieces of evidence do not (quality-evidence.ts).
 *
 * A condition is invalid where the A/A twin differs from its original in CPU per request at 99 %
 * (twin.ts), or more than 30 % of its blocks are void, or nothing was measured. It is noisy where
 * the twin differs at 95 %, or in another primary metric at 99 %; where the twin's interval of CPU
 * per request is wider than 3 % to a side, or missing; where more than 10 % of its blocks are void,
 * or one was not repeated; where a plan that voids nothing (a smoke run) kept a trial that another
 * would have voided.
 *
 * An invalid condition decides nothing: its ratio rows have no decision (conclude), nor has a claim
 * that rests on it (harness/claims). The level of the run is a summary: invalid when more than half
 * of its conditions are, noisy when any part is noisy or invalid.
 */

import type { Evidence } from '../results/evidence.js';
import { placeOf } from '../results/place.js';
import {
  INSTRUMENTS,
  type Level,
  partName,
  partOf,
  type Quality,
  type QualityPart,
} from '../results/quality.js';
import { placeKey, type RunHeader, type SummaryRow, type Trial } from '../results/schema.js';
import { summarise } from '../stats/summary.js';
import { list } from './format.js';
import { hiddenSmt } from './hidden-smt.js';
import { conditionReasons, type Reason } from './quality-conditions.js';
import { evidenceReasons } from './quality-evidence.js';

interface Conclusions {
  readonly summary: SummaryRow[];
  readonly quality: Quality;
}

/** Summary and quality of a run; no row of an invalid condition has a decision. */
export function conclude(
  header: RunHeader,
  trials: readonly Trial[],
  evidence: Evidence | null,
): Conclusions {
  const rows = summarise(header, trials);
  const quality = qualityOf(header, trials, rows, evidence);
  const places = invalidPlaces(header, quality);
  const summary = rows.map((row) =>
    row.kind === 'ratio' && places.has(placeKey(row)) ? { ...row, decision: null } : row,
  );
  return { summary, quality };
}

/** Where nothing is decided, as the keys of rows. */
export function invalidPlaces({ plan }: RunHeader, quality: Quality): ReadonlySet<string> {
  const invalid = plan.conditions.filter(({ id }) => partOf(quality, id).level === 'invalid');
  return new Set(invalid.map((condition) => placeKey(placeOf(condition))));
}

interface Found {
  readonly id: string;
  readonly kind: QualityPart['kind'];
  readonly reasons: readonly Reason[];
}

function qualityOf(
  header: RunHeader,
  trials: readonly Trial[],
  summary: readonly SummaryRow[],
  evidence: Evidence | null,
): Quality {
  const instruments = [...selfTests(header), ...siblings(header)];
  const found: Found[] = [
    { id: INSTRUMENTS, kind: 'instruments', reasons: instruments },
    ...conditionReasons(header, trials, summary).map(({ id, reasons }): Found => {
      return { id, kind: 'condition', reasons: [...instruments, ...reasons] };
    }),
    ...evidenceReasons(evidence).map((one): Found => ({ ...one, kind: 'evidence' })),
  ];
  const parts = found.map(({ id, kind, reasons }): QualityPart => {
    const sorted = worstFirst(reasons);
    const level = sorted[0]?.level ?? 'clean';
    return { id, kind, level, reasons: sorted.map(({ text }) => text) };
  });
  const reasons = reasonsOf(found);
  return { level: levelOfRun(parts), reasons, parts, excluded: excludedOf(trials) };
}

/** The client's work then slows the server down, by an unknown amount. */
function siblings({ calibration }: RunHeader): Reason[] {
  const found = hiddenSmt(calibration);
  return found === null ? [] : [{ level: 'noisy', text: found.text }];
}

function selfTests({ calibration }: RunHeader): Reason[] {
  if (calibration === null) {
    return [{ level: 'noisy', text: 'the instruments were not calibrated: no self-test was made' }];
  }
  return calibration.selfTests.flatMap(({ name, ok, text }): Reason[] =>
    ok ? [] : [{ level: 'invalid', text: `self-test ${name} failed: ${text}` }],
  );
}

function worstFirst<T extends { readonly level: Reason['level'] }>(reasons: readonly T[]): T[] {
  const of = (level: Reason['level']) => reasons.filter((one) => one.level === level);
  return [...of('invalid'), ...of('noisy')];
}

function levelOfRun(parts: readonly QualityPart[]): Level {
  const conditions = parts.filter(({ kind }) => kind === 'condition');
  const invalid = conditions.filter(({ level }) => level === 'invalid').length;
  if (2 * invalid > conditions.length) return 'invalid';
  return parts.every(({ level }) => level === 'clean') ? 'clean' : 'noisy';
}

/** Each text once, with the parts that it holds for unless that is all conditions. */
function reasonsOf(found: readonly Found[]): string[] {
  const all = found.filter(({ kind }) => kind === 'condition').length;
  const flat = found.flatMap(({ reasons }) => reasons);
  const texts = [...new Set(worstFirst(flat).map(({ text }) => text))];
  return texts.map((text) => {
    const mine = found.filter(({ reasons }) => reasons.some((one) => one.text === text));
    const conditions = mine.filter(({ kind }) => kind === 'condition').length;
    const isCommon =
      mine.some(({ kind }) => kind === 'instruments') || (all > 1 && conditions === all);
    return isCommon ? text : `${list(mine.map(({ id }) => partName(id)))}: ${text}`;
  });
}

function blockKey({ condition, block }: Trial): string {
  return `${condition} ${block}`;
}

/** Void trials, good ones in void blocks, and failed ones. */
function excludedOf(trials: readonly Trial[]): Quality['excluded'] {
  const spoilt = new Map(
    trials.filter(({ status }) => status === 'void').map((trial) => [blockKey(trial), trial]),
  );
  return trials.flatMap((trial) => {
    const { id, subject, status, reason = 'no reason was given' } = trial;
    const entry = (text: string) => [{ trial: id, subject, reason: text }];
    if (status !== 'ok') return entry(`${status}: ${reason}`);
    const other = trial.instrumented ? undefined : spoilt.get(blockKey(trial));
    return other === undefined ? [] : entry(`in a void block: ${other.id} (${other.subject})`);
  });
}
