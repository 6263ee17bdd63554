/**
 * Ends the harness at random moments, by SIGINT, SIGTERM and SIGKILL in turn, and looks at what is
 * left: no process (a network namespace is one that holds it), no file but the run's; trials.ndjson
 * readable; and `--resume` finishes the plan. Needs a build.
 *
 *   node dist/scripts/tools/kill-harness.js [rounds (10)] [seed]
 *
 * Exit status 1 when a round left something behind, lost something or could not be finished.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { discoverVariants } from '../../harness/plan/discover.js';
import { REFERENCE_VARIANT } from '../../harness/plan/reference.js';
import { readResults, readTrials } from '../../harness/results/file.js';
import { repositoryRoot } from '../../harness/root.js';
import { randomOf } from './random.js';

const ROOT = repositoryRoot();
const MAIN = path.join(ROOT, 'dist/harness/cli/main.js');
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGKILL'] as const;
const PLAN =
  '--profile smoke --no-calibration --connections 2 --blocks 3 --window 50ms --warmup 20ms'.split(
    ' ',
  );
/** The longest that the harness may take to end in good order, and what it started after it. */
const END_LIMIT_MS = 20_000;

interface Finish {
  /** Of before; null: nothing had been begun. */
  readonly trials: number | null;
  readonly faults: string[];
}

interface Round extends Finish {
  readonly signal: (typeof SIGNALS)[number];
}

/** Pids of live processes with the mark in their environment. */
export function marked(mark: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark);
      } catch {
        return false; // it has ended, or is not ours
      }
    });
}

/** Asks again until the list is empty; what is in it at the end. */
async function emptied(list: () => string[]): Promise<string[]> {
  const end = performance.now() + END_LIMIT_MS;
  for (;;) {
    const left = list();
    if (left.length === 0 || performance.now() > end) return left;
    await pause(20);
  }
}

function filesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String) : [];
}

/** A harness, and its end. */
function harness(args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [MAIN, 'compare', ...args], { cwd: ROOT, env });
  let output = '';
  child.stdout.resume();
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => resolve(code));
  });
  return { child, ended, output: () => output };
}

/** The run's folder; undefined: nothing was begun. */
function runIn(out: string): string | undefined {
  return filesIn(out).find((name) => /^\d{8}-\d{6}-[0-9a-f]{4}$/.test(name));
}

/** What a run that was ended has left, and whether it can be finished. */
async function finish(out: string, env: NodeJS.ProcessEnv): Promise<Finish> {
  const id = runIn(out);
  if (id === undefined) return { trials: null, faults: [] };
  const file = path.join(out, id, 'trials.ndjson');
  if (!existsSync(file) || !readFileSync(file, 'utf8').includes('\n')) {
    // Ended before its header was whole: there is nothing that could be finished.
    return { trials: null, faults: [] };
  }
  const before = await readTrials(file);
  const results = path.join(out, id, 'results.json');
  if (existsSync(results) && (await readResults(results)).outcome === 'complete') {
    return { trials: before.trials.length, faults: [] };
  }
  const again = harness(['--resume', id, '--out', out], env);
  const code = await again.ended;
  const trials = before.trials.length;
  if (code !== 0) return { trials, faults: [`resume: ${again.output()}`] };
  return { trials, faults: faultsOf(before, await readResults(results)) };
}

interface Trial {
  readonly id: string;
  readonly startedAt: string;
}

interface Finished {
  readonly outcome: string;
  readonly problems: readonly string[];
  readonly header: {
    readonly plan: {
      readonly conditions: readonly { readonly id: string }[];
      readonly order: readonly (readonly (readonly string[])[])[];
    };
  };
  readonly trials: readonly (Trial & { readonly subject: string })[];
}

/** Whether the finished run is the plan, and has every trial of before. */
export function faultsOf(before: { readonly trials: readonly Trial[] }, after: Finished): string[] {
  const { plan } = after.header;
  const wanted = plan.conditions.flatMap((condition, c) =>
    (plan.order[c] ?? []).flatMap((block, b) =>
      block.map((subject, p) => `${condition.id}-b${b}-p${p} ${subject}`),
    ),
  );
  const found = after.trials.map((trial) => `${trial.id} ${trial.subject}`);
  const kept = before.trials.every(
    (trial, i) =>
      trial.id === after.trials[i]?.id && trial.startedAt === after.trials[i]?.startedAt,
  );
  return [
    ...(after.outcome === 'complete' ? [] : [`outcome ${after.outcome}: ${after.problems}`]),
    ...(found.sort().join() === wanted.sort().join() ? [] : ['not the trials of the plan']),
    ...(kept ? [] : ['a trial of before is not there']),
  ];
}

