/** epoll-better: epoll-based non-blocking servers improved on threads. */
import { count } from '../findings/format.js';
import {
  type Decision,
  defineClaim,
  depends,
  leftOpen,
  refuted,
  supported,
  unresolved,
} from './claim.js';
import { cast } from './shared/cast.js';
import { allCells, type Crossing, crossing, findingsOf } from './shared/crossover.js';
import type { Cell } from './shared/samples.js';
import {
  isBetter,
  isNotBetter,
  isNotWorse,
  isWorse,
  MARGIN,
  STRICT,
  seriesText,
  smallestSeen,
} from './shared/standing.js';

const MANY = 64;
const FEW = 8;

export const epollBetter = defineClaim({
  id: 'epoll-better',
  part: 'cost',
  shownBy: { chart: 'ratio', panel: -1 },
  text: 'Non-blocking servers on epoll improved on a thread per connection.',
  experiment:
    'The callback server against the thread per connection server, paired by block, in CPU per request, throughput and p99 ' +
    'latency of the plain keep-alive server under a closed load, where they can be compared: beyond the margin better at ' +
    'every count from 64 connections on, and nowhere below 8 beyond the margin worse. Refuted when every comparison from ' +
    '64 on excludes an improvement by the margin. Other workloads and open loads are listed where they say otherwise.',
  thresholds: [
    { label: 'margin', value: MARGIN * 100, unit: '%' },
    { label: 'confidence', value: STRICT * 100, unit: '%' },
    { label: 'better from', value: MANY, unit: 'connections' },
    { label: 'not worse up to', value: FEW, unit: 'connections' },
  ],
  judge: (results) => {
    const { ids, absent } = cast(results.header, ['thread', 'callback']);
    if (absent !== null) return absent;
    const found = crossing(results, { subject: ids.callback, versus: ids.thread });
    const at = (cell: Cell) => cell.condition.connections;
    const plain = [...found.cpu, ...found.speed];
    const many = plain.filter((cell) => at(cell) >= MANY);
    const few = plain.filter((cell) => at(cell) <= FEW);
    if (many.length === 0 || few.length === 0) {
      return leftOpen(
        `it needs at most ${FEW} and at least ${MANY} connections, keep-alive, closed`,
      );
    }
    return decide(found, many, few);
  },
});

function decide(found: Crossing, many: readonly Cell[], few: readonly Cell[]): Decision {
  const all = allCells(found);
  const facts = `${seriesText(found.cpu)}.`;
  const compared = `${count(many.length, 'comparison')} from ${MANY} connections on`;
  const deciding = [...few, ...many];
  const unlike = all.filter((cell) => isNotBetter(cell));
  if (many.every((cell) => isBetter(cell)) && few.every((cell) => isNotWorse(cell))) {
    const sentence = `Callbacks on epoll are at least 10 % better in all ${compared}, and not 10 % worse up to ${FEW}. ${facts}`;
    return supported(sentence, findingsOf(all, deciding, unlike));
  }
  if (many.every((cell) => isNotBetter(cell))) {
    const sentence = `None of ${compared} shows callbacks 10 % better. ${facts}`;
    return refuted(
      sentence,
      findingsOf(
        all,
        many,
        all.filter((cell) => isBetter(cell)),
      ),
    );
  }
  const open = [
    ...many.filter((cell) => !isBetter(cell) && !isNotBetter(cell)),
    ...few.filter((cell) => !isNotWorse(cell) && !isWorse(cell)),
  ];
  const findings = findingsOf(all, deciding, unlike);
  if (open.length > 0) return unresolved(`${facts} Undecided: ${smallestSeen(open)}.`, findings);
  return depends(`better in some comparisons only. ${facts}`, findings);
}
