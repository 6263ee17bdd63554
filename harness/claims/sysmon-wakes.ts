/** sysmon-wakes: sysmon polls and wakes goroutines, and so does the scheduler. */

import { list, percent } from '../findings/format.js';
import type { Wakeups } from '../results/evidence.js';
import { type Decision, defineClaim, refuted, supported, unresolved } from './claim.js';
import {
  allWakeups,
  observedText,
  SCHEDULER,
  SYSMON,
  sum,
  total,
  wakeupFigures,
  wakeupSources,
  wakeupsOf,
} from './shared/wakeups.js';

const FEWEST_WAKEUPS = 1000;
const LOADS = ['idle', 'medium', 'saturated'] as const;

export const sysmonWakes = defineClaim({
  id: 'sysmon-wakes',
  part: 'mechanism',
  shownBy: { chart: 'wakeups', panel: 0 },
  text: "sysmon polls and wakes goroutines; so do the scheduler's other entry points.",
  experiment:
    "Wake-ups by source under idle, medium and saturated load (events that Go's polls return, where they can be traced, " +
    'else what our coroutine runtime counts): both sysmon and the scheduler wake at least once. The shares say who does ' +
    'the work: sysmon polls only when nobody has for 10 ms.',
  thresholds: [
    { label: 'by sysmon at least', value: 1, unit: 'wake-ups' },
    { label: 'by the scheduler at least', value: 1, unit: 'wake-ups' },
    { label: 'needed', value: FEWEST_WAKEUPS, unit: 'wake-ups' },
  ],
  judge: (results) => {
    const { loads, missing } = wakeupsOf(results);
    return missing ?? decide(loads, allWakeups(results));
  },
});

function decide(loads: readonly Wakeups[], observed: readonly Wakeups[]): Decision {
  const all = loads.reduce((n, load) => n + total(load), 0);
  const bySysmon = loads.reduce((n, load) => n + sum(load, [SYSMON]), 0);
  const byScheduler = loads.reduce((n, load) => n + sum(load, SCHEDULER), 0);
  const findings = {
    numbers: wakeupFigures(observed),
    flips: loads.filter(noSysmon).map(({ load }) => `sysmon wakes nobody under ${load} load`),
    restsOn: ['wakeups'],
    basedOn: wakeupSources(observed),
  };
  const shares = loads.map((load) => `${load.load} ${shareText(load)}`);
  const sentence = `${observedText(loads)}: of ${all} wake-ups sysmon made ${bySysmon}, the scheduler ${byScheduler}. Share of sysmon: ${list(shares)}.`;
  if (bySysmon > 0 && byScheduler > 0) return supported(sentence, findings);
  const lacking = LOADS.filter((load) => !loads.some((one) => one.load === load));
  if (all < FEWEST_WAKEUPS || lacking.length > 0) {
    const without = lacking.length === 0 ? '' : ` Not measured: ${list(lacking)} load.`;
    const seen = `With ${all} wake-ups a share smaller than ${percent(1 / Math.max(1, all))} cannot be seen.`;
    return unresolved(`${sentence} ${seen}${without}`, findings);
  }
  return refuted(sentence, findings);
}

const noSysmon = (load: Wakeups) => total(load) > 0 && sum(load, [SYSMON]) === 0;

function shareText(load: Wakeups): string {
  const all = total(load);
  return all === 0 ? 'no wake-ups' : `${percent(sum(load, [SYSMON]) / all)} of ${all}`;
}
