/** coroutine-switch-cheap: switching goroutines is far cheaper than switching threads. */
import { list, number } from '../findings/format.js';
import {
  type Decision,
  defineClaim,
  depends,
  leftOpen,
  refuted,
  supported,
  unresolved,
} from './claim.js';
import {
  type CostRow,
  rowFigures,
  rowName,
  rowSources,
  rowsOf,
  rowText,
  switchRows,
} from './shared/switch-rows.js';

const FACTOR = 5;

export const coroutineSwitchCheap = defineClaim({
  id: 'coroutine-switch-cheap',
  part: 'cost',
  shownBy: { chart: 'switch-cost', panel: 2 },
  text: 'Switching goroutines is far cheaper than switching threads.',
  experiment:
    "Our coroutines (bare switch, yield through the run queue, hand-over), Go's goroutines (Gosched, hand-over through a " +
    "channel) and two threads ping-pong on one CPU in one run. The cheapest thread row over each coroutine row; the ratio's " +
    'ends come from the ends of both intervals.',
  thresholds: [{ label: 'thread over coroutine at least', value: FACTOR, unit: 'times' }],
  judge: (results) => {
    const { rows, missing } = switchRows(results);
    if (rows === null) return missing;
    const [thread] = rowsOf(rows, 'thread').sort((a, b) => a.ns - b.ns);
    const own = rowsOf(rows, 'coroutine');
    const go = rowsOf(rows, 'goroutine');
    if (thread === undefined) return leftOpen('no bare switch of two threads was timed');
    if (go.length === 0) return leftOpen('no switch of goroutines was timed');
    return decide(thread, [...own, ...go]);
  },
});

interface Ratio {
  readonly row: CostRow;
  readonly ratio: number;
  readonly lo: number;
  readonly hi: number;
}

function decide(thread: CostRow, cheap: readonly CostRow[]): Decision {
  const ratios = cheap.map(
    (row): Ratio => ({
      row,
      ratio: thread.ns / row.ns,
      lo: thread.lo / row.hi,
      hi: thread.hi / row.lo,
    }),
  );
  const findings = {
    numbers: [...rowFigures([thread, ...cheap]), ...ratios.map(figure(thread))],
    flips: ratios.filter(({ hi }) => hi < FACTOR).map(ratioText),
    restsOn: ['switchCosts'],
    basedOn: rowSources([thread, ...cheap]),
  };
  const sentence = `A thread's switch (${rowText(thread)}) costs: ${list(ratios.map(ratioText))}.`;
  if (ratios.every(({ lo }) => lo >= FACTOR)) return supported(sentence, findings);
  if (ratios.every(({ hi }) => hi < FACTOR)) return refuted(sentence, findings);
  const open = ratios.filter(({ lo, hi }) => lo < FACTOR && hi >= FACTOR);
  if (open.length === 0) return depends(sentence, findings);
  const widest = Math.max(...open.map(({ lo, hi }) => hi - lo));
  const seen = `Undecided: an interval contains ${FACTOR}; it is ${number(widest)} wide, smaller distances cannot be seen.`;
  return unresolved(`${sentence} ${seen}`, findings);
}

/** `12.8 times the cost of gosched (12 to 13.7 times)`. */
function ratioText({ row, ratio, lo, hi }: Ratio): string {
  return `${number(ratio)} times that of ${rowName(row)} (${number(lo)} to ${number(hi)} times)`;
}

const figure =
  (thread: CostRow) =>
  ({ row, ratio, lo, hi }: Ratio) => ({
    label: `${thread.name} / ${row.name}`,
    value: ratio,
    lo,
    hi,
    unit: 'times',
  });
