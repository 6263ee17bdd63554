/** threads-slow: blocking with a thread per connection performs poorly. */

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
import { allCells, type Crossing, crossing, findingsOf, firstFrom } from './shared/crossover.js';
import { type Cell, where } from './shared/samples.js';
import {
  isNotWorse,
  isWorse,
  MARGIN,
  STRICT,
  seriesText,
  smallestSeen,
  wins,
} from './shared/standing.js';

/** Below this many connections the claim says nothing. */
const FROM_CONNECTIONS = 64;

export const threadsSlow = defineClaim({
  id: 'threads-slow',
  part: 'cost',
  shownBy: { chart: 'cpu', panel: -1 },
  text: 'Blocking I/O with a thread per connection performs poorly.',
  experiment:
    'The thread per connection server against the callback server, paired by block, over connections from 1 on. Decided on ' +
    'CPU per request of the plain keep-alive server under a closed load: at least 10 % worse at 99 % confidence at every ' +
    'count from some number of connections on; refuted when every count from 64 connections on excludes 10 % worse. ' +
    'Throughput, p99 latency, other workloads and open loads are compared too where the load client was not the limit.',
  thresholds: [
    { label: 'worse by at least', value: MARGIN * 100, unit: '%' },
    { label: 'confidence', value: STRICT * 100, unit: '%' },
    { label: 'refutable from', value: FROM_CONNECTIONS, unit: 'connections' },
  ],
  judge: (results) => {
    const { ids, absent } = cast(results.header, ['thread', 'callback']);
    if (absent !== null) return absent;
    const found = crossing(results, { subject: ids.thread, versus: ids.callback });
    const many = found.cpu.filter(({ condition }) => condition.connections >= FROM_CONNECTIONS);
    if (many.length === 0) {
      return leftOpen(`no closed keep-alive load with ${FROM_CONNECTIONS} connections or more`);
    }
    return decide(results, found, many);
  },
});

function decide(results: Results, found: Crossing, many: readonly Cell[]): Decision {
  const { cpu } = found;
  const all = allCells(found);
  const from = firstFrom(cpu, isWorse);
  const note = choiceText(results.header, ['thread', 'callback']);
  const facts = `${seriesText(cpu)}${note}. ${winsText(all)}`;
  if (from !== null) {
    const flips = all.filter((cell) => isNotWorse(cell));
    const sentence = `From ${count(from, 'connection')} on, threads cost at least 10 % more CPU per request than callbacks. ${facts}`;
    const deciding = cpu.filter(({ condition }) => condition.connections >= from);
    return supported(sentence, findingsOf(all, deciding, flips));
  }
  if (many.every((cell) => isNotWorse(cell))) {
    const flips = all.filter((cell) => isWorse(cell));
    const sentence = `From ${count(FROM_CONNECTIONS, 'connection')} on, threads never cost 10 % more CPU per request than callbacks. ${facts}`;
    return refuted(sentence, findingsOf(all, many, flips));
  }
  const findings = findingsOf(
    all,
    many,
    all.filter((cell) => isWorse(cell) || wins(cell)),
  );
  if (many.every((cell) => isWorse(cell) || isNotWorse(cell))) {
    return depends(`threads are worse at some counts only. ${facts}`, findings);
  }
  const open = many.filter((cell) => !isWorse(cell) && !isNotWorse(cell));
  return unresolved(`${facts} Undecided: ${smallestSeen(open)}.`, findings);
}

/** The figures are among the flips, or in the series. */
function winsText(all: readonly Cell[]): string {
  const places = [...new Set(all.filter(wins).map(({ at, condition }) => at ?? where(condition)))];
  return places.length === 0
    ? 'No interval shows threads winning.'
    : `Threads win ${list(places)}.`;
}
