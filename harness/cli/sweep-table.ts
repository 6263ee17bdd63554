/**
 * The tables of a sweep, after the main one: p99 at the same rates and at the same shares of each
 * server's own capacity; then capacity, knee, and the rate within each limit of p99. Pure.
 *
 * Marks: `!` the generator may have made it, `>=` lower bound, `-` unknown; each that occurs is
 * explained below.
 */
import { count, shortNumber } from '../findings/format.js';
import {
  blocksOf,
  type Results,
  type RunHeader,
  type Subject,
  workloadText,
} from '../results/schema.js';
import type { Interval } from '../stats/interval.js';
import { askedBlocks } from '../stats/precision.js';
import {
  DOUBT_WORDS,
  type Doubt,
  type SloRate,
  type SubjectSweep,
  type Sweep,
  type SweepPoint,
  sweepOf,
} from '../stats/sweep.js';
import {
  type Cell,
  type Column,
  intervalPair,
  layOut,
  left,
  noteLines,
  type Pair,
  right,
} from './columns.js';
import { type Paint, PLAIN } from './table.js';
import { wrap } from './text.js';

/** From this width on, p99 has its intervals too. */
const WIDE = 112;
/** Of the slowest server's capacity, and of each server's own. */
const COMMON_SHOWN = [0.25, 0.5, 0.75];
const OWN_SHOWN = [0.5, 0.8];
/** Rates have three digits, so a share is met up to this. */
const SHARE_TOLERANCE = 0.02;

/** Empty for a run that is no sweep; no line is longer than `width` (at least 80). */
export function renderSweep({ header, trials }: Results, width: number, paint = PLAIN): string {
  const sweep = sweepOf(header, trials);
  if (sweep === null) return '';
  if (isPaced(sweep)) return renderPaced(header, sweep, width, paint);
  const points = pointColumns(header, sweep, width >= WIDE);
  const rates = rateColumns(header, sweep);
  const shown = [...new Set([...points.shown, ...rates.shown])];
  const lines = [
    paint.title(wrap(titleOf(header), width, '  ')),
    ...layOut(points.columns, width),
    '',
    ...layOut(rates.columns, width),
    '',
    noteLines(notes(sweep, shown), width, paint.note),
  ];
  return `${lines.join('\n')}\n`;
}

function renderPaced(header: RunHeader, sweep: Sweep, width: number, paint: Paint): string {
  const shown = sweep.subjects.flatMap(({ points }) => points);
  const note = 'Response times count from the instant a request was due.';
  const lines = [
    paint.title(wrap(pacedTitle(header, sweep), width, '  ')),
    ...layOut(pacedColumns(sweep, labels(header, sweep)), width),
    '',
    noteLines([note, ...doubtNotes(shown)], width, paint.note),
  ];
  return `${lines.join('\n')}\n`;
}

function titleOf({ plan }: RunHeader): string {
  const open = plan.conditions.find(({ load }) => load.kind === 'open');
  if (open === undefined) return 'Open-loop sweep: no rate was measured';
  const clients = `${workloadText(open)}, ${count(open.connections, 'connection')}`;
  const blocks = count(blocksOf(plan, open.id), 'block');
  return `Open-loop sweep, ${clients}: ${blocks}, each server ${plan.windowMs / 1000} s in each`;
}

function labels(header: RunHeader, sweep: Sweep): Column {
  const label = ({ id, aaOf }: Subject) => (aaOf === undefined ? id : `${id} (A/A)`);
  const subjects = sweep.subjects.flatMap(
    ({ subject }) => header.subjects.find(({ id }) => id === subject) ?? [],
  );
  return left(['', 'server'], subjects, label);
}

interface Table {
  readonly columns: Column[];
  /** The points that it shows, for the notes. */
  readonly shown: readonly SweepPoint[];
}

