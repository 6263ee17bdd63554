/**
 * The process that autocannon runs in, started by autocannon.ts: commands come over IPC, counts go
 * out through the progress cell on file descriptor 4. It ends with its parent.
 */
import { AutocannonTraffic, type TrafficOptions } from './autocannon-traffic.js';
import type { LoadWindow } from './client.js';
import { ProgressWriter } from './progress-cell.js';

export type Command =
  | { readonly kind: 'open'; readonly options: TrafficOptions }
  | { readonly kind: 'start' | 'openWindow' | 'closeWindow' | 'pause' };

export type Answer =
  | { readonly kind: 'opened' }
  | { readonly kind: 'refused'; readonly message: string; readonly code: string | undefined }
  | { readonly kind: 'window'; readonly window: LoadWindow };

export const PROGRESS_FD = 4;
/** How old a snapshot may be while the event loop turns freely. */
const PUBLISH_EVERY_MS = 5;

class Worker {
  readonly #progress = new ProgressWriter(PROGRESS_FD);
  #traffic: AutocannonTraffic | undefined;
  #cpuAtStart = process.cpuUsage();
  #cpuUs: LoadWindow['cpuUs'] | undefined;

  async obey(command: Command): Promise<void> {
    switch (command.kind) {
      case 'open':
        return this.#open(command.options);
      case 'start':
        return this.#running().start();
      case 'openWindow':
        this.#cpuAtStart = process.cpuUsage();
        return this.#running().openWindow();
      case 'closeWindow':
        return this.#closeWindow();
      case 'pause':
        return this.#pause();
    }
  }

  async #open(options: TrafficOptions): Promise<void> {
    const traffic = new AutocannonTraffic(options);
    this.#traffic = traffic;
    try {
      await traffic.open();
    } catch (error) {
      const { message, code } = error as NodeJS.ErrnoException;
      return answer({ kind: 'refused', message, code });
    }
    this.#publish();
    setInterval(() => this.#publish(), PUBLISH_EVERY_MS);
    answer({ kind: 'opened' });
  }

  #running(): AutocannonTraffic {
    if (this.#traffic === undefined) throw new Error('a command before open');
    return this.#traffic;
  }

  #publish(): void {
    const { ledger, connectionsOpen } = this.#running();
    const { completed, errors } = ledger;
    const monotonicNs = process.hrtime.bigint();
    this.#progress.publish({ monotonicNs, completed, errors, connectionsOpen });
  }

  #closeWindow(): void {
    this.#running().closeWindow();
    const { user, system } = process.cpuUsage(this.#cpuAtStart);
    const source = 'getrusage of the autocannon process';
    this.#cpuUs = { value: user + system, source, quality: 'exact' };
  }

  async #pause(): Promise<void> {
    if (this.#cpuUs === undefined) throw new Error('pause before closeWindow');
    const counts = await this.#running().pause();
    this.#publish();
    answer({ kind: 'window', window: { ...counts, cpuUs: this.#cpuUs } });
  }
}

function answer(value: Answer): void {
  if (process.send === undefined) throw new Error('this program is started by the harness only');
  process.send(value);
}

const worker = new Worker();
process.on('message', (command: Command) => {
  worker.obey(command).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
process.on('disconnect', () => process.exit(0));
// The parent may have gone before this handler was there.
if (!process.connected) process.exit(0);
