/** memory: a coroutine per connection is affordable where a thread is not. */

import { list, number } from '../findings/format.js';
import type { MemorySlope } from '../results/evidence.js';
import type { Results } from '../results/schema.js';
import {
  cannotHere,
  type Decision,
  defineClaim,
  depends,
  type Figure,
  type Findings,
  leftOpen,
  refuted,
  supported,
  unresolved,
} from './claim.js';
import { cast } from './shared/cast.js';

const FACTOR = 2;

export const memory = defineClaim({
  id: 'memory',
  part: 'cost',
  shownBy: { chart: 'memory', panel: 0 },
  text: 'A coroutine per connection is affordable where a thread is not.',
  experiment:
    'Memory of the server process and of the kernel over 0, 1000, 5000 and 10,000 idle connections (0, 1000 and 2000 in the ' +
    'default profile; as many as the machine allows): bytes per connection as a fitted slope. The thread per connection ' +
    'server over the coroutine server, and over the Go server; the ends of the sums come from the ends of their parts.',
  thresholds: [{ label: 'thread over coroutine at least', value: FACTOR, unit: 'times' }],
  judge: (results) => {
    const { ids, absent } = cast(results.header, ['thread', 'coroutine', 'go']);
    if (absent !== null) return absent;
    if (results.evidence === null) return leftOpen('no memory of idle connections was fitted');
    const { items, why } = results.evidence.memory;
    if (items === null) return cannotHere(`memory per connection is unknown: ${why}`);
    return decide(results, items, ids);
  },
});

interface Total {
  readonly subject: string;
  readonly bytes: number;
  readonly lo: number;
  readonly hi: number;
}

function decide(
  results: Results,
  slopes: readonly MemorySlope[],
  ids: Readonly<Record<'thread' | 'coroutine' | 'go', string>>,
): Decision {
  const plain = results.header.subjects.filter(({ aaOf }) => aaOf === undefined);
  const mine = slopes.filter(({ subject }) => plain.some(({ id }) => id === subject));
  const findings: Findings = {
    numbers: mine.flatMap(figure),
    flips: [],
    restsOn: ['memory'],
    basedOn: mine.map(({ subject, kind }) => `memory: ${subject} ${kind}`),
  };
  const needed = [ids.thread, ids.coroutine, ids.go];
  const totals = needed.flatMap((subject) => totalOf(mine, subject));
  const [thread, ...others] = totals;
  if (thread === undefined || totals.length < needed.length) {
    const reasons = mine.flatMap(({ subject, kind, why }) =>
      why === undefined ? [] : [`${subject} ${kind}: ${why}`],
    );
    const lacking = reasons.length === 0 ? 'a server lacks its user or kernel part' : list(reasons);
    return cannotHere(`not all slopes have an interval (${lacking})`, findings);
  }
  return judge(thread, others, findings);
}

function judge(thread: Total, others: readonly Total[], findings: Findings): Decision {
  const drowned = [thread, ...others].filter(({ lo }) => lo <= 0);
  if (drowned.length > 0) {
    const text = `An idle connection costs, user and kernel together: ${list([thread, ...others].map(totalText))}.`;
    const names = list(drowned.map(({ subject }) => subject));
    const why = `The interval of ${names} reaches below 0: what else the machine did weighs as much, and no ratio can be seen.`;
    return unresolved(`${text} ${why}`, findings);
  }
  const ratios = others.map((other) => ({
    subject: other.subject,
    ratio: thread.bytes / other.bytes,
    lo: thread.lo / other.hi,
    hi: thread.hi / other.lo,
  }));
  const texts = ratios.map(
    ({ subject, ratio, lo, hi }) =>
      `${number(ratio)} times that of ${subject} (${number(lo)} to ${number(hi)} times)`,
  );
  const sums = list([thread, ...others].map(totalText));
  const sentence = `An idle connection costs, user and kernel together: ${sums}. A thread's is ${list(texts)}.`;
  const numbers = [
    ...findings.numbers,
    ...ratios.map(({ subject, ratio, lo, hi }) => ({
      label: `${thread.subject} / ${subject}`,
      value: ratio,
      lo,
      hi,
      unit: 'times',
    })),
  ];
  const all = { ...findings, numbers };
  if (ratios.every(({ lo }) => lo >= FACTOR)) return supported(sentence, all);
  if (ratios.every(({ hi }) => hi < FACTOR)) return refuted(sentence, all);
  const open = ratios.filter(({ lo, hi }) => lo < FACTOR && hi >= FACTOR);
  if (open.length === 0) return depends(sentence, all);
  const widest = Math.max(...open.map(({ lo, hi }) => hi - lo));
  const seen = `Undecided: an interval contains ${FACTOR}; it is ${number(widest)} wide, smaller distances cannot be seen.`;
  return unresolved(`${sentence} ${seen}`, all);
}

/** Both parts of a subject; none when one lacks its interval. */
function totalOf(slopes: readonly MemorySlope[], subject: string): Total[] {
  const parts = (['user', 'kernel'] as const).map((kind) =>
    slopes.find((slope) => slope.subject === subject && slope.kind === kind),
  );
  let total: Total = { subject, bytes: 0, lo: 0, hi: 0 };
  for (const part of parts) {
    const { bytesPerConnection, lo, hi } = part ?? { bytesPerConnection: null, lo: null, hi: null };
    if (bytesPerConnection === null || lo === null || hi === null) return [];
    total = {
      subject,
      bytes: total.bytes + bytesPerConnection,
      lo: total.lo + lo,
      hi: total.hi + hi,
    };
  }
  return [total];
}

function totalText({ subject, bytes, lo, hi }: Total): string {
  return `${subject} ${kib(bytes)} KiB (${kib(lo)} to ${kib(hi)} KiB, 95 % each part)`;
}

const kib = (bytes: number) => number(bytes / 1024);

function figure({ subject, kind, bytesPerConnection, lo, hi }: MemorySlope): Figure[] {
  if (bytesPerConnection === null) return [];
  const label = `${kind} memory per idle connection, ${subject}`;
  return [{ label, value: bytesPerConnection, lo, hi, unit: 'bytes' }];
}
