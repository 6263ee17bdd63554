/** A variant ready to start: its program and what is known about it. */
import type { Variant } from '../plan/variant.js';

export interface Built {
  readonly variant: Variant;
  /** Program and arguments, every placeholder replaced. */
  readonly command: readonly string[];
  readonly workdir: string;
  /** What is set on top of the harness' own environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends a server without control, its placeholders of a place not replaced; absent: SIGTERM. */
  readonly stop?: readonly string[];
  /** sha256 of the files the command consists of. */
  readonly sha256: string;
  /** What the variant's `version` command said, or null. */
  readonly toolchain: string | null;
}
