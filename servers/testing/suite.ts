/**
 * What the cases of one variant share: its program, and a server in http mode for cases that need
 * no server of their own.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import type { Variant } from '../../harness/plan/variant.js';
import { Server } from './server.js';
import { type Program, prepare } from './variants.js';

export type Target = Variant['serves']['targets'][number];

export interface Suite {
  readonly variant: Variant;
  /** Only inside a test. */
  readonly program: Program;
  /**
   * Only inside a test. Tests of a file run one after the other, so each has this server for
   * itself.
   */
  readonly server: Server;
}

const BUILD_LIMIT_MS = 300_000;

/**
 * Builds the variant and starts its shared server before the tests around it; ends and removes both
 * after them. `flags` are given to every server that the tests start.
 */
export function useSuite(variant: Variant, flags: readonly string[] = []): Suite {
  let out = '';
  let program: Program | undefined;
  let server: Server | undefined;
  beforeAll(async () => {
    out = await mkdtemp(path.join(os.tmpdir(), 'iomodels-protocol-'));
    const plain = await prepare(variant, out);
    program = { ...plain, command: [...plain.command, ...flags] };
    if (variant.serves.modes.includes('http')) server = await Server.start(program);
  }, BUILD_LIMIT_MS);
  afterAll(async () => {
    await server?.kill();
    await rm(out, { recursive: true, force: true });
  });
  return {
    variant,
    get program() {
      return present(program);
    },
    get server() {
      return present(server);
    },
  };
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the suite is used before it is set up');
  return value;
}

export function serves(suite: Suite, target: Target): boolean {
  return suite.variant.serves.targets.includes(target);
}

/**
 * A test for variants that serve the target; it is not there for others, whose 404 has a test of
 * its own.
 */
export function testOf(
  suite: Suite,
  target: Target,
  name: string,
  body: () => Promise<void>,
): void {
  if (serves(suite, target)) test(name, body);
}
