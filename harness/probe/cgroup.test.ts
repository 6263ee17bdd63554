import { expect, test } from 'vitest';
import {
  groupsUpFrom,
  parseCgroupMount,
  parseCgroupPath,
  parseThrottled,
  readThrottling,
} from './cgroup.js';

const V1 =
  '30 24 0:26 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:11 - cgroup cgroup rw,cpu,cpuacct';
const V2 = '31 24 0:27 /box /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw';
const MEMORY = '32 24 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory';

test('the mount of the cpu controller', () => {
  expect(parseCgroupMount(`${V2}\n${MEMORY}\n${V1}\n`)).toEqual({
    version: 1,
    root: '/',
    path: '/sys/fs/cgroup/cpu,cpuacct',
  });
  expect(parseCgroupMount(`${MEMORY}\n${V2}\n`)).toEqual({
    version: 2,
    root: '/box',
    path: '/sys/fs/cgroup',
  });
  expect(parseCgroupMount(`${MEMORY}\n`)).toBeNull();
});

test('the own group in either version', () => {
  const text = '4:memory:/m\n1:cpu,cpuacct:/a:b/c\n0::/unified\n';
  expect(parseCgroupPath(text, 1)).toBe('/a:b/c');
  expect(parseCgroupPath(text, 2)).toBe('/unified');
  expect(parseCgroupPath('4:memory:/m\n', 1)).toBeNull();
});

test('the groups above, and the count of a group that may have none', () => {
  expect(groupsUpFrom('/a/b')).toEqual(['/a/b', '/a', '']);
  expect(groupsUpFrom('')).toEqual(['']);
  expect(parseThrottled('nr_periods 9\nnr_throttled 3\nthrottled_usec 5\n')).toBe(3);
  expect(parseThrottled('usage_usec 9\n')).toBeNull();
});

test('live: a count with its file, or why there is none', () => {
  const throttling = readThrottling();
  if (throttling.ok) {
    expect(throttling.value.count).toBeGreaterThanOrEqual(0);
    expect(throttling.value.source).toMatch(/^cpu\.stat of \//);
  } else {
    expect(throttling.why).not.toBe('');
  }
});
