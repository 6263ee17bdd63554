import { execFileSync } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';
import { nativeClient } from '../load/native.js';
import { KERNEL_EVENTS, type PerfEvent } from '../probe/native.js';
import { openCounters } from '../probe/perf.js';
import { type Trial, trialSchema } from '../results/schema.js';
import { trackedGroups } from '../server/groups.js';
import { startServer } from '../server/start.js';
import { runLife } from './block.js';
import {
  canCount,
  instrumentedBlocks,
  instrumentedPlaces,
  measureInstrumented,
  runInstrumentedTrial,
} from './instruments.js';
import { Journal } from './journal.js';
import {
  benchOf,
  calm,
  cpusForTests,
  fixtureBuilt,
  fixtureVariant,
  keepalive,
  LIMITS,
  planOf,
  runInput,
  temporaryFolder,
} from './testing.js';

const counting = canCount();
if (!counting.ok) console.warn(`SKIPPED tests of counters: ${counting.why}`);
const testCounters = test.skipIf(!counting.ok);
const tracing = counting.ok && canTrace();
if (!tracing) console.warn('SKIPPED traced system calls: `npm run doctor` says what they take');

function canTrace(): boolean {
  const options = { inherit: false, enableOnExec: false };
  const counters = openCounters(process.pid, options, ['syscall_entries']);
  const reading = counters.read().get('syscall_entries');
  counters.close();
  return reading?.ok === true;
}

const toolsFor = (name: string) => ({
  ...benchOf(name),
  built: fixtureBuilt(name),
  args: [],
});
const once = (windowMs: number) => ({
  rounds: 1,
  firstWarmupMs: 20,
  warmupMs: 0,
  windowMs,
  legs: [],
});
const placeOf = (subject: string) => ({ subject, condition: keepalive(4), block: 0, position: 0 });
const countedPlace = { ...placeOf('good'), events: KERNEL_EVENTS };
const launchOf = () => ({ cpus: cpusForTests().serverCpus, mode: 'http', args: [] }) as const;

function value(trial: Trial, name: string): number {
  const found = trial.server[name]?.value;
  if (typeof found === 'number') return found;
  throw new Error(`${name}: ${trial.server[name]?.why ?? 'no entry'}`);
}

afterEach(() => {
  expect(trackedGroups()).toEqual([]);
});

test('places: a block of their own after all others, subjects that are left, first order', () => {
  const plan = planOf(['a', 'b', 'c'], { conditions: [keepalive(1), keepalive(2)], blocks: 2 });
  const repeated = { block: 4 } as Trial;
  const places = instrumentedPlaces(plan, new Set(['a', 'c']), [repeated]);
  expect(places.map(({ subject, condition, block }) => [subject, condition.id, block])).toEqual([
    ['a', 'keepalive-c1', 5],
    ['c', 'keepalive-c1', 5],
    ['a', 'keepalive-c2', 5],
    ['c', 'keepalive-c2', 5],
  ]);
  expect(instrumentedPlaces(plan, new Set(['a']), [])[0]?.block).toBe(2);
});

test('places under counters of the processor: six blocks more, in the orders of the plan', () => {
  const plan = planOf(['a', 'b'], { blocks: 2 });
  const blocks = instrumentedBlocks(true, ['instructions', 'cycles']);
  const places = instrumentedPlaces(plan, new Set(['a', 'b']), [], blocks);
  const shown = places.map(({ subject, block, events }) => `${block} ${subject} ${events[0]}`);
  expect(shown).toHaveLength(14);
  expect(shown.slice(0, 5)).toEqual([
    ...['2 a context_switches', '2 b context_switches'],
    ...['3 b instructions', '3 a instructions', '4 a instructions'],
  ]);
  const done = places
    .slice(0, 3)
    .map(
      ({ subject, condition, block }) =>
        ({ subject, condition: condition.id, block, instrumented: true }) as Trial,
    );
  const left = instrumentedPlaces(plan, new Set(['a', 'b']), done, blocks);
  expect(left).toEqual(places.slice(3));
  expect(instrumentedBlocks(false, [])).toEqual([]);
});

testCounters('an instrumented trial: every thread counted, and rusage agrees', async () => {
  const trial = await runInstrumentedTrial(countedPlace, toolsFor('good'), once(300));
  expect(trialSchema.parse(trial)).toEqual(trial);
  expect(trial).toMatchObject({ status: 'ok', instrumented: true });
  const cpuUs = value(trial, 'user_cpu_us') + value(trial, 'system_cpu_us');
  expect(value(trial, 'perf_task_clock_us') / cpuUs).toBeGreaterThan(0.5);
  expect(value(trial, 'perf_task_clock_us') / cpuUs).toBeLessThan(1.5);
  expect(value(trial, 'perf_context_switches')).toBeGreaterThan(0);
  expect(trial.server.perf_migrations?.quality).toBe('exact');
  const check = trial.checks.find(({ name }) => name === 'perf_against_rusage_percent');
  expect(check, check?.text).toMatchObject({ level: 'ok' });
});

test.skipIf(!tracing)(
  'system calls of any program: at least one read and one write per request',
  async () => {
    const trial = await runInstrumentedTrial(countedPlace, toolsFor('good'), once(300));
    expect(value(trial, 'traced_syscalls')).toBeGreaterThan(2 * value(trial, 'requests'));
  },
);

