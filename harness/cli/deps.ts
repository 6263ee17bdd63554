/**
 * The parts of the harness that the commands call. Tests replace those that would start processes.
 */
import { loadClient } from '../load/clients.js';
import { type MachineFacts, readMachine } from '../plan/machine.js';
import type { renderGatePage } from '../report/gate/page.js';
import type { renderReport } from '../report/report.js';
import { repositoryRoot } from '../root.js';
import { run } from '../run/run.js';

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
  openInBrowser: async (target) => (await import('./open-browser.js')).openInBrowser(target),
  renderGatePage: async (file) => (await import('../report/gate/page.js')).renderGatePage(file),
  readMachine,
  root: repositoryRoot,
};
