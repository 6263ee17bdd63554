/** coroutines-as-fast: goroutines on epoll perform as well as callbacks. */

import { count, list } from '../findings/format.js';
import type { Results } from '../results/schema.js';
import {
  type Decision,
  defineClaim,
  depends,
  leftOpen,
  refuted,
  supported,
  unresolved,
} from './claim.js';
import { cast, choiceText } from './shared/cast.js';
import { allCells, crossing, findingsOf } from './shared/crossover.js';
import type { Cell } from './shared/samples.js';
import { RESOLUTION_MAX, rateLadders, SLO_P99_US } from './shared/slo.js';
import { isNotWorse, isWorse, MARGIN, seriesText, smallestSeen } from './shared/standing.js';

const CONFIDENCE = 0.95;

export const coroutinesAsFast = defineClaim({
  id: 'coroutines-as-fast',
  part: 'cost',
  shownBy: { chart: 'ratio', panel: -1 },
  text: 'Goroutines on epoll perform as well as callbacks.',
  experiment:
    'The coroutine server and the Go server against the callback server, paired by block: CPU per request of the plain ' +
    'keep-alive server under a closed load, and the throughput of open loads at which p99 meets 5 ms, where rates were ' +
    'offered. As fast: the whole 95 % interval is less than 10 % worse (or better); not: all of it is at least 10 % worse. ' +
    'Other workloads are listed where they say otherwise.',
  thresholds: [
    { label: 'margin', value: MARGIN * 100, unit: '%' },
    { label: 'confidence', value: CONFIDENCE * 100, unit: '%' },
    { label: 'service level: p99 at most', value: SLO_P99_US / 1000, unit: 'ms' },
    { label: 'rates around it apart at most', value: RESOLUTION_MAX * 100, unit: '%' },
  ],
  judge: (results) => {
    const { ids, absent } = cast(results.header, ['coroutine', 'go', 'callback']);
    if (absent !== null) return absent;
    return decide(results, [ids.coroutine, ids.go], ids.callback);
  },
});

function decide(results: Results, subjects: readonly string[], versus: string): Decision {
  const found = subjects.map((subject) => crossing(results, { subject, versus }, CONFIDENCE));
  const cpu = found.flatMap((one) => one.cpu);
  if (cpu.length === 0) return leftOpen('no closed keep-alive load');
  const knees = found.flatMap((one) => one.knees);
  const deciding = [...cpu, ...knees];
  const all = found.flatMap(allCells);
  const slow = deciding.filter((cell) => isWorse(cell));
  const was = rateLadders(results).length === 0 ? 'measured' : 'compared';
  const knee = knees.length === 0 ? ` No throughput at a service level was ${was}.` : '';
  const note = choiceText(results.header, ['coroutine', 'go', 'callback']);
  const facts = `${seriesText(deciding)}${note}.${knee}`;
  if (deciding.every((cell) => isNotWorse(cell))) {
    const flips = all.filter((cell) => isWorse(cell));
    return supported(`Never 10 % worse than callbacks. ${facts}`, findingsOf(all, deciding, flips));
  }
  const fast = all.filter((cell) => isNotWorse(cell));
  if (slow.length === deciding.length) {
    const sentence = `At least 10 % worse than callbacks in every comparison. ${facts}`;
    return refuted(sentence, findingsOf(all, deciding, fast));
  }
  const findings = findingsOf(
    all,
    deciding,
    all.filter((cell) => isWorse(cell)),
  );
  const open = deciding.filter((cell) => !isWorse(cell) && !isNotWorse(cell));
  if (open.length > 0) return unresolved(`${facts} Undecided: ${smallestSeen(open)}.`, findings);
  return depends(`${whoIsSlow(subjects, deciding)}. ${facts}`, findings);
}

/** `a is as fast, b is 10 % worse in 2 of 3 comparisons`. */
function whoIsSlow(subjects: readonly string[], deciding: readonly Cell[]): string {
  return list(
    subjects.map((subject) => {
      const mine = deciding.filter((cell) => cell.subject === subject);
      const slow = mine.filter((cell) => isWorse(cell)).length;
      if (slow === 0) return `${subject} is as fast`;
      return `${subject} is at least 10 % worse in ${slow} of ${count(mine.length, 'comparison')}`;
    }),
  );
}