testCounters('the gate leaves pid, stdin, signals and exit status to the server', async () => {
  const launch = { ...launchOf(), events: KERNEL_EVENTS };
  const server = await startServer(fixtureBuilt('good'), launch, LIMITS, calm);
  const switches = () => {
    const counted = server.counters()?.get('context_switches');
    return counted?.ok ? counted.value.value : Number.NaN;
  };
  try {
    const args = execFileSync('ps', ['-o', 'args=', '-p', String(server.pid)]).toString();
    expect(args).toMatch(/good/);
    const before = switches();
    expect((await server.stats()).requests).toBe(0);
    // It goes to sleep again some time after its answer.
    await expect.poll(switches).toBeGreaterThan(before);
    expect(await server.stop()).toMatchObject({ final: true });
  } finally {
    await server.kill();
  }
});

testCounters('a program that is not there tells so behind the gate too', async () => {
  const built = { ...fixtureBuilt('good'), command: ['/nowhere/server'] };
  const launch = { ...launchOf(), events: KERNEL_EVENTS };
  const starting = startServer(built, launch, LIMITS, calm);
  await expect(starting).rejects.toMatchObject({
    kind: 'start',
    message: 'good ended with exit status 127 before it was ready',
  });
});

testCounters('a timed trial counts the events that it is given, and no others', async () => {
  const events = ['task_clock', 'context_switches'] as const;
  const trial = await runLife(placeOf('good'), { ...toolsFor('good'), events }, once(100));
  expect(trial).toMatchObject({ status: 'ok', instrumented: false });
  const counted = Object.keys(trial.server).filter((name) => /^(perf|traced|hw)_/.test(name));
  expect(counted).toEqual(['perf_context_switches', 'perf_task_clock_us']);
  expect(value(trial, 'perf_task_clock_us')).toBeGreaterThan(0);
});

test('a plain trial has no counters, and everything that /proc tells', async () => {
  const trial = await runLife(placeOf('good'), toolsFor('good'), once(100));
  const { server, machine, instrumented } = trial;
  expect(instrumented).toBe(false);
  expect(Object.keys(server).filter((name) => /^(perf|traced)_/.test(name))).toEqual([]);
  expect(server.run_queue_wait_us).toMatchObject({ quality: 'partial' });
  expect(server.pss_bytes?.value).toBeGreaterThan(1e6);
  expect(server.pss_bytes?.value).toBeLessThanOrEqual(server.rss_bytes?.value ?? 0);
  expect(machine.listen_drops).toMatchObject({ quality: 'exact' });
  expect(machine.softirq_percent).toMatchObject({ quality: 'sampled' });
  expect(Object.keys(machine)).toContain('steal_percent');
});

test('a server that cannot tell its CPU time is measured from /proc, as partial', async () => {
  const trial = await runLife(placeOf('lacks-rusage'), toolsFor('lacks-rusage'), once(300));
  expect(trial.status, trial.reason).toBe('ok');
  expect(value(trial, 'user_cpu_us') + value(trial, 'system_cpu_us')).toBeGreaterThan(0);
  for (const name of ['user_cpu_us', 'system_cpu_us', 'voluntary_switches']) {
    expect(trial.server[name]).toMatchObject({ quality: 'partial', why: expect.any(String) });
  }
  expect(value(trial, 'voluntary_switches')).toBeGreaterThan(0);
  expect(value(trial, 'max_rss_bytes')).toBeGreaterThan(1e6);
});

/** The instrumented trials of a run of fixtures, `hardware` being what the processor counts. */
async function instrumentedRun(names: readonly string[], hardware: readonly PerfEvent[]) {
  const { folder, remove } = await temporaryFolder();
  const variants = names.map((name) => fixtureVariant(name));
  const { input, events } = runInput(folder, variants);
  const { plan, onEvent } = input;
  const bench = benchOf(names[0] ?? 'good', { plan, client: nativeClient(), onEvent });
  const candidates = input.subjects.map((subject) => ({
    subject,
    built: fixtureBuilt(subject.id),
    ready: { event: 'ready', port: 1, pid: 1, variant: subject.id } as const,
  }));
  const journal = await Journal.create(folder);
  const record = {
    trials: [] as Trial[],
    problems: [] as string[],
    resumes: [],
    evidence: null,
  };
  const measuring = { bench, candidates, journal, record, isEnough: () => false };
  await measureInstrumented(measuring, hardware);
  await journal.close();
  await remove();
  return { ...record, ended: events.filter(({ kind }) => kind === 'trial-end').length };
}

testCounters('a run: one instrumented trial per subject and condition, written down', async () => {
  const { trials, problems, ended } = await instrumentedRun(['good', 'exits-at-start'], []);
  expect(trials.map(({ id, status, instrumented }) => [id, status, instrumented])).toEqual([
    ['keepalive-c2-b2-p0', 'ok', true],
    ['keepalive-c2-b2-p1', 'failed', true],
  ]);
  expect(problems).toEqual([expect.stringMatching(/\(exits-at-start, under counters\)/)]);
  expect(ended).toBe(2);
});

testCounters(
  'a run on a processor that can be counted: six blocks more, its events alone',
  async () => {
    // A software event stands in: it takes the same way, and every machine has it.
    const { trials, problems } = await instrumentedRun(['good'], ['page_faults']);
    expect(problems).toEqual([]);
    expect(trials.map(({ block }) => block)).toEqual([2, 3, 4, 5, 6, 7, 8]);
    for (const { server, checks, instrumented } of trials.slice(1)) {
      expect(instrumented).toBe(true);
      const counted = Object.keys(server).filter((name) => /^(perf|traced|hw)_/.test(name));
      expect(counted).toEqual(['perf_page_faults']);
      expect(checks.map(({ name }) => name)).not.toContain('perf_against_rusage_percent');
    }
  },
);