/** p99 at the common rates nearest to a quarter, a half and three quarters, and at own shares. */
function pointColumns(header: RunHeader, sweep: Sweep, wide: boolean): Table {
  const shown: SweepPoint[] = [];
  const cellOf = (point: SweepPoint | undefined): Cell => {
    if (point === undefined || point.p99.estimate === null) return '-';
    shown.push(point);
    const [p99, range] = intervalPair(point.p99);
    const value = `${p99}${isDoubted(point) ? '!' : ''}`;
    return wide && range !== '' ? [value, range] : value;
  };
  const column = (head: Column['head'], find: (one: SubjectSweep) => SweepPoint | undefined) =>
    right(head, sweep.subjects, (one) => cellOf(find(one)));
  const common = nearestRates(sweep).map((rate, i) =>
    column([i === 0 ? 'p99 us at' : 'at', `${shortNumber(rate)}/s`], ({ points }) =>
      points.find(({ ratePerS }) => ratePerS === rate),
    ),
  );
  const measured = (share: number) =>
    sweep.subjects.some(({ points }) => nearestShare(points, share) !== undefined);
  const own = OWN_SHOWN.filter(measured).map((share) =>
    column(['at own', `${100 * share} %`], ({ points }) => nearestShare(points, share)),
  );
  return { columns: [labels(header, sweep), ...common, ...own], shown };
}

function nearestRates({ commonRates, slowestPerS }: Sweep): number[] {
  if (slowestPerS === null) return [];
  const distance = (rate: number, share: number) => Math.abs(rate - share * slowestPerS);
  const nearest = COMMON_SHOWN.flatMap((share) =>
    [...commonRates].sort((a, b) => distance(a, share) - distance(b, share)).slice(0, 1),
  );
  return [...new Set(nearest)];
}

function nearestShare(points: readonly SweepPoint[], share: number): SweepPoint | undefined {
  return points.find((point) => Math.abs((point.share ?? 0) - share) <= SHARE_TOLERANCE * share);
}

function isDoubted({ doubts }: SweepPoint): boolean {
  return Object.keys(doubts).length > 0;
}

/** Capacity, knee, and one column for each limit. */
function rateColumns(header: RunHeader, sweep: Sweep): Table {
  const { subjects } = sweep;
  const shown: SweepPoint[] = [];
  const capacity = subjects.map(({ capacityPerS: perS, capacityBound }) =>
    perS === null ? '-' : `${capacityBound === 'lower' ? '>=' : ''}${shortNumber(perS)}`,
  );
  const slos = (header.pilot?.slosMs ?? []).map((sloMs, i) =>
    right([`p99 <= ${sloMs} ms`, 'req./s, held'], subjects, ({ slos: mine, points }) =>
      sloCell(mine[i], points, shown),
    ),
  );
  const columns: Column[] = [
    labels(header, sweep),
    { head: ['capacity', 'req./s'], align: 'right', cells: capacity },
    right(['knee, req./s', 'median, 95 %'], subjects, kneeCell),
    ...slos,
  ];
  return { columns, shown };
}

/** Without an estimate there is no bound. */
function kneeCell({ knee }: SubjectSweep): Pair {
  const [value, range] = intervalPair(knee, shortNumber);
  return [`${knee.bound === 'lower' ? '>=' : ''}${value}`, range];
}

function sloCell(
  rate: SloRate | undefined,
  points: readonly SweepPoint[],
  shown: SweepPoint[],
): Pair {
  if (rate === undefined || rate.ratePerS === null) return ['-', ''];
  const point = points.find(({ ratePerS }) => ratePerS === rate.ratePerS);
  if (point !== undefined) shown.push(point);
  const doubt = point !== undefined && isDoubted(point) ? '!' : '';
  const value = `${rate.failedPerS === null ? '>=' : ''}${shortNumber(rate.ratePerS)}${doubt}`;
  return [value, `${rate.held}/${rate.of}`];
}

