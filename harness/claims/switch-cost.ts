/** switch-cost: about 3 us for one context switch. */
import { list, number } from '../findings/format.js';
import {
  type Decision,
  defineClaim,
  depends,
  type Findings,
  refuted,
  supported,
  unresolved,
} from './claim.js';
import {
  type SecondEstimate,
  secondEstimates,
  slopeFigures,
  slopeText,
} from './shared/second-estimate.js';
import {
  bytesText,
  type CostRow,
  rowFigures,
  rowSources,
  rowsOf,
  rowText,
  switchRows,
} from './shared/switch-rows.js';

const LEAST_US = 1.5;
const MOST_US = 6;
const CLAIMED_US = 3;

export const switchCost = defineClaim({
  id: 'switch-cost',
  part: 'cost',
  shownBy: { chart: 'switch-cost', panel: 0 },
  text: 'One context switch costs about 3 us of CPU.',
  experiment:
    'Two threads pinned to one CPU wake each other through a pipe, an eventfd and a futex; the same system calls in one ' +
    "thread are subtracted, and the switches are checked against the kernel's count. All bare rows (nothing touched " +
    'between two switches) must agree. Beside it: working sets up to 4 MiB, the wake-up on another CPU, and a second ' +
    'estimate, the slope of CPU per request over switches per request of the servers.',
  thresholds: [
    { label: '95 % interval at least', value: LEAST_US, unit: 'us' },
    { label: '95 % interval at most', value: MOST_US, unit: 'us' },
  ],
  judge: (results) => {
    const { rows, missing } = switchRows(results);
    const second = secondEstimates(results);
    if (rows === null) {
      const sentence = [missing.sentence, ...secondText(second)].join(' ');
      return { ...missing, sentence, numbers: slopeFigures(second) };
    }
    return decide(rows, second);
  },
});

function decide(rows: readonly CostRow[], second: readonly SecondEstimate[]): Decision {
  const bare = rowsOf(rows, 'thread');
  const shown = [...rowsOf(rows, 'thread', { anySet: true }), ...rowsOf(rows, 'crossCore')];
  const findings: Findings = {
    numbers: [...rowFigures(shown), ...slopeFigures(second)],
    flips: flips(rows),
    restsOn: ['switchCosts'],
    basedOn: [...rowSources(shown), ...second.flatMap(({ conditions }) => conditions)],
  };
  const sentence = [
    `A bare switch on one CPU costs: ${list(bare.map(rowText))}.`,
    reached(rows),
    ...rowsOf(rows, 'crossCore').map(
      (row) => `Waking another CPU is another matter: ${rowText(row)}.`,
    ),
    ...secondText(second),
  ].join(' ');
  if (bare.length === 0) return unresolved('No bare row is good.', findings);
  if (bare.every(isInside)) return supported(sentence, findings);
  if (bare.every(isOutside)) return refuted(sentence, findings);
  const clear = bare.every((row) => isInside(row) || isOutside(row));
  if (clear) return depends(`the ways of waking differ. ${sentence}`, findings);
  const widest = Math.max(...bare.map(({ lo, hi }) => hi - lo)) / 1000;
  const seen = `An interval crosses a threshold; the widest is ${number(widest)} us, so smaller distances from it cannot be seen.`;
  return unresolved(`${sentence} ${seen}`, findings);
}

const isInside = ({ lo, hi }: CostRow) => lo >= LEAST_US * 1000 && hi <= MOST_US * 1000;
const isOutside = ({ lo, hi }: CostRow) => hi < LEAST_US * 1000 || lo > MOST_US * 1000;

/** The smallest working set with which any row costs the claimed figure. */
function firstReaching(rows: readonly CostRow[]): CostRow | undefined {
  return rowsOf(rows, 'thread', { anySet: true })
    .filter(({ ns }) => ns >= CLAIMED_US * 1000)
    .sort((a, b) => a.workingSetBytes - b.workingSetBytes)[0];
}

function reached(rows: readonly CostRow[]): string {
  const first = firstReaching(rows);
  if (first === undefined) return `No working set measured brings it to ${CLAIMED_US} us.`;
  if (first.workingSetBytes === 0) return `${CLAIMED_US} us is reached with nothing touched.`;
  const size = bytesText(first.workingSetBytes);
  return `${CLAIMED_US} us is reached when each thread touches ${size} between two switches.`;
}

/** Working sets on the other side of the thresholds than the bare rows. */
function flips(rows: readonly CostRow[]): string[] {
  const bareInside = rowsOf(rows, 'thread').every(isInside);
  const other = bareInside ? isOutside : isInside;
  return rowsOf(rows, 'thread', { anySet: true })
    .filter((row) => row.workingSetBytes > 0 && other(row))
    .map(
      (row) =>
        `${other(row) && bareInside ? 'outside' : 'inside'} ${LEAST_US} to ${MOST_US} us: ${rowText(row)}`,
    );
}

function secondText(second: readonly SecondEstimate[]): string[] {
  return second.map((estimate) => `Second estimate, ${estimate.label}: ${slopeText(estimate)}.`);
}
