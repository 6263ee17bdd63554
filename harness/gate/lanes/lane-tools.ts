/** What the lanes get: who measures, where files go, where messages go, when to end. */
import type { loadClient } from '../../load/clients.js';
import type { MachineFacts } from '../../plan/machine.js';
import type { OnEvent } from '../../run/progress.js';
import type { run } from '../../run/run.js';

export interface LaneTools {
  readonly run: typeof run;
  readonly loadClient: typeof loadClient;
  readonly readMachine: () => MachineFacts;
  /** The repository. */
  readonly root: string;
  /** Of this gate run; made when the first file goes there. */
  readonly folder: string;
  readonly runId: string;
  /** As typed, for the results. */
  readonly argv: readonly string[];
  readonly signal: AbortSignal;
  readonly onText: (text: string) => void;
  /** Shows a batch while it is measured, which takes about so long, ms. */
  readonly progress: (estimatedMs: number) => {
    readonly onEvent: OnEvent;
    readonly end: () => void;
  };
}
