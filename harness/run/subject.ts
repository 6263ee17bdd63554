/** Who takes part in a run, from what was asked for to how the results name it. */
import path from 'node:path';
import { given } from '../optional.js';
import type { Variant } from '../plan/variant.js';
import type { Subject } from '../results/schema.js';
import { repositoryRoot } from '../root.js';
import type { Built } from '../server/built.js';
import type { Ready } from '../server/control.js';

/** One subject of the plan: a variant under a name of its own. `aaOf` marks an identical twin. */
export interface RunSubject {
  readonly id: string;
  readonly variant: Variant;
  readonly aaOf?: string;
  /** Flags of its own for the server. */
  readonly args: readonly string[];
  /** Built already, from another state of the sources. */
  readonly prebuilt?: Prebuilt;
}

/** A server of another state of the sources, ready to start. */
export interface Prebuilt {
  readonly built: Built;
  /** Names the state. Native servers of one state must share a core; those of two may differ. */
  readonly tree: string;
}

/** A subject that was built and checked. */
export interface Candidate {
  readonly subject: RunSubject;
  readonly built: Built;
  readonly ready: Ready;
}

/** The subject as the results name it. */
export function subjectOf({ subject, built, ready }: Candidate): Subject {
  const { event: _event, port: _port, pid: _pid, variant: _variant, ...about } = ready;
  const { id, variant, aaOf, args } = subject;
  return {
    id,
    variant: variant.name,
    title: variant.title,
    model: variant.model,
    ...given({ aaOf }),
    args: [...args],
    build: { sha256: built.sha256, command: built.command.map(inRepository) },
    ready: definedOnly(about),
  };
}

/** Results are sent to others, who need not see the folders of this machine. */
function inRepository(word: string): string {
  const root = `${repositoryRoot()}${path.sep}`;
  return word.startsWith(root) ? word.slice(root.length) : word;
}

function definedOnly(about: Readonly<Record<string, unknown>>): Subject['ready'] {
  const ready: Subject['ready'] = {};
  for (const [key, value] of Object.entries(about)) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      ready[key] = value;
    }
  }
  return ready;
}
