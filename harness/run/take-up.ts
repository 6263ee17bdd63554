/**
 * A run that ended early is taken up again: what must be as before, and what may have changed.
 *
 * Trials before and after share one table, so servers and machine must be the same; facts that may
 * differ are named in the run's `resumes`. The plan, its order and its seed, the calibration and
 * the pilot are the header's.
 */
import { UserError } from '../errors.js';
import { count } from '../findings/format.js';
import { given } from '../optional.js';
import type { Resume } from '../results/header.js';
import type { TrialsFile } from '../results/parse.js';
import type { Environment, RunHeader } from '../results/schema.js';
import type { Prepared } from './prepare.js';
import { subjectOf } from './subject.js';

/** What makes it another machine. */
const MACHINE = ['cpu_model', 'cpus', 'architecture', 'kernel', 'kernel_build', 'memory_bytes'];
/** What changes all the time, and is read again by the checks of each trial. */
const FLEETING = /^load_average_/;

const AGAIN = 'measure again with `npm run compare`';

/** Throws UserError unless exactly the header's subjects take part, each with the same build. */
export function requireSameSubjects(header: RunHeader, prepared: Prepared): void {
  const present = new Map(prepared.candidates.map((one) => [one.subject.id, subjectOf(one)]));
  for (const { id, build, args } of header.subjects) {
    const now = present.get(id);
    if (now === undefined) {
      const found = prepared.skipped.find(({ variant }) => id.startsWith(variant));
      refuse(`${id} takes part in it and cannot be measured now`, found?.why);
    } else if (now.build.sha256 !== build.sha256) {
      refuse(
        `${id} has been built anew since (${short(build.sha256)}, now ${short(now.build.sha256)})`,
      );
    } else if (now.args.join(' ') !== args.join(' ')) {
      refuse(`${id} was started with other flags`);
    }
  }
}

/** Throws UserError on another machine. */
export function requireSameMachine(header: RunHeader, environment: Environment): void {
  const other = changes(header.environment, environment, (name) => MACHINE.includes(name));
  if (other.length > 0) refuse(`it was measured on another machine: ${other.join('; ')}`);
}

/** The line that says that the run continues. Pure. */
export function resumeOf(
  { header, trials }: TrialsFile,
  now: Pick<RunHeader, 'startedAt' | 'environment' | 'harness'>,
): Resume {
  const changed = [
    ...changes(harnessFacts(header), harnessFacts(now), () => true),
    ...changes(header.environment, now.environment, (name) => !FLEETING.test(name)),
  ];
  return { kind: 'resume', startedAt: now.startedAt, trialsBefore: trials.length, changed };
}

/** What the run continues with, in words. */
export function resumeText({ trialsBefore, changed }: Resume, { plan }: RunHeader): string {
  const planned = plan.order.flat(2).length;
  const since = changed.length === 0 ? '' : `; changed since: ${changed.join('; ')}`;
  return `goes on after ${trialsBefore} of ${count(planned, 'trial')}${since}`;
}

function harnessFacts({ harness }: Pick<RunHeader, 'harness'>): Environment {
  const { version, commit, dirty } = harness;
  return { harness_version: version, harness_commit: commit, harness_dirty: dirty };
}

/** `name: then -> now` of every fact that is wanted and differs. */
function changes(then: Environment, now: Environment, wanted: (name: string) => boolean): string[] {
  const names = [...new Set([...Object.keys(then), ...Object.keys(now)])].filter(wanted);
  return names
    .filter((name) => (then[name] ?? null) !== (now[name] ?? null))
    .map((name) => `${name}: ${then[name] ?? 'unknown'} -> ${now[name] ?? 'unknown'}`);
}

function refuse(why: string, output?: string): never {
  throw new UserError(`The run cannot be taken up again: ${why}`, AGAIN, given({ output }));
}

const short = (sha256: string) => sha256.slice(0, 12);
