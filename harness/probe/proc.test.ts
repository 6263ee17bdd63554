import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { expect, test } from 'vitest';
import {
  parseAllowedCpus,
  parseCpuTicks,
  parseOpenFilesLimit,
  parseSmapsRollupRss,
  parseStatmRssPages,
  readAllowedCpus,
  readCpuTicks,
  readOpenFilesLimit,
  readRss,
  readThreads,
} from './proc.js';

const STAT = `cpu  12170 0 5415 187580 828 0 143 520 0 0
cpu0 4990 1 1992 96052 31 2 32 237 0 0
cpu1 7180 0 3422 91528 797 0 110 283 0 0
intr 360012 0 0
ctxt 723876
`;

test('/proc/stat: one entry per CPU, the total left out', () => {
  const cpus = parseCpuTicks(STAT);
  expect([...(cpus?.keys() ?? [])]).toEqual([0, 1]);
  expect(cpus?.get(0)).toEqual({
    user: 4990,
    nice: 1,
    system: 1992,
    idle: 96052,
    iowait: 31,
    irq: 2,
    softirq: 32,
    steal: 237,
  });
  expect(parseCpuTicks('intr 1\n')).toBeNull();
});

test('smaps_rollup and statm', () => {
  const rollup = `5627e6619000-7ffda369d000 ---p 00000000 00:00 0                          [rollup]
Rss:                1636 kB
Pss:                 333 kB
`;
  expect(parseSmapsRollupRss(rollup)).toBe(1636 * 1024);
  expect(parseSmapsRollupRss('')).toBeNull();
  expect(parseStatmRssPages('5721 409 372 9 0 124 0\n')).toBe(409);
  expect(parseStatmRssPages('nothing')).toBeNull();
});

test('status and limits', () => {
  expect(parseAllowedCpus('Cpus_allowed:\t5\nCpus_allowed_list:\t0,2\n')).toEqual([0, 2]);
  expect(parseAllowedCpus('Name:\tcat\n')).toBeNull();
  const limits = (soft: string) =>
    [
      'Max processes             31693                31693                processes ',
      `Max open files            ${soft}                20000                files     `,
      '',
    ].join('\n');
  expect(parseOpenFilesLimit(limits('1024'))).toBe(1024);
  expect(parseOpenFilesLimit(limits('unlimited'))).toBe(Number.POSITIVE_INFINITY);
  expect(parseOpenFilesLimit('')).toBeNull();
});

test('live: this process and this machine', () => {
  const ticks = readCpuTicks();
  if (!ticks.ok) throw new Error(ticks.why);
  expect(ticks.value.size).toBe(os.cpus().length);
  const threads = readThreads('self');
  if (!threads.ok) throw new Error(threads.why);
  expect(threads.value).toContain(process.pid);
  const nproc = Number(execFileSync('nproc', { encoding: 'utf8' }));
  expect(readAllowedCpus('self')).toMatchObject({ value: { length: nproc } });
  expect(readOpenFilesLimit()).toMatchObject({ ok: true });
});

test('live: memory of this process, near what node says', () => {
  const rss = readRss(process.pid);
  if (!rss.ok) throw new Error(rss.why);
  const { rss: nodeRss } = process.memoryUsage();
  expect(Math.abs(rss.value.bytes - nodeRss) / nodeRss).toBeLessThan(0.2);
});

test('a process that is gone is unknown, with the file that could not be read', () => {
  const gone = 2 ** 30;
  expect(readRss(gone)).toMatchObject({ ok: false, why: expect.stringContaining('ENOENT') });
  expect(readThreads(gone)).toEqual({ ok: false, why: `/proc/${gone}/task: ENOENT` });
  expect(readAllowedCpus(2 ** 30)).toMatchObject({ ok: false });
});
