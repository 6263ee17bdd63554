/** threads-slow-because-switches: it is the frequent switches that make threads slow. */
import { list, number, percent } from '../findings/format.js';
import type { Condition, Results } from '../results/schema.js';
import type { Interval } from '../stats/interval.js';
import { hodgesLehmann } from '../stats/signed-rank.js';
import {
  type Decision,
  defineClaim,
  depends,
  type Figure,
  type Findings,
  leftOpen,
  noObject,
  refuted,
  supported,
  unresolved,
} from './claim.js';
import { cast } from './shared/cast.js';
import { type CpuSplit, cpuSplits, splitFigures, splitText } from './shared/cpu-split.js';
import { type DoseResponse, doseResponse } from './shared/dose.js';
import { cellOf, conditionsOf, plainSeries, where } from './shared/samples.js';
import { slopeText, subjectPoints } from './shared/second-estimate.js';
import { cellFigures, isCompared, rowNames, smallestSeen } from './shared/standing.js';
import {
  type CostRow,
  rowFigures,
  rowText,
  serverSwitch,
  switchRows,
} from './shared/switch-rows.js';

const SHARE_SUPPORTED = 0.5;
const SHARE_REFUTED = 0.25;
const SLOPE_FACTOR = 2;

export const threadsSlowBecauseSwitches = defineClaim({
  id: 'threads-slow-because-switches',
  part: 'cost',
  shownBy: { chart: 'split', panel: -1 },
  text: 'Threads are slow because of their frequent context switches.',
  experiment:
    '(a) The share explained: difference in switches per request between the thread per connection and the callback server, ' +
    'times the measured cost of a bare switch, over the difference in CPU per request, under the plain condition with most ' +
    'connections where threads cost more. (b) Dose-response: the callback server with 0, 1, 2 and 4 thread hand-offs ' +
    'injected per request; the slope of its CPU per request over its switches per request.',
  thresholds: [
    { label: '(a) supported: share above', value: SHARE_SUPPORTED * 100, unit: '%' },
    { label: '(a) refuted: share below', value: SHARE_REFUTED * 100, unit: '%' },
    { label: '(b) slope within a factor', value: SLOPE_FACTOR, unit: 'of the switch cost' },
  ],
  judge: (results) => {
    const { ids, absent } = cast(results.header, ['thread', 'callback']);
    if (absent !== null) return absent;
    const { rows, missing } = switchRows(results);
    if (rows === null) return missing;
    const cost = serverSwitch(rows);
    if (cost === null) return leftOpen('no bare switch of two threads was timed');
    const uncompared = undecidedCost(results, ids);
    if (uncompared !== null) return uncompared;
    const shares = sharesOf(results, ids, cost);
    const splits = cpuSplits(results).filter(({ subject }) =>
      [ids.thread, ids.callback].includes(subject),
    );
    const decision = decide(shares, cost, doseResponse(results));
    // "Nothing to explain" rests on every condition that was looked at.
    const restsOn = plainSeries(results).map(({ id }) => id);
    const whole = shares.length === 0 ? { ...decision, restsOn } : decision;
    return withSplits(whole, shares, splits);
  },
});

/** Without an interval in any condition, it is unknown whether there is something to explain. */
function undecidedCost(
  results: Results,
  { thread, callback }: { thread: string; callback: string },
): Decision | null {
  const pair = { subject: thread, versus: callback, confidence: 0.95 };
  const cells = plainSeries(results).map((condition) =>
    cellOf(results, { condition, metric: 'cpu_us_per_request', ...pair }),
  );
  if (cells.length === 0) return leftOpen('no closed keep-alive load');
  if (cells.some(isCompared)) return null;
  const findings = {
    numbers: cellFigures(cells),
    flips: [],
    basedOn: rowNames(cells),
    restsOn: conditionsOf(cells),
  };
  const text = `Whether threads cost more CPU per request than callbacks is undecided: ${smallestSeen(cells)}.`;
  return unresolved(text, findings);
}

/** Shown with the decision: where the CPU time of both goes, at the count that decides. */
function withSplits(
  decision: Decision,
  shares: readonly Share[],
  splits: readonly CpuSplit[],
): Decision {
  const numbers = [...decision.numbers, ...splitFigures(splits)];
  const id = shares.at(-1)?.condition.id;
  const shown = splits.filter(({ condition }) => condition.id === id);
  if (shown.length === 0) return { ...decision, numbers };
  const text = `Of the CPU per request there, ${shown.map(splitText).join('; ')}.`;
  return { ...decision, numbers, sentence: `${decision.sentence} ${text}` };
}

interface Share {
  readonly condition: Condition;
  /** 0.6: the switches explain 60 % of the difference. */
  readonly share: Interval;
}

/** Shares under all plain conditions where threads cost more CPU per request, at 95 %. */
function sharesOf(
  results: Results,
  { thread, callback }: { thread: string; callback: string },
  cost: CostRow,
): Share[] {
  return plainSeries(results).flatMap((condition) => {
    const metric = 'cpu_us_per_request' as const;
    const pair = { subject: thread, versus: callback, confidence: 0.95 };
    const { ratio } = cellOf(results, { condition, metric, ...pair });
    if (ratio.lo === null || ratio.lo <= 1) return [];
    const theirs = new Map(
      subjectPoints(results, condition, callback).map((point) => [point.block, point]),
    );
    const shares = subjectPoints(results, condition, thread).flatMap(({ x, y, block }) => {
      const other = theirs.get(block);
      return other === undefined ? [] : [((x - other.x) * (cost.ns / 1000)) / (y - other.y)];
    });
    return [{ condition, share: withCost(hodgesLehmann(shares.filter(Number.isFinite)), cost) }];
  });
}

