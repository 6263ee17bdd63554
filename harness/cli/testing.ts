/**
 * A made-up terminal and made-up parts of the harness for tests of the command line. Never used
 * outside tests.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { withClaims } from '../claims/with-claims.js';
import { makeMachine } from '../plan/testing.js';
import { writeResults } from '../results/file.js';
import { serialiseLine } from '../results/parse.js';
import type { Plan, Results } from '../results/schema.js';
import { makeResults } from '../results/testing.js';
import { planOf, type RunInput } from '../run/input.js';
import type { CliDeps } from './deps.js';
import type { CliIo, Output, StopSignal } from './io.js';
import { runCli } from './program.js';

export class FakeOutput extends Writable implements Output {
  text = '';
  readonly isTTY: boolean;
  columns: number | undefined;

  constructor(columns?: number) {
    super({ decodeStrings: false });
    this.isTTY = columns !== undefined;
    this.columns = columns;
  }

  override _write(text: string, _encoding: BufferEncoding, done: () => void): void {
    this.text += text;
    done();
  }

  /** What a person sees in the end. */
  get screen(): string {
    return screenOf(this.text);
  }
}

const ESCAPE = '\u001b';

/** A terminal that knows what log-update writes: new line, erase line, cursor up, first column. */
function screenOf(text: string): string {
  const lines: string[] = [];
  let row = 0;
  const print = (plain: string) => {
    for (const [i, part] of plain.split('\n').entries()) {
      if (i > 0) row += 1;
      lines[row] = (lines[row] ?? '') + part;
    }
  };
  const [start = '', ...rest] = text.split(ESCAPE);
  print(start);
  for (const part of rest) {
    const [, code, plain = ''] = /^\[([?\d;]*[A-Za-z])(.*)$/s.exec(part) ?? [];
    if (code === '2K') lines[row] = '';
    else if (code === '1A') row -= 1;
    else if (code !== 'G' && code !== '?2026h' && code !== '?2026l') {
      throw new Error(`unknown escape code in ${JSON.stringify(part)}`);
    }
    print(plain);
  }
  return lines.map((line) => line.trimEnd()).join('\n');
}

export class FakeIo implements CliIo {
  readonly stdout: FakeOutput;
  readonly stderr: FakeOutput;
  readonly env: Record<string, string | undefined> = {};
  readonly exits: number[] = [];
  readonly folder: string;
  readonly #listeners = new Map<StopSignal, Set<() => void>>();

  constructor(folder: string, columns?: number) {
    this.folder = folder;
    this.stdout = new FakeOutput(columns);
    this.stderr = new FakeOutput(columns);
  }

  cwd(): string {
    return this.folder;
  }

  on(signal: StopSignal, listener: () => void): void {
    const listeners = this.#listeners.get(signal) ?? new Set();
    this.#listeners.set(signal, listeners.add(listener));
  }

  off(signal: StopSignal, listener: () => void): void {
    this.#listeners.get(signal)?.delete(listener);
  }

  exit(code: number): void {
    this.exits.push(code);
  }

  /** As if the process had received it. */
  raise(signal: StopSignal): void {
    for (const listener of this.#listeners.get(signal) ?? []) listener();
  }

  get listeners(): number {
    return [...this.#listeners.values()].reduce((sum, set) => sum + set.size, 0);
  }
}

let standard: Results | undefined;

/** A complete run, made once: its histograms take longer than most tests. Not to be changed. */
export function standardResults(): Results {
  standard ??= makeResults({ blocks: 8, windowMs: 1000 });
  return standard;
}

const VARIANTS = ['callback-epoll', 'coroutine-epoll', 'go-net', 'thread-per-connection'];

/** A repository in a temporary folder, with four variants and nothing to run. */
export class FakeRepository {
  readonly root: string;
  /** Pages that were opened in the browser. */
  readonly opened: string[] = [];
  /** The input of the last run. */
  input: RunInput | undefined;

  private constructor(root: string) {
    this.root = root;
  }

  static async create(): Promise<FakeRepository> {
    const root = await mkdtemp(path.join(os.tmpdir(), 'iomodels-cli-'));
    for (const name of VARIANTS) {
      const folder = path.join(root, 'servers', name);
      await mkdir(folder, { recursive: true });
      await writeFile(path.join(folder, 'variant.json'), JSON.stringify(variantFile(name)));
    }
    return new FakeRepository(root);
  }

  async remove(): Promise<void> {
    await rm(this.root, { recursive: true });
  }

  /** The plan that the last run began with. */
  get plan(): Plan {
    if (this.input === undefined) throw new Error('no run');
    return planOf(this.input);
  }

  /** The input of the last run, which must be of that kind. */
  inputOf<K extends RunInput['kind']>(kind: K): Extract<RunInput, { kind: K }> {
    const { input } = this;
    const isOfKind = (one: RunInput | undefined): one is Extract<RunInput, { kind: K }> =>
      one?.kind === kind;
    if (!isOfKind(input)) throw new Error(`no run that is ${kind} but ${input?.kind}`);
    return input;
  }

  get reports(): string {
    return path.join(this.root, 'reports');
  }

  /** Puts a run on the disk as harness/run leaves it, and returns its folder. */
  async putRun(id: string, results: Results = standardResults()): Promise<string> {
    const folder = path.join(this.reports, id);
    await putTrials(folder, results);
    await writeResults(path.join(folder, 'results.json'), results);
    return folder;
  }

  /** The harness with a run that measures nothing and returns `results`. */
  deps(overrides: Partial<CliDeps> = {}, results: () => Results = standardResults): CliDeps {
    return {
      run: async (input) => {
        this.input = input;
        const made = input.kind === 'batch' ? results() : withClaims(results());
        await putTrials(input.folder, made);
        await writeResults(path.join(input.folder, 'results.json'), made);
        return { results: made, folder: input.folder };
      },
      loadClient: (kind) => ({
        kind,
        version: '0',
        limits: [],
        resumes: false,
        open: () => Promise.reject(new Error('nothing is measured here')),
      }),
      renderReport: async ({ header }) => `<!doctype html>${header.runId}`,
      openInBrowser: async (target) => {
        this.opened.push(target);
      },
      renderGatePage: async ({ runId }) => `<!doctype html>${runId}`,
      readMachine: makeMachine,
      root: () => this.root,
      ...overrides,
    };
  }

  /** Runs the command line; 80 columns without a terminal unless `columns` is given. */
  async cli(
    argv: readonly string[],
    options: { deps?: CliDeps; env?: Record<string, string>; columns?: number } = {},
  ): Promise<{ code: number; stdout: string; stderr: string; io: FakeIo }> {
    const io = new FakeIo(this.root, options.columns);
    Object.assign(io.env, options.env);
    const code = await runCli(argv, io, options.deps ?? this.deps());
    return { code, stdout: io.stdout.text, stderr: io.stderr.text, io };
  }
}

export async function putTrials(folder: string, { header, trials }: Results): Promise<void> {
  await mkdir(folder, { recursive: true });
  const lines = [header, ...trials].map(serialiseLine).join('');
  await writeFile(path.join(folder, 'trials.ndjson'), lines);
}

function variantFile(name: string) {
  return {
    name,
    title: name,
    model: name,
    summary: name,
    launch: { native: name },
    serves: { modes: ['http'], targets: ['/'] },
    threadsPerCpu: name === 'thread-per-connection' ? 'per-connection' : 1,
  };
}
