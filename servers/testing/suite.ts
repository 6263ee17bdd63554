/**
 * What the cases of one variant share: its program, and a server in http mode for cases that need
 * no server of their own.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { Suite } from '../../harness/conformance/case.js';
import type { Variant } from '../../harness/plan/variant.js';
import type { Program } from '../../harness/server/built.js';
import type { Server } from '../../harness/server/server.js';
import { startServer } from '../../harness/server/start.js';
import { prepare } from './variants.js';

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
    if (variant.serves.modes.includes('http')) server = await startServer(program, { args: [] });
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