/** Both ends moved by the ends of the cost: holds at 90 % at least, whatever the two have in common. */
function withCost(share: Interval, cost: CostRow): Interval {
  if (share.lo === null || share.hi === null) return share;
  const ends = [cost.lo / cost.ns, cost.hi / cost.ns];
  const { lo, hi } = share;
  const moved = ends.flatMap((factor) => [lo * factor, hi * factor]);
  return { ...share, lo: Math.min(...moved), hi: Math.max(...moved) };
}

function decide(shares: readonly Share[], cost: CostRow, dose: DoseResponse | null): Decision {
  const last = shares.at(-1);
  const conditions = [last?.condition.id ?? [], dose?.condition.id ?? []].flat();
  const findings: Findings = {
    restsOn: [...new Set(conditions), 'switchCosts'],
    numbers: [...shares.flatMap(shareFigure), ...rowFigures([cost]), ...doseFigures(dose)],
    flips: flips(shares),
    basedOn: [
      ...shares.map(({ condition }) => `${condition.id} switches and CPU per request`),
      `switch costs: ${cost.name}`,
      ...(dose === null
        ? []
        : [`${dose.condition.id} ${dose.doses.map((d) => d.subject).join(', ')}`]),
    ],
  };
  if (last === undefined) {
    const sentence =
      'Under no plain condition do threads cost more CPU per request than callbacks: there is nothing to explain.';
    return noObject(sentence, findings);
  }
  const shareFact = capital(`${shareText(last)}.`);
  const facts = `${shareFact} ${doseText(dose, cost)}`;
  const standing = shareStanding(last.share);
  if (standing === 'refuted') return refuted(facts, findings);
  if (standing === 'between') {
    return depends(`switches are a part of it, but not clearly more than half. ${facts}`, findings);
  }
  if (standing === 'open') {
    const width = percent((last.share.hi ?? 1) - (last.share.lo ?? 0));
    const why =
      last.share.why ??
      `its interval is ${width} wide, and smaller distances from a threshold cannot be seen`;
    return unresolved(`${facts} The share is undecided: ${why}.`, findings);
  }
  if (dose === null) {
    const open = leftOpen('no server with injected hand-offs took part', findings);
    return { ...open, sentence: `${open.sentence} ${shareFact}` };
  }
  return byDose(facts, dose.slope, cost, findings);
}

/** The share says yes: the slope must agree. */
function byDose(facts: string, slope: Interval, cost: CostRow, findings: Findings): Decision {
  const us = cost.ns / 1000;
  const { lo, hi } = slope;
  if (lo === null || hi === null) {
    return unresolved(`${facts} The slope is undecided: ${slope.why}.`, findings);
  }
  if (lo >= us / SLOPE_FACTOR && hi <= us * SLOPE_FACTOR) return supported(facts, findings);
  if (hi < us / SLOPE_FACTOR || lo > us * SLOPE_FACTOR) {
    const sentence = `the share agrees and the injected hand-offs do not cost what a bare switch does. ${facts}`;
    return depends(sentence, findings);
  }
  const width = number(hi - lo);
  return unresolved(`${facts} The slope is undecided: its interval is ${width} us wide.`, findings);
}

type Standing = 'supported' | 'refuted' | 'between' | 'open';

function shareStanding({ lo, hi }: Interval): Standing {
  if (lo === null || hi === null) return 'open';
  if (hi < SHARE_REFUTED) return 'refuted';
  if (lo > SHARE_SUPPORTED) return 'supported';
  return lo >= SHARE_REFUTED && hi <= SHARE_SUPPORTED ? 'between' : 'open';
}

function flips(shares: readonly Share[]): string[] {
  const decided = shares.at(-1);
  if (decided === undefined) return [];
  const standing = shareStanding(decided.share);
  return shares.filter(({ share }) => shareStanding(share) !== standing).map(shareText);
}

function shareText({ condition, share }: Share): string {
  const { estimate, lo, hi } = share;
  if (estimate === null) return `${where(condition)} there is no share (${share.why})`;
  const interval = lo === null || hi === null ? 'no interval' : `${signed(lo)} to ${signed(hi)}`;
  return `switches explain ${signed(estimate)} of what threads cost more ${where(condition)} (${interval})`;
}

const capital = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
const signed = (share: number) => `${share < 0 ? '-' : ''}${percent(share)}`;

function doseText(dose: DoseResponse | null, cost: CostRow): string {
  const measured = `The measured cost is ${rowText(cost)}.`;
  if (dose === null) return measured;
  const doses = list(dose.doses.map(({ handoffs }) => String(handoffs)));
  return `With ${doses} hand-offs injected ${where(dose.condition)}, a switch costs ${slopeText(dose)}. ${measured}`;
}

function shareFigure({ condition, share: { estimate, lo, hi } }: Share): Figure[] {
  if (estimate === null) return [];
  const label = `share explained by switches, ${condition.id}`;
  const by100 = (value: number | null) => (value === null ? null : value * 100);
  return [{ label, value: estimate * 100, lo: by100(lo), hi: by100(hi), unit: '%' }];
}

function doseFigures(dose: DoseResponse | null): Figure[] {
  if (dose === null || dose.slope.estimate === null) return [];
  const { estimate, lo, hi } = dose.slope;
  return [
    { label: `dose-response slope, ${dose.condition.id}`, value: estimate, lo, hi, unit: 'us' },
  ];
}
