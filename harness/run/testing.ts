/**
 * What tests of harness/run share: real little servers (fixtures/), plans, folders that vanish,
 * looks at processes.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { shortestForm } from '../conformance/short-form.js';
import type { Variant } from '../plan/variant.js';
import { readAllowedCpus } from '../probe/proc.js';
import type { TrialsFile } from '../results/parse.js';
import type { Condition, Plan, Trial } from '../results/schema.js';
import { THRESHOLDS, withoutVoid } from '../results/thresholds.js';
import { repositoryRoot } from '../root.js';
import type { Built } from '../server/built.js';
import { signalGroup } from '../server/groups.js';
import { eachLine } from '../server/lines.js';
import { LOOPBACK } from '../server/start.js';
import type { Bench } from './bench.js';
import type { Fresh, Resumed } from './input.js';
import { DEFAULT_LIMITS, type RunLimits } from './limits.js';
import type { RunEvent } from './progress.js';
import { testClient } from './testing-client.js';

export const FIXTURES = path.join(repositoryRoot(), 'harness', 'run', 'fixtures');

/** Short where a fixture never answers; long enough for a busy machine where it does. */
export const LIMITS: RunLimits = DEFAULT_LIMITS;

/** A signal that never fires. */
export const calm = new AbortController().signal;

/**
 * A variant whose server is of that kind of fixtures/servers.mjs, with flags of its own. The script
 * is the program: a build hashes its program, and node itself has 100 MB.
 */
export function fixtureVariant(name: string, ...flags: string[]): Variant {
  return {
    name,
    title: name,
    model: 'event-loop',
    summary: 'a server for tests',
    byDefault: true,
    launch: { command: [path.join(FIXTURES, 'servers.mjs'), name, ...flags] },
    needs: [],
    serves: { modes: ['http'], targets: ['/'] },
    threadsPerCpu: 1,
    folder: FIXTURES,
  };
}

export function fixtureBuilt(name: string, ...flags: string[]): Built {
  const variant = fixtureVariant(name, ...flags);
  if ('native' in variant.launch) throw new Error('fixtures are not native');
  const { command } = variant.launch;
  return { variant, command, workdir: FIXTURES, sha256: '', toolchain: null };
}

/** First and last CPU that this process may use: the same one on a machine with one. */
export function cpusForTests(): { serverCpus: number[]; clientCpus: number[] } {
  const allowed = readAllowedCpus('self');
  if (!allowed.ok) throw new Error(allowed.why);
  return { serverCpus: allowed.value.slice(0, 1), clientCpus: allowed.value.slice(-1) };
}

export function keepalive(connections: number): Condition {
  const load = { kind: 'closed', pipeline: 1 } as const;
  return { id: `keepalive-c${connections}`, workload: 'keepalive', connections, load };
}

/**
 * Two blocks of a tenth of a second each, subjects in the order given and then mirrored. Nothing is
 * void, however busy the machine that runs the tests.
 */
export function planOf(subjects: readonly string[], overrides: Partial<Plan> = {}): Plan {
  const conditions = overrides.conditions ?? [keepalive(2)];
  const blocks = overrides.blocks ?? 2;
  const order = Array.from({ length: blocks }, (_, block) =>
    block % 2 === 0 ? [...subjects] : [...subjects].reverse(),
  );
  return {
    profile: 'test',
    conditions,
    blocks,
    order: conditions.map(() => order),
    seed: 'test',
    warmupMs: 20,
    windowMs: 100,
    client: 'native',
    placement: cpusForTests(),
    reference: subjects[0] ?? 'good',
    net: 'lo',
    thresholds: withoutVoid(THRESHOLDS),
    extraBlocksMax: 0,
    ...overrides,
  };
}

export interface TestRun {
  readonly input: Fresh;
  readonly events: RunEvent[];
}

