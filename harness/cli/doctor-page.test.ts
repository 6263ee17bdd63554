import { expect, test } from 'vitest';
import { makeMachine } from '../plan/testing.js';
import { known, unknown } from '../probe/reading.js';
import { type Findings, gradeOf, limitRows } from './doctor-findings.js';
import { doctorPage } from './doctor-page.js';

const sampled = (value: number) => ({ value, source: '/proc/stat', quality: 'sampled' }) as const;
const report = (lostShare: number, maxGapUs: number, gaps: number) =>
  known({ lostShare, maxGapUs, gaps, elapsedMs: 4000, turnsPerMs: 1000 });

const QUIET: Findings = {
  facts: {
    cpu_model: 'A CPU',
    kernel: 'Linux 6.1',
    hypervisor: true,
    container: null,
    preemption: 'voluntary',
    kernel_hz: 250,
    cpu_governor: null,
    clocksource: 'tsc',
  },
  abilities: [
    { name: 'load', source: 'native addon', quality: 'exact', remedy: [] },
    { name: 'waits', source: 'schedstat', quality: 'partial', why: 'live only', remedy: [] },
  ],
  connections: 512,
  limits: [
    { name: 'open files', value: 20_000, connections: 19_936 },
    { name: 'threads', value: Number.POSITIVE_INFINITY, connections: Number.POSITIVE_INFINITY },
    { name: 'ports', value: null, connections: null },
  ],
  obstacle: null,
  tools: [{ name: 'wrk', use: 'a client', found: true, remedy: 'sudo apt-get install wrk' }],
  cpus: [0, 1],
  look: {
    durationMs: 10_000,
    machine: { steal_percent: sampled(0.1) },
    foreignPercent: sampled(1),
    timer: { sleeps: 500, p50Us: 57, p99Us: 120, maxUs: 300 },
    sentinels: [
      { cpu: 0, report: report(0.001, 400, 3) },
      { cpu: 1, report: report(0, 40, 0) },
    ],
    pair: known({ cpus: [0, 1], together: 1.98 }),
  },
};

const widths = [80, 120];

function noneWiderThan(page: string, width: number): void {
  for (const line of page.split('\n')) expect(line.length, line).toBeLessThanOrEqual(width);
}

test('a quiet machine at 80 columns, whole', () => {
  expect(doctorPage(QUIET, 80)).toBe(`This machine
  A CPU · CPUs 0, 1 · virtual machine · Linux 6.1
  preemption voluntary, 250 Hz, governor unknown

What can be measured here
  exact    load   native addon
  partial  waits  schedstat, live only

Limits, for 512 connections
  ok       open files  up to 19936 connections
  ok       threads     no limit
  unknown  ports

Programs that are used where they are found
  found    wrk     a client

How quiet it is (a look of 10.0 s)
  ok       0.100 % of the CPUs stolen by the hypervisor
  ok       1.00 % of the CPUs used by other programs
           sleeps of 1 ms end 57.0 us late (p50), 120 us (p99), at most 300 us
  ok       CPUs 0 and 1 together do 1.98 times the work of one: two cores
  ok       CPU 0: a spinning thread lost 0.100 % in 3 gaps over 50 us, the
           longest 400 us
  ok       CPU 1: a spinning thread lost 0 % in 0 gaps over 50 us, the longest
           40.0 us

2 of 2 sources work here. The machine was quiet.
`);
});

const WHY = 'perf_event_open: EACCES: kernel.perf_event_paranoid is 4 and CAP_PERFMON is missing';
const FIX = 'sudo sysctl kernel.perf_event_paranoid=1';
const LOUD: Findings = {
  ...QUIET,
  facts: { ...QUIET.facts, cpu_governor: 'powersave', clocksource: 'hpet', container: 'docker' },
  abilities: [
    { name: 'switches', source: 'perf', quality: 'unavailable', why: WHY, remedy: [FIX] },
    { name: 'moves', source: 'perf', quality: 'unavailable', why: WHY, remedy: [FIX] },
  ],
  obstacle: { what: '512 connections need 576 open files', remedy: '`ulimit -n 576`' },
  tools: [{ name: 'wrk', use: 'a client', found: false, remedy: 'sudo apt-get install wrk' }],
  look: {
    ...(QUIET.look as NonNullable<Findings['look']>),
    machine: {
      steal_percent: { value: null, source: 's', quality: 'unavailable', why: 'never reported' },
    },
    foreignPercent: sampled(70),
    sentinels: Array.from({ length: 64 }, (_, cpu) => ({
      cpu,
      report: cpu === 60 ? unknown('cannot pin') : report(cpu / 1000, 2500, cpu),
    })),
    pair: known({ cpus: [0, 1], together: 1.2 }),
  },
};

test.each(widths)('a loud machine without rights, at %i columns', (width) => {
  const page = doctorPage(LOUD, width);
  noneWiderThan(page, width);
  // A command on one line is one that can be copied.
  expect(page).toContain(`           fix: ${FIX}\n`);
  expect(page.split(FIX)).toHaveLength(2);
  expect(page).toContain('for the same reason');
  expect(page).toContain('fix: sudo apt-get install wrk');
  expect(page).toContain('fix: `ulimit -n 576`');
  expect(page).toContain('fix: sudo cpupower frequency-set -g performance');
  expect(page).toContain('clock source hpet');
  expect(page).toMatch(/unknown {2}stolen by the hypervisor: never reported/);
  expect(page).toMatch(/void {5}70.0 % of the CPUs used by other programs/);
  expect(page).toMatch(/warn {5}CPUs 0 and 1 together do 1.20 times/);
  expect(page).toMatch(/unknown {2}CPU 60: cannot pin/);
  expect(page).toMatch(/warn {5}CPU 63: a spinning thread lost 6.30 %/);
  expect(page).toContain('60 more CPUs, none worse');
  expect(page).toContain('0 of 2 sources work here. The machine was loud');
});

test('without the addon nothing spins', () => {
  expect(doctorPage({ ...QUIET, look: null }, 80)).toContain('without the native addon');
});

test('limits: what each allows', () => {
  const machine = makeMachine({
    openFiles: 1024,
    ephemeralPorts: null,
    threadLimits: [{ name: 'kernel.pid_max', value: 50, remedy: 'x' }],
  });
  expect(limitRows(machine)).toEqual([
    { name: 'open files (ulimit -n)', value: 1024, connections: 960 },
    { name: 'local ports', value: null, connections: null },
    { name: 'threads: kernel.pid_max', value: 50, connections: 0 },
  ]);
});

test('grades are those of the checks', () => {
  expect(['ok', 'warn', 'void']).toEqual([0.5, 0.6, 40.1].map((v) => gradeOf('steal_percent', v)));
  expect(gradeOf('no such check', 1e9)).toBe('ok');
});
