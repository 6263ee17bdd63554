/**
 * Ends the harness at random moments, by SIGINT, SIGTERM and SIGKILL in turn, and looks at what is
 * left: no process (a network namespace is one that holds it), no file but the run's; trials.ndjson
 * readable; and `--resume` finishes the plan.
 *
 *   node scripts/faults/kill-harness.mjs [rounds (10)] [seed]
 *
 * Exit status 1 when a round left something behind, lost something or could not be finished.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { randomOf } from './random.mjs';

const ROOT = path.resolve(import.meta.dirname, '../..');
const MAIN = path.join(ROOT, 'dist/harness/cli/main.js');
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGKILL']);
const PLAN =
  '--profile smoke --no-calibration --connections 2 --blocks 3 --window 50ms --warmup 20ms'.split(
    ' ',
  );
/** The longest that the harness may take to end in good order, and what it started after it. */
const END_LIMIT_MS = 20_000;
const SUBJECTS = ['--variants', variants().join(',')];

/** @typedef {{ signal: typeof SIGNALS[number], trials: number | null, faults: string[] }} Round */

/** Pids of live processes with the mark in their environment. @param {string} mark */
export function marked(mark) {
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

/** Asks again until the list is empty; what is in it at the end. @param {() => string[]} list */
async function emptied(list) {
  const end = performance.now() + END_LIMIT_MS;
  for (;;) {
    const left = list();
    if (left.length === 0 || performance.now() > end) return left;
    await pause(20);
  }
}

/** @param {string} folder */
const filesIn = (folder) =>
  existsSync(folder) ? readdirSync(folder, { recursive: true }).map(String) : [];

/** A harness, and its end. @param {string[]} args @param {NodeJS.ProcessEnv} env */
function harness(args, env) {
  const child = spawn(process.execPath, [MAIN, 'compare', ...args], { cwd: ROOT, env });
  let output = '';
  child.stdout.resume();
  child.stderr.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  const ended = new Promise((resolve) => child.once('close', (code) => resolve(code)));
  return { child, ended, output: () => output };
}

/** The run's folder, or null: nothing was begun. @param {string} out */
function runIn(out) {
  const id = filesIn(out).find((name) => /^\d{8}-\d{6}-[0-9a-f]{4}$/.test(name));
  return id === undefined ? null : id;
}

/**
 * What a run that was ended has left, and whether it can be finished.
 * @param {string} out
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ trials: number | null, faults: string[] }>}
 */
async function finish(out, env) {
  const { readResults, readTrials } = await import(
    pathToFileURL(path.join(ROOT, 'dist/harness/results/file.js')).href
  );
  const id = runIn(out);
  if (id === null) return { trials: null, faults: [] };
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

/**
 * Whether the finished run is the plan, and has every trial of before.
 * @param {{ trials: { id: string, startedAt: string }[] }} before
 * @param {any} after
 */
export function faultsOf(before, after) {
  const { plan } = after.header;
  const wanted = plan.conditions.flatMap((/** @type {any} */ condition, /** @type {number} */ c) =>
    plan.order[c].flatMap((/** @type {string[]} */ block, /** @type {number} */ b) =>
      block.map((subject, p) => `${condition.id}-b${b}-p${p} ${subject}`),
    ),
  );
  const found = after.trials.map((/** @type {any} */ trial) => `${trial.id} ${trial.subject}`);
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

/**
 * One harness that is ended at a random moment.
 * @param {number} number
 * @param {() => number} random
 * @param {number} spanMs how long one takes that is left alone
 * @returns {Promise<Round>}
 */
async function round(number, random, spanMs) {
  const base = mkdtempSync(path.join(os.tmpdir(), 'iomodels-kill-'));
  const [out, tmp] = [path.join(base, 'out'), path.join(base, 'tmp')];
  mkdirSync(tmp);
  const mark = `IOMODELS_MARK=${path.basename(base)}`;
  const env = { ...process.env, TMPDIR: tmp, IOMODELS_MARK: path.basename(base) };
  const signal = SIGNALS[number % SIGNALS.length] ?? 'SIGKILL';
  const net = number % 6 === 5 && process.getuid?.() === 0 ? ['--net', 'veth'] : [];
  const { child, ended } = harness([...PLAN, ...SUBJECTS, ...net, '--out', out], env);
  await pause(random() * spanMs);
  child.kill(signal);
  await ended;
  /** @type {string[]} */
  const faults = [];
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

/** How long a harness takes that nobody ends. Throws when it fails. */
async function undisturbedMs() {
  const out = mkdtempSync(path.join(os.tmpdir(), 'iomodels-kill-'));
  const startMs = performance.now();
  const { ended, output } = harness([...PLAN, ...SUBJECTS, '--out', out], process.env);
  const code = await ended;
  rmSync(out, { recursive: true });
  if (code !== 0) throw new Error(`a run that nobody ended failed: ${output()}`);
  return performance.now() - startMs;
}

/** The reference, and the first native variant. */
function variants() {
  const servers = path.join(ROOT, 'servers');
  const native = readdirSync(servers).find((name) => {
    const file = path.join(servers, name, 'variant.json');
    return existsSync(file) && 'native' in JSON.parse(readFileSync(file, 'utf8')).launch;
  });
  return ['go-net', native ?? ''];
}

/** @param {readonly Round[]} rounds */
export function table(rounds) {
  const lines = SIGNALS.map((signal) => {
    const mine = rounds.filter((one) => one.signal === signal);
    const begun = mine.filter(({ trials }) => trials !== null);
    const bad = mine.filter(({ faults }) => faults.length > 0);
    return `${signal.padEnd(8)} ${String(mine.length).padStart(5)} ended, ${begun.length} with a journal, ${begun.length - bad.length} finished by --resume or complete, ${bad.length} bad`;
  });
  return `${lines.join('\n')}\n`;
}

async function main() {
  const count = Number(process.argv[2] ?? 10);
  const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31));
  const spanMs = await undisturbedMs();
  process.stdout.write(`${count} rounds of up to ${Math.round(spanMs)} ms, seed ${seed}\n`);
  const random = randomOf(seed);
  /** @type {Round[]} */
  const rounds = [];
  for (let number = 0; number < count; number++) {
    const one = await round(number, random, spanMs);
    rounds.push(one);
    for (const fault of one.faults)
      process.stdout.write(`round ${number}, ${one.signal}: ${fault}\n`);
  }
  process.stdout.write(table(rounds));
  process.exitCode = rounds.some(({ faults }) => faults.length > 0) ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
