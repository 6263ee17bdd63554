import { describe, expect, test } from 'vitest';
import { known, unknown } from '../probe/reading.js';
import { type Climb, parseKernelMemory, readKernelMemory, slopesOf } from './idle-memory.js';

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
      subject: 'a',
      kind: 'kernel',
      connections: [0, 100, 200],
      n: 6,
      bytesPerConnection: 3000,
      lo: 3000,
      hi: 3000,
      source: expect.stringMatching(/^meminfo: .*less the client's end: the median of 6 controls$/),
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

describe('a control that is far from the others', () => {
  // One round in which the kernel gave back 5 MB meanwhile: 4.8 KB less per pair.
  const pairs = [8700, 8712, 3900, 8690, 8705, 8708];
  const controls = pairs.map((bytes) => climb(0, bytes));
  const servers = [6100, 6900, 5200, 14_800].map((own) =>
    slopesOf(
      `of ${own}`,
      pairs.map((_, i) => climb(4000, own + 4350 + i)),
      controls,
    ),
  );

  test('moves no server, neither the estimate nor an end of its interval', () => {
    const kernels = servers.map(([, kernel]) => kernel ?? expect.fail('no kernel part'));
    for (const { subject, bytesPerConnection, lo, hi, n } of kernels) {
      const own = Number(subject.slice('of '.length));
      for (const bound of [bytesPerConnection, lo, hi]) {
        expect(Math.abs((bound ?? Number.NaN) - own)).toBeLessThan(10);
      }
      expect(n).toBe(6);
    }
  });

  test('moves no point', () => {
    const [, kernel] = servers[0] ?? expect.fail('no server');
    for (const { connections, bytes } of kernel?.points ?? expect.fail('no points')) {
      expect(Math.abs(bytes / connections - 6100)).toBeLessThan(10);
    }
  });

  test('is named', () => {
    const [user, kernel] = servers[0] ?? expect.fail('no server');
    const named = "less the client's end: the median of 6 controls; far from it: 3900 in round 3";
    expect(kernel?.source).toContain(named);
    expect(kernel).not.toHaveProperty('why');
    expect(user?.source).not.toContain('control');
  });
});

test('a control that failed costs no repetition while others are there', () => {
  const climbs = Array.from({ length: 6 }, () => climb(4000, 5000));
  const controls = [unknown('no port'), ...Array.from({ length: 5 }, () => climb(0, 4000))];
  const [, kernel] = slopesOf('a', climbs, controls);
  expect(kernel).toMatchObject({ bytesPerConnection: 3000, lo: 3000, hi: 3000, n: 6 });
  expect(kernel?.source).toContain('the median of 5 controls, 1 failed (no port)');
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
