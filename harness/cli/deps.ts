/**
 * The parts of the harness that the commands call. Tests replace those that would start processes.
 */

import { UserError } from '../errors.js';
import { loadClient } from '../load/clients.js';
import { type MachineFacts, readMachine } from '../plan/machine.js';
import type { renderGatePage } from '../report/gate/page.js';
import type { renderReport } from '../report/report.js';
import { repositoryRoot } from '../root.js';
import { run } from '../run/run.js';
import type { CliIo } from './io.js';

/** Shows a file or a URL. Rejects with UserError where there is no screen to open it on. */
export async function openInBrowser(target: string, env = process.env): Promise<void> {
  const hasScreen = [env.DISPLAY, env.WAYLAND_DISPLAY].some((name) => (name ?? '') !== '');
  if (!hasScreen) {
    const remedy = `open ${target} yourself`;
    throw new UserError('there is no display here to open a browser on', remedy);
  }
  try {
    // Loaded when it is needed.
    const { default: open } = await import('open');
    await open(target);
  } catch (cause) {
    throw new UserError(
      `no browser could be opened: ${(cause as Error).message}`,
      `open ${target} yourself`,
      { cause },
    );
  }
}

export interface CliDeps {
  readonly run: typeof run;
  readonly loadClient: typeof loadClient;
  readonly renderReport: typeof renderReport;
  /** Opens a file or a URL. */
  readonly openInBrowser: (target: string) => Promise<void>;
  readonly renderGatePage: typeof renderGatePage;
  readonly readMachine: () => MachineFacts;
  /** The repository: where servers/ and reports/ are. */
  readonly root: () => string;
}

export const REAL_DEPS: CliDeps = {
  run,
  loadClient,
  // Loaded when it is needed: the chart library takes longer to load than `--help` to print.
  renderReport: async (results) => (await import('../report/report.js')).renderReport(results),
  openInBrowser,
  renderGatePage: async (file) => (await import('../report/gate/page.js')).renderGatePage(file),
  readMachine,
  root: repositoryRoot,
};

/** What a command needs to be defined: it calls `finish` with its exit status. */
export interface CommandContext {
  readonly io: CliIo;
  readonly deps: CliDeps;
  readonly argv: readonly string[];
  readonly finish: (exitCode: number) => void;
}