/** What the columns and marks mean, and why cells are empty. */
function notes(sweep: Sweep, shown: readonly SweepPoint[]): string[] {
  const { subjects } = sweep;
  const bounded = subjects.some(
    ({ capacityBound, knee, slos }) =>
      capacityBound !== null || knee.bound !== null || slos.some(isUnbounded),
  );
  return [
    'Response times count from the instant a request was due. capacity: of the pilot, closed load. ' +
      'knee: where p99 is twice its floor. p99 <= n ms: the highest rate offered at which most ' +
      'blocks kept it (held), and at every lower rate too.',
    ...(bounded
      ? ['>= lower bound: the client was the limit, or no rate offered was high enough']
      : []),
    ...doubtNotes(shown),
    ...subjects.flatMap(gaps),
  ];
}

function isUnbounded({ ratePerS, failedPerS }: SloRate): boolean {
  return ratePerS !== null && failedPerS === null;
}

/** `!  the generator sent late in 3 of 30 trials shown`. */
function doubtNotes(shown: readonly SweepPoint[]): string[] {
  const trials = shown.reduce((sum, { n }) => sum + n, 0);
  const texts = (Object.keys(DOUBT_WORDS) as Doubt[]).flatMap((doubt) => {
    const with_ = shown.reduce((sum, { doubts }) => sum + (doubts[doubt] ?? 0), 0);
    return with_ === 0 ? [] : [`${DOUBT_WORDS[doubt]} (${with_})`];
  });
  return texts.length === 0
    ? []
    : [`!  in some of the ${count(trials, 'trial')} shown: ${texts.join('; ')}`];
}

function gaps({ subject, capacityPerS, knee, slos, points }: SubjectSweep): string[] {
  const lowest = slos.filter(({ ratePerS }) => ratePerS === null);
  const failed = points.filter((point) => point.failed > 0);
  return [
    ...(capacityPerS === null ? [`-  ${subject}: the pilot found no capacity`] : []),
    ...(knee.estimate === null ? [`-  knee of ${subject}: ${knee.why ?? 'unknown'}`] : []),
    ...lowest.map(
      ({ sloMs, held, of }) =>
        `-  ${subject}, p99 <= ${sloMs} ms: ${held} of ${count(of, 'block')} kept it at the lowest rate`,
    ),
    ...failed.map(
      ({ ratePerS, n, failed: lost }) =>
        `failed: ${lost} of ${count(n + lost, 'trial')} of ${subject} at ${shortNumber(ratePerS)}/s`,
    ),
  ];
}

/** Whether this is an open load at one rate for all servers, which has a table of its own. */
export function isPaced({ commonRates, subjects }: Sweep): boolean {
  return commonRates.length === 1 && subjects.every(({ points }) => points.length === 1);
}

/** `keepalive, 64 connections, all servers at 47.6k requests/s: 6 blocks`. */
function pacedTitle({ plan }: RunHeader, { commonRates: [rate = 0], subjects }: Sweep): string {
  const open = plan.conditions.find(({ load }) => load.kind === 'open');
  if (open === undefined) throw new Error('no open load');
  const clients = `${workloadText(open)}, ${count(open.connections, 'connection')}`;
  const most = Math.max(...subjects.flatMap(({ points }) => points.map(({ n }) => n)));
  const blocks = count(askedBlocks(plan, open.id, most), 'block');
  return `${clients}, all servers at ${shortNumber(rate)} requests/s: ${blocks}`;
}

/** p50, p99 and p99.9 of each server, with intervals; labels: its first column. */
function pacedColumns({ subjects }: Sweep, labels: Column): Column[] {
  const column = (head: string, read: (point: SweepPoint) => Interval) =>
    right([head, 'us, median, 95 %'], subjects, ({ points: [point] }) =>
      point ? cellOf(read(point), point) : '-',
    );
  return [
    labels,
    column('p50', ({ p50 }) => p50),
    column('p99', ({ p99 }) => p99),
    column('p99.9', ({ p999 }) => p999),
  ];
}

function cellOf(us: Interval, { doubts }: SweepPoint): Pair {
  const [value, range] = intervalPair(us);
  const isMarked = us.estimate !== null && Object.keys(doubts).length > 0;
  return [`${value}${isMarked ? '!' : ''}`, range];
}
