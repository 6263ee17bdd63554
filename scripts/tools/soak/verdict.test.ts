import { expect, test } from 'vitest';
import { csv } from './draw.js';
import { thirds, verdictOf } from './verdict.js';

const MIB = 2 ** 20;

/** Samples whose memory goes linearly from one value to the other, MiB. */
function samples(from: number, to: number, lastFds = 6) {
  return Array.from({ length: 30 }, (_, i) => ({
    seconds: i,
    rssBytes: (from + ((to - from) * i) / 29) * MIB,
    fds: i === 29 ? lastFds : 5,
    threads: 3,
  }));
}

const good = { answers: 10, faults: 3, wrong: [] };
const verdict = (all: ReturnType<typeof samples>, clients: object = {}, end = '') =>
  verdictOf({ name: 'x', samples: all }, { ...good, ...clients }, end).faults;

test('flat is ok, and so is what a pool may still find', () => {
  expect(verdict(samples(4, 4))).toEqual([]);
  expect(verdict(samples(4, 7))).toEqual([]);
});

test.each([
  ['memory that grows', samples(4, 40), {}, '', 'its memory grew'],
  ['descriptors that stay', samples(4, 4, 30), {}, '', 'it kept 25 descriptors'],
  ['wrong bytes', samples(4, 4), { wrong: ['"GET": 3 bytes'] }, '', 'wrong answer: "GET": 3 bytes'],
  ['silence', samples(4, 4), { answers: 0 }, '', 'it answered nothing'],
  ['a bad end', samples(4, 4), {}, 'it ended with SIGKILL', 'it ended with SIGKILL'],
])('%s is not', (_, all, clients, end, fault) => {
  expect(verdict(all, clients, end)).toEqual([fault]);
});

test('thirds are medians, so one odd sample means nothing', () => {
  const all = samples(4, 4);
  all[25] = { seconds: 25, rssBytes: 900 * MIB, fds: 5, threads: 3 };
  expect(thirds(all, 'rssBytes')).toEqual({ middle: 4 * MIB, last: 4 * MIB });
});

test('CSV has a line per sample', () => {
  const lines = csv([{ name: 'x', samples: samples(1, 1).slice(0, 2) }]).split('\n');
  expect(lines).toEqual([
    'variant,seconds,rss_bytes,fds,threads',
    'x,0.0,1048576,5,3',
    'x,1.0,1048576,5,3',
    '',
  ]);
});
