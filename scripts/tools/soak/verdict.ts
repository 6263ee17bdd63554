/** Whether a server passed the soak: flat, clean, right. Pure. */
import type { Sample } from './server.js';

const MIB = 2 ** 20;
/** A server of a few MiB: pools that find their size late, and pages that come and go. */
const GROWTH_MAX = { share: 0.1, bytes: 2 * MIB };

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Growth of the median from the middle to the last third of the samples. */
export function thirds(samples: readonly Sample[], key: keyof Sample) {
  const third = Math.floor(samples.length / 3);
  const of = (from: number, to: number) =>
    median(samples.slice(from, to).map((sample) => sample[key]));
  return { middle: of(third, 2 * third), last: of(2 * third, samples.length) };
}

interface Soaked {
  readonly name: string;
  readonly samples: readonly Sample[];
}

interface Served {
  readonly answers: number;
  readonly faults: number;
  readonly wrong: readonly string[];
}

export interface Verdict {
  readonly faults: readonly string[];
  readonly text: string;
}

/** `end`: what was wrong with its end. */
export function verdictOf({ name, samples }: Soaked, clients: Served, end: string): Verdict {
  const rss = thirds(samples, 'rssBytes');
  const [first, last] = [samples[0], samples.at(-1)];
  const limit = rss.middle * (1 + GROWTH_MAX.share) + GROWTH_MAX.bytes;
  const extraFds = (last?.fds ?? Number.NaN) - (first?.fds ?? Number.NaN);
  const faults = [
    ...(rss.last <= limit ? [] : ['its memory grew']),
    // The control thread and the poller may have opened theirs after the first look.
    ...(extraFds <= 4 ? [] : [`it kept ${extraFds} descriptors`]),
    ...clients.wrong.slice(0, 3).map((text) => `wrong answer: ${text}`),
    ...(clients.answers > 0 ? [] : ['it answered nothing']),
    ...(end === '' ? [] : [end]),
  ];
  const mib = (bytes: number) => (bytes / MIB).toFixed(1);
  const memory = `${mib(rss.middle)} -> ${mib(rss.last)} MiB`;
  const fds = `fds ${first?.fds} -> ${last?.fds}`;
  const threads = `threads ${first?.threads} -> ${last?.threads}`;
  const { answers, faults: bad, wrong } = clients;
  const served = `${answers} answers, ${bad} bad clients, ${wrong.length} wrong`;
  const verdict = faults.length === 0 ? 'ok' : `BAD: ${faults.join('; ')}`;
  return {
    faults,
    text: `${name.padEnd(24)} ${served}; ${memory}, ${fds}, ${threads}: ${verdict}`,
  };
}
