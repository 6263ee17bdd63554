import { expect, test } from 'vitest';
import { known, unknown } from '../probe/reading.js';
import { type Climb, slopesOf } from './idle-memory.js';
import { parseKernelMemory, readKernelMemory } from './kernel-memory.js';

/** A repetition in which each connection costs so much. */
function climb(user: number, kernel: number): Climb {
  return known(
    [0, 100, 200].map((connections) => ({
      connections,
      user: 1e6 + user * connections,
      kernel: 1e8 + kernel * connections,
    })),
  );
}

test('half of a pair of the harness is taken off the kernel part alone', () => {
  const climbs = Array.from({ length: 6 }, (_, i) => climb(4000 + i, 5000));
  const control = Array.from({ length: 6 }, () => climb(0, 4000));
  expect(slopesOf('a', climbs, control)).toEqual([
    {
      subject: 'a',
      kind: 'user',
      connections: [0, 100, 200],
      bytesPerConnection: 4002.5,
      lo: 4000,
      hi: 4005,
      n: 6,
      source: 'smaps_rollup: Rss',
      points: climbs.flatMap((_, repetition) => [
        { repetition, connections: 100, bytes: 100 * (4000 + repetition) },
        { repetition, connections: 200, bytes: 200 * (4000 + repetition) },
      ]),
    },
    {
      ...{ subject: 'a', kind: 'kernel', connections: [0, 100, 200], n: 6 },
      ...{ bytesPerConnection: 3000, lo: 3000, hi: 3000 },
      source: expect.stringMatching(/^meminfo: .*less the client's end$/),
      points: climbs.flatMap((_, repetition) => [
        { repetition, connections: 100, bytes: 300_000 },
        { repetition, connections: 200, bytes: 600_000 },
      ]),
    },
  ]);
});

test('too few repetitions give no interval, and one that failed says why', () => {
  const [user] = slopesOf('a', [climb(1, 1), unknown('it died')], [climb(0, 0), climb(0, 0)]);
  expect(user).toMatchObject({ bytesPerConnection: 1, lo: null, hi: null, n: 1, why: 'it died' });
});

test('without the client’s end there is no kernel part', () => {
  const [user, kernel] = slopesOf('a', [climb(1, 1)], [unknown('no port')]);
  expect(user).toMatchObject({ bytesPerConnection: 1 });
  expect(kernel).toMatchObject({ bytesPerConnection: null, points: [], why: 'no port' });
});

test('kernel memory is the sum of its fields', () => {
  const meminfo =
    'Slab:   100 kB\nKernelStack:     20 kB\nPageTables:      3 kB\nSecPageTables: 9 kB\n';
  const sockstat = 'TCP: inuse 5 orphan 0 tw 1 alloc 6 mem 2\nUDP: inuse 1 mem 7\n';
  expect(parseKernelMemory(meminfo, sockstat)).toEqual(known(123 * 1024 + 8192));
  expect(parseKernelMemory('Slab: 1 kB\n', '')).toEqual(
    unknown('/proc/meminfo has no KernelStack'),
  );
  expect(readKernelMemory()).toMatchObject({ ok: true });
});
