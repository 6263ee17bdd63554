/**
 * What the machine did while the lives of a block were measured, and how much of its CPU time was
 * ours.
 *
 * Ours is the time of the harness and of everything that it started, by the same files at the same
 * two instants. So a costly server, or one with worker processes, does not count as another program
 * and cannot void its own block: voiding must not depend on the outcome.
 */
import { type CpuUse, cpuUse } from '../probe/cpu-share.js';
import { type MachineState, machineDeltas, readMachineState } from '../probe/machine-state.js';
import { readTreeCpuUs } from '../probe/process-tree.js';
import type { Reading } from '../probe/reading.js';
import type { Measured } from '../results/schema.js';
import type { Bench } from './bench.js';

export interface Span {
  readonly cpu: Reading<CpuUse>;
  /** CPU time of servers, harness and kernel threads, us; null: not known. */
  readonly oursUs: number | null;
  /** What the machine did meanwhile. */
  readonly machine: Readonly<Record<string, Measured>>;
}

export class SpanWatch {
  readonly #cpus: readonly number[];
  /** Drops and sockets are those of the server's end of the network. */
  readonly #netPid: number;
  readonly #before: Reading<number>;
  readonly #machine: MachineState;

  constructor({ plan, network }: Pick<Bench, 'plan' | 'network'>) {
    const { placement } = plan;
    this.#cpus = [...placement.serverCpus, ...placement.clientCpus];
    this.#netPid = network.serverNetPid ?? process.pid;
    this.#before = readTreeCpuUs(process.pid);
    this.#machine = readMachineState(this.#netPid);
  }

  /** Call once, when no traffic flows. */
  end(): Span {
    const state = readMachineState(this.#netPid);
    const after = readTreeCpuUs(process.pid);
    const machine = machineDeltas(this.#machine, state, this.#cpus);
    const kernelUs = machine.kernel_threads_us?.value ?? 0;
    const known = this.#before.ok && after.ok;
    return {
      cpu: cpuUse(this.#machine.ticks, state.ticks, this.#cpus),
      oursUs: known ? after.value - this.#before.value + kernelUs : null,
      machine,
    };
  }
}