interface Asked {
  readonly number: number;
  readonly random: () => number;
  /** How long a harness takes that nobody ends. */
  readonly spanMs: number;
  /** Its arguments, but for where its results go. */
  readonly args: readonly string[];
}

/** One harness that is ended at a random moment. */
async function round({ number, random, spanMs, args }: Asked): Promise<Round> {
  const base = mkdtempSync(path.join(os.tmpdir(), 'iomodels-kill-'));
  const out = path.join(base, 'out');
  const tmp = path.join(base, 'tmp');
  mkdirSync(tmp);
  const mark = `IOMODELS_MARK=${path.basename(base)}`;
  const env = { ...process.env, TMPDIR: tmp, IOMODELS_MARK: path.basename(base) };
  const signal = SIGNALS[number % SIGNALS.length] ?? 'SIGKILL';
  const net = number % 6 === 5 && process.getuid?.() === 0 ? ['--net', 'veth'] : [];
  const { child, ended } = harness([...args, ...net, '--out', out], env);
  await pause(random() * spanMs);
  child.kill(signal);
  await ended;
  const faults: string[] = [];
  const left = await emptied(() => marked(mark));
  if (left.length > 0) faults.push(`processes left: ${left.join(' ')}`);
  const found = await finish(out, env);
  faults.push(...found.faults);
  for (const pid of await emptied(() => marked(mark))) faults.push(`process left: ${pid}`);
  for (const name of await emptied(() => filesIn(tmp))) faults.push(`file left: ${name}`);
  for (const name of filesIn(out)) {
    if (name.endsWith('.tmp')) faults.push(`file left: ${name}`);
  }
  rmSync(base, { recursive: true });
  return { signal, trials: found.trials, faults };
}

/** How long an undisturbed harness takes. Throws when it fails. */
async function undisturbedMs(args: readonly string[]): Promise<number> {
  const out = mkdtempSync(path.join(os.tmpdir(), 'iomodels-kill-'));
  const startMs = performance.now();
  const { ended, output } = harness([...args, '--out', out], process.env);
  const code = await ended;
  rmSync(out, { recursive: true });
  if (code !== 0) throw new Error(`a run that nobody ended failed: ${output()}`);
  return performance.now() - startMs;
}

/** The reference, and the first native variant. */
async function subjects(): Promise<string[]> {
  const variants = await discoverVariants([path.join(ROOT, 'servers')]);
  const native = variants.find(({ launch }) => 'native' in launch);
  return [REFERENCE_VARIANT, native?.name ?? ''];
}

export function table(rounds: readonly Round[]): string {
  const lines = SIGNALS.map((signal) => {
    const mine = rounds.filter((one) => one.signal === signal);
    const begun = mine.filter(({ trials }) => trials !== null);
    const bad = mine.filter(({ faults }) => faults.length > 0);
    return `${signal.padEnd(8)} ${String(mine.length).padStart(5)} ended, ${begun.length} with a journal, ${begun.length - bad.length} finished by --resume or complete, ${bad.length} bad`;
  });
  return `${lines.join('\n')}\n`;
}

async function main(): Promise<void> {
  const count = Number(process.argv[2] ?? 10);
  const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31));
  const args = [...PLAN, '--variants', (await subjects()).join(',')];
  const spanMs = await undisturbedMs(args);
  process.stdout.write(`${count} rounds of up to ${Math.round(spanMs)} ms, seed ${seed}\n`);
  const random = randomOf(seed);
  const rounds: Round[] = [];
  for (let number = 0; number < count; number++) {
    const one = await round({ number, random, spanMs, args });
    rounds.push(one);
    for (const fault of one.faults) {
      process.stdout.write(`round ${number}, ${one.signal}: ${fault}\n`);
    }
  }
  process.stdout.write(table(rounds));
  process.exitCode = rounds.some(({ faults }) => faults.length > 0) ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
