/** A server of the soak: started, looked at, stopped. */
import { type Holdings, holdings } from '../../../harness/probe/holdings.js';
import { isSystemError } from '../../../harness/probe/reading.js';
import type { Program } from '../../../harness/server/built.js';
import { ServerFault } from '../../../harness/server/fault.js';
import type { Server } from '../../../harness/server/server.js';
import { startServer } from '../../../harness/server/start.js';

export interface Sample extends Holdings {
  readonly seconds: number;
}

export class SoakServer {
  readonly samples: Sample[] = [];
  readonly #startMs = performance.now();

  private constructor(
    readonly name: string,
    readonly server: Server,
  ) {
    this.sample();
  }

  static async start(program: Program): Promise<SoakServer> {
    return new SoakServer(program.variant.name, await startServer(program, { args: [] }));
  }

  /** Looks at what it holds now; nothing once it has ended. */
  sample(): void {
    try {
      const seconds = (performance.now() - this.#startMs) / 1000;
      this.samples.push({ seconds, ...holdings(this.server.pid) });
    } catch (error) {
      // It has ended: stop() says how.
      if (!isSystemError(error) || !/^(ENOENT|ESRCH)$/.test(error.code ?? '')) throw error;
    }
  }

  /** SIGTERM; what was wrong with its end, or nothing. */
  async stop(): Promise<string> {
    try {
      const { connections_open: open } = await this.server.stop();
      return open === 0 ? '' : `${open} connections were open at the end`;
    } catch (error) {
      if (!(error instanceof ServerFault)) throw error;
      return error.output === '' ? error.message : `${error.message}: ${error.output}`;
    }
  }
}
