/** netpoll-wakes: ready descriptors wake their goroutine, and only the right one. */

import { list, percent } from '../findings/format.js';
import type { Wakeups } from '../results/evidence.js';
import { type Decision, defineClaim, refuted, supported, unresolved } from './claim.js';
import {
  allWakeups,
  IN_VAIN,
  observedText,
  SCHEDULER,
  SYSMON,
  sum,
  total,
  wakeupFigures,
  wakeupSources,
  wakeupsOf,
} from './shared/wakeups.js';

const LEAST_BY_POLL = 0.99;
const MOST_IN_VAIN = 0.01;
const FEWEST_WAKEUPS = 1000;

export const netpollWakes = defineClaim({
  id: 'netpoll-wakes',
  part: 'mechanism',
  shownBy: { chart: 'wakeups', panel: 0 },
  text: 'Ready descriptors wake the goroutine that is parked on them, through its poll descriptor.',
  experiment:
    "Wake-ups by source under idle, medium and saturated load: Go's own where it is known which of them were in vain, else " +
    'those that our coroutine runtime counts. How many come from a poll, and after how many a call still finds nothing, ' +
    'as it would when a read event woke a writer.',
  thresholds: [
    { label: 'wake-ups by a poll at least', value: LEAST_BY_POLL * 100, unit: '%' },
    { label: 'wake-ups in vain at most', value: MOST_IN_VAIN * 100, unit: '%' },
    { label: 'needed', value: FEWEST_WAKEUPS, unit: 'wake-ups' },
  ],
  judge: (results) => {
    const { loads, missing } = wakeupsOf(results, IN_VAIN);
    return missing ?? decide(loads, allWakeups(results));
  },
});

function decide(loads: readonly Wakeups[], observed: readonly Wakeups[]): Decision {
  const all = loads.reduce((n, load) => n + total(load), 0);
  const polled = loads.reduce((n, load) => n + sum(load, [...SCHEDULER, SYSMON]), 0);
  const counted = loads.filter(({ counts }) => counts[IN_VAIN] !== undefined);
  const vain = counted.reduce((n, load) => n + sum(load, [IN_VAIN]), 0);
  const vainShare =
    vain /
    Math.max(
      1,
      counted.reduce((n, load) => n + total(load), 0),
    );
  const share = polled / Math.max(1, all);
  const bad = (load: Wakeups) => sum(load, [...SCHEDULER, SYSMON]) < LEAST_BY_POLL * total(load);
  const findings = {
    numbers: wakeupFigures(observed),
    flips: loads.filter(bad).map(({ load }) => `fewer than 99 % by a poll under ${load} load`),
    restsOn: ['wakeups'],
    basedOn: wakeupSources(observed),
  };
  const inVain =
    counted.length === 0
      ? 'Calls in vain were not counted.'
      : `After ${vain} of them (${percent(vainShare)}) a call found nothing.`;
  const kinds = list(loads.map(({ load }) => load));
  const sentence = `${observedText(loads)} under ${kinds} load: ${polled} of ${all} wake-ups (${percent(share)}) came from a poll. ${inVain}`;
  if (all < FEWEST_WAKEUPS) {
    const seen = `With ${all} wake-ups a share smaller than ${percent(1 / Math.max(1, all))} cannot be seen; ${FEWEST_WAKEUPS} are needed.`;
    return unresolved(`${sentence} ${seen}`, findings);
  }
  if (share < LEAST_BY_POLL || vainShare > MOST_IN_VAIN) return refuted(sentence, findings);
  if (counted.length === 0) {
    const seen = 'Whether a read event wakes a writer cannot be seen without that count.';
    return unresolved(`${sentence} ${seen}`, findings);
  }
  return supported(sentence, findings);
}
