/**
 * A conformance case: one thing that a server must do before its numbers mean anything, made of
 * checks. A check starts from nothing that another one left behind; it passes, or throws an error
 * whose message is the reason.
 *
 * `npm run conformance` runs the cases of cases.ts, the tests of servers/ run the same ones.
 */
import type { Variant } from '../plan/variant.js';
import type { Program } from '../server/built.js';
import type { Server } from '../server/server.js';

export type Target = Variant['serves']['targets'][number];

/** What the checks of one variant share. Program and server are there only while a check runs. */
export interface Suite {
  readonly variant: Variant;
  readonly program: Program;
  /**
   * A server in http mode for checks that need no server of their own. Checks run one after the
   * other, so each has it for itself.
   */
  readonly server: Server;
}

export type Add = (name: string, body: () => Promise<void>) => void;

export interface Case {
  /** In the table, and on the command line. */
  readonly name: string;
  /** What the server must do, in a line. */
  readonly rule: string;
  /** Whom it concerns. */
  readonly applies: (variant: Variant) => boolean;
  /** Calls `add` for every check. */
  readonly define: (suite: Suite, add: Add) => void;
  /** The checks need no shared server and wait long: they may run side by side. */
  readonly concurrent?: true;
}

/** Adds a check for variants that serve the target; the 404 of others has one of its own. */
export function checkOf(
  suite: Suite,
  add: Add,
  target: Target,
  name: string,
  body: () => Promise<void>,
): void {
  if (serves(suite, target)) add(name, body);
}

export function serves({ variant }: Pick<Suite, 'variant'>, target: Target): boolean {
  return variant.serves.targets.includes(target);
}
