/**
 * Who plays which part in a claim and in the evidence. Both speak of I/O models, not of variants:
 * the subject of a role is found by its model, in any run with variants of the same models.
 */
import type { RunHeader, Subject } from './schema.js';

export type Role = 'thread' | 'callback' | 'coroutine' | 'go';

/**
 * Model of each role: what serves a connection, and what it waits on. In two halves because a model
 * has the name of its first variant, and the harness must name no variant.
 */
const MODELS: Readonly<Record<Role, readonly [string, string]>> = {
  thread: ['thread', 'per-connection'],
  callback: ['callback', 'epoll'],
  coroutine: ['coroutine', 'epoll'],
  go: ['goroutine', 'per-connection'],
};

export function modelOf(role: Role): string {
  return MODELS[role].join('-');
}

type Cast = Pick<RunHeader, 'subjects' | 'plan'>;

/** Started without flags of its own, and no A/A copy. */
export function isPlainSubject(one: {
  aaOf?: string | undefined;
  args: readonly string[];
}): boolean {
  return one.aaOf === undefined && one.args.length === 0;
}

/** Plain subjects of a role. */
export function candidates({ subjects }: Cast, role: Role): Subject[] {
  const model = modelOf(role);
  return subjects.filter((subject) => subject.model === model && isPlainSubject(subject));
}

/** The candidate that is called like its model, or the run's reference, else the first. */
export function subjectOf(header: Cast, role: Role): Subject | null {
  const found = candidates(header, role);
  const model = modelOf(role);
  const named = found.find(({ variant }) => variant === model);
  const reference = found.find(({ id }) => id === header.plan.reference);
  return named ?? reference ?? found[0] ?? null;
}
