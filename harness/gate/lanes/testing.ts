/** What tests give to the lanes. Never used outside tests. */
import path from 'node:path';
import { loadClient } from '../../load/clients.js';
import { readMachine } from '../../plan/machine.js';
import { repositoryRoot } from '../../root.js';
import { run } from '../../run/run.js';
import { calm } from '../../run/testing.js';
import type { Publishing } from './files.js';
import type { LaneTools } from './lane-tools.js';

/** The real harness, which writes into `folder` and says nothing. */
export function toolsForTests(
  folder: string,
  overrides: Partial<LaneTools & Publishing> = {},
): LaneTools & Publishing {
  return {
    run,
    loadClient,
    readMachine,
    root: repositoryRoot(),
    folder,
    runId: path.basename(folder),
    argv: ['gate'],
    signal: calm,
    onText: () => {},
    progress: () => ({ onEvent: () => {}, end: () => {} }),
    renderPage: async ({ runId }) => `<!doctype html>${runId}`,
    summaryFile: undefined,
    ...overrides,
  };
}
