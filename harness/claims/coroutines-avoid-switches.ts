/** coroutines-avoid-switches: goroutines are cheap because they avoid thread switches. */

import { list, number } from '../findings/format.js';
import type { Condition, Results } from '../results/schema.js';
import type { Interval } from '../stats/interval.js';
import {
  type Decision,
  defineClaim,
  depends,
  type Figure,
  leftOpen,
  refuted,
  supported,
  unresolved,
} from './claim.js';
import { cast } from './shared/cast.js';
import { medianOf, plainSeries, where } from './shared/samples.js';

const MOST_PER_REQUEST = 0.2;
const CONNECTIONS = 64;
const METRIC = 'voluntary_switches_per_request';

export const coroutinesAvoidSwitches = defineClaim({
  id: 'coroutines-avoid-switches',
  part: 'cost',
  shownBy: { chart: 'voluntary', panel: -1 },
  text: 'Goroutines perform because they avoid thread switches.',
  experiment:
    'Voluntary switches per request of the coroutine server and the Go server at 64 connections of the plain keep-alive ' +
    'server under a closed load. Beside it the figure at one connection: an idle server sleeps and wakes once per event, ' +
    'whatever its I/O model.',
  thresholds: [
    { label: 'per request below', value: MOST_PER_REQUEST, unit: 'switches' },
    { label: 'at', value: CONNECTIONS, unit: 'connections' },
  ],
  judge: (results) => {
    const { ids, absent } = cast(results.header, ['coroutine', 'go']);
    if (absent !== null) return absent;
    const series = plainSeries(results);
    const busy = series.find(({ connections }) => connections === CONNECTIONS);
    if (busy === undefined)
      return leftOpen(`no closed keep-alive load of ${CONNECTIONS} connections`);
    return decide(results, [ids.coroutine, ids.go], busy);
  },
});

interface Reading {
  readonly subject: string;
  readonly condition: Condition;
  readonly value: Interval;
}

function decide(results: Results, subjects: readonly string[], busy: Condition): Decision {
  const readings = plainSeries(results).flatMap((condition) =>
    subjects.map((subject) => ({
      subject,
      condition,
      value: medianOf(results, condition, subject, METRIC),
    })),
  );
  const deciding = readings.filter(({ condition }) => condition.id === busy.id);
  const idle = readings.filter(({ condition }) => condition.connections === 1);
  const findings = {
    numbers: readings.flatMap(figure),
    flips: readings.filter(isAbove).map(readingText),
    restsOn: [busy.id],
    basedOn: readings.map(({ subject, condition }) => `${condition.id} ${subject} ${METRIC}`),
  };
  const remark =
    idle.length === 0 ? '' : ` With nothing else to do: ${list(idle.map(readingText))}.`;
  const facts = `Voluntary switches per request: ${list(deciding.map(readingText))}.${remark}`;
  if (deciding.every(isBelow)) return supported(facts, findings);
  if (deciding.every(isAbove)) return refuted(facts, findings);
  const open = deciding.filter((reading) => !isBelow(reading) && !isAbove(reading));
  if (open.length === 0) return depends(facts, findings);
  return unresolved(`${facts} Undecided: ${[...new Set(open.map(whyOpen))].join('; ')}.`, findings);
}

const isBelow = ({ value }: Reading) => value.hi !== null && value.hi < MOST_PER_REQUEST;
const isAbove = ({ value }: Reading) => value.lo !== null && value.lo >= MOST_PER_REQUEST;

function whyOpen({ subject, value: { lo, hi, why } }: Reading): string {
  if (lo === null || hi === null) return why ?? 'no interval';
  return `the interval of ${subject} is ${number(hi - lo)} wide, a smaller distance from ${MOST_PER_REQUEST} cannot be seen`;
}

function readingText({ subject, condition, value: { estimate, lo, hi, why } }: Reading): string {
  if (estimate === null) return `${subject} not measured ${where(condition)} (${why})`;
  const value = `${subject} ${number(estimate)} ${where(condition)}`;
  if (lo === null || hi === null) return value;
  return `${value} (${number(lo)} to ${number(hi)}, 95 %)`;
}

function figure({ subject, condition, value: { estimate, lo, hi } }: Reading): Figure[] {
  if (estimate === null) return [];
  const label = `voluntary switches per request, ${subject}, ${condition.id}`;
  return [{ label, value: estimate, lo, hi, unit: 'switches' }];
}