/** A run of fixture variants into `folder`. */
export function runInput(
  folder: string,
  variants: readonly Variant[],
  overrides: Partial<Fresh> = {},
): TestRun {
  const events: RunEvent[] = [];
  const input: Fresh = {
    kind: 'fresh',
    plan: planOf(variants.map(({ name }) => name)),
    subjects: variants.map((variant) => ({ id: variant.name, variant, args: [] })),
    skipped: [],
    folder,
    runId: 'test-run',
    argv: ['compare'],
    client: testClient,
    conform: shortestForm,
    onEvent: (event) => events.push(event),
    signal: calm,
    ...overrides,
  };
  return { input, events };
}

/** The same run taken up again after what `earlier` has. */
export function resumedInput(
  folder: string,
  variants: readonly Variant[],
  earlier: TrialsFile,
  overrides: Partial<Resumed> = {},
): Resumed {
  const {
    plan: _plan,
    calibration: _form,
    ladder: _spec,
    ...asked
  } = runInput(folder, variants).input;
  return { ...asked, ...overrides, kind: 'resumed', earlier };
}

/** What a step of a run has around it: a plan of one server, the test client, no events. */
export function benchOf(subject: string, overrides: Partial<Bench> = {}): Bench {
  return {
    plan: planOf([subject]),
    client: testClient,
    limits: LIMITS,
    network: LOOPBACK,
    onEvent: () => {},
    signal: calm,
    ...overrides,
  };
}

/** A program that uses CPU time and does not belong to the harness. */
export interface Stranger {
  readonly pid: number;
  readonly end: () => Promise<void>;
}

/** Starts fixtures/burner.mjs as an orphan; it ends with its stdin at the latest. */
export async function startStranger(): Promise<Stranger> {
  const burner = [process.execPath, path.join(FIXTURES, 'burner.mjs')];
  // The shell ends at once, so that the burner gets another parent; node closes its stdin then.
  const shell = spawn('sh', ['-c', '"$@" <&3 & echo $!', 'sh', ...burner], {
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
    // A session of its own, as each server has: where the kernel shares a CPU out among sessions
    // (sched_autogroup), one for all would get less.
    detached: true,
  });
  const [, stdout, , input] = shell.stdio;
  const lines: string[] = [];
  await new Promise<void>((resolve) => {
    eachLine(stdout as Readable, (line) => {
      lines.push(line);
      if (lines.length === 2) resolve();
    });
  });
  const pid = Number(lines.find((line) => /^\d+$/.test(line)));
  const end = async () => {
    const closed = once(shell, 'close');
    (input as Socket).end();
    await closed;
  };
  return { pid, end };
}

/** The path of a folder that does not exist yet, in one that `remove` deletes. */
export async function temporaryFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const base = await mkdtemp(path.join(os.tmpdir(), 'iomodels-run-'));
  return { folder: path.join(base, 'run'), remove: () => rm(base, { recursive: true }) };
}

/** Whether any process of the group is left, zombies of strangers not counted. */
export async function groupIsAlive(pid: number): Promise<boolean> {
  if (!signalGroup(pid, 0)) return false;
  const stats = await Promise.all((await readdir('/proc')).filter(isPid).map(statOf));
  return stats.some((stat) => stat !== null && stat.group === pid && stat.state !== 'Z');
}

/** Pids of live processes that have `text` in their command line. */
export async function processesWith(text: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter(isPid);
  const lines = await Promise.all(pids.map((pid) => readOr(`/proc/${pid}/cmdline`, '')));
  return pids.filter((_, index) => lines[index]?.replaceAll('\0', ' ').includes(text)).map(Number);
}

export function pidsOf(trials: readonly Trial[]): number[] {
  return trials.flatMap(({ pid }) => (pid === null ? [] : [pid]));
}

function isPid(name: string): boolean {
  return /^\d+$/.test(name);
}

/** State and process group from /proc/<pid>/stat, whose second field may contain anything. */
async function statOf(pid: string): Promise<{ state: string; group: number } | null> {
  const text = await readOr(`/proc/${pid}/stat`, '');
  const [state, , group] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return state === undefined || group === undefined ? null : { state, group: Number(group) };
}

/** A process may end between the listing and the look at it. */
async function readOr(file: string, fallback: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return fallback;
  }
}
