/** Whether a server came through the soak: flat, clean, right. Pure. */

const MIB = 2 ** 20;
/** A server of a few MiB: pools that find their size late, and pages that come and go. */
const GROWTH_MAX = { share: 0.1, bytes: 2 * MIB };

/** @typedef {import('./server.mjs').Sample} Sample */

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/**
 * Growth of the median of the last third of the samples over that of the middle third.
 * @param {readonly Sample[]} samples
 * @param {'rssBytes' | 'fds' | 'threads'} key
 */
export function thirds(samples, key) {
  const third = Math.floor(samples.length / 3);
  const of = (/** @type {number} */ from, /** @type {number} */ to) =>
    median(samples.slice(from, to).map((sample) => sample[key]));
  return { middle: of(third, 2 * third), last: of(2 * third, samples.length) };
}

/**
 * @param {{ name: string, samples: readonly Sample[] }} server
 * @param {{ answers: number, faults: number, wrong: readonly string[] }} clients
 * @param {string} end what was wrong with its end
 */
export function verdictOf({ name, samples }, clients, end) {
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
  const mib = (/** @type {number} */ bytes) => (bytes / MIB).toFixed(1);
  const held = `${mib(rss.middle)} -> ${mib(rss.last)} MiB, fds ${first?.fds} -> ${last?.fds}, threads ${first?.threads} -> ${last?.threads}`;
  const served = `${clients.answers} answers, ${clients.faults} bad clients, ${clients.wrong.length} wrong`;
  const verdict = faults.length === 0 ? 'ok' : `BAD: ${faults.join('; ')}`;
  return { faults, text: `${name.padEnd(24)} ${served}; ${held}: ${verdict}` };
}
