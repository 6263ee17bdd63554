/**
 * Runs cases against one program: the shared server is started for the first check that may want
 * it, and again after a check that failed, so that a failure does not affect the next check.
 *
 * A case ends with the first of its checks that fails: that is its reason.
 */
import { setMaxListeners } from 'node:events';
import type { Variant } from '../plan/variant.js';
import type { Program } from '../server/built.js';
import type { Server } from '../server/server.js';
import { startServer } from '../server/start.js';
import { Interrupted, unlessAborted } from '../server/wait.js';
import type { Case, Suite } from './case.js';
import { CASES } from './cases.js';
import { reasonOf } from './reason.js';
import { rootOf } from './with-server.js';

export interface CaseResult {
  readonly name: string;
  readonly rule: string;
  /** How many checks it is made of. */
  readonly checks: number;
  readonly ms: number;
  readonly failure: { readonly check: string; readonly reason: string } | null;
}

interface Check {
  readonly name: string;
  readonly body: () => Promise<void>;
}

/** The cases that concern a variant. */
export function casesFor(variant: Variant, cases: readonly Case[] = CASES): readonly Case[] {
  return cases.filter(({ applies }) => applies(variant));
}

/**
 * Results in the order of the cases, those last that run side by side. Rejects with an Error that
 * says why when the server cannot even be started, and with Interrupted.
 */
export async function conform(
  program: Program,
  cases: readonly Case[],
  signal: AbortSignal,
  onCase: (result: CaseResult) => void = () => {},
): Promise<CaseResult[]> {
  const shared = new SharedServer(program);
  // Every check that runs listens to it.
  setMaxListeners(0, signal);
  try {
    await unlessAborted(signal, shared.ready());
    const asked = casesFor(program.variant, cases);
    const results: CaseResult[] = [];
    const run = async (one: Case) => {
      const result = await runCase(one, shared, signal);
      onCase(result);
      return result;
    };
    for (const one of asked.filter((one) => !one.concurrent)) results.push(await run(one));
    return [...results, ...(await Promise.all(asked.filter((one) => one.concurrent).map(run)))];
  } finally {
    await shared.end();
  }
}

class SharedServer implements Suite {
  readonly program: Program;
  /** Checks that run side by side wait for the same start. */
  #starting: Promise<Server> | undefined;
  #server: Server | undefined;

  constructor(program: Program) {
    this.program = program;
  }

  get variant(): Variant {
    return this.program.variant;
  }

  get server(): Server {
    if (this.#server === undefined) throw new Error('no shared server outside a check');
    return this.#server;
  }

  /** To be awaited before every check. */
  async ready(): Promise<void> {
    if (!this.variant.serves.modes.includes('http')) return;
    this.#starting ??= startServer(this.program, { args: [] });
    this.#server = await this.#starting;
  }

  async rootOf(error: unknown): Promise<unknown> {
    return this.#server === undefined ? error : rootOf(error, this.#server);
  }

  async end(): Promise<void> {
    const starting = this.#starting;
    this.#starting = undefined;
    this.#server = undefined;
    // What could not be started is the reason of the check that wanted it.
    const server = await starting?.catch(() => undefined);
    await server?.kill();
  }
}

async function runCase(one: Case, shared: SharedServer, signal: AbortSignal): Promise<CaseResult> {
  const checks: Check[] = [];
  one.define(shared, (name, body) => checks.push({ name, body }));
  const startedMs = performance.now();
  const failure = await (one.concurrent ? sideBySide : inTurn)(checks, shared, signal);
  if (failure !== null) await shared.end();
  const ms = performance.now() - startedMs;
  return { name: one.name, rule: one.rule, checks: checks.length, ms, failure };
}

type Failure = CaseResult['failure'];

async function inTurn(
  checks: readonly Check[],
  shared: SharedServer,
  signal: AbortSignal,
): Promise<Failure> {
  for (const check of checks) {
    const failure = await runCheck(check, shared, signal);
    if (failure !== null) return failure;
  }
  return null;
}

async function sideBySide(
  checks: readonly Check[],
  shared: SharedServer,
  signal: AbortSignal,
): Promise<Failure> {
  const all = await Promise.all(checks.map((check) => runCheck(check, shared, signal)));
  return all.find((failure) => failure !== null) ?? null;
}

async function runCheck(check: Check, shared: SharedServer, signal: AbortSignal): Promise<Failure> {
  try {
    await unlessAborted(signal, shared.ready().then(check.body));
    return null;
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    return { check: check.name, reason: reasonOf(await shared.rootOf(error)) };
  }
}
