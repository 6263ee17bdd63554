/**
 * The system calls of a server as the mechanism claims read them, and the form that these claims
 * share: the same check of two traces, of the Go server, which the article is about, and of our
 * coroutine server, which has the same design. Go's trace decides; ours is for comparison.
 */
import type { TracedCall } from '../../results/evidence.js';
import { subjectOf } from '../../results/roles.js';
import type { Results } from '../../results/schema.js';
import {
  type Claim,
  cannotHere,
  type Decision,
  defineClaim,
  type Figure,
  type Findings,
  leftOpen,
  refuted,
  supported,
  type Threshold,
} from '../claim.js';
import { cast } from './cast.js';

/** What one trace shows. */
export interface Look {
  /** null: the trace has no occasion on which it could have been seen. */
  readonly holds: boolean | null;
  /** A clause that continues after `<subject>: `, without a full stop. */
  readonly text: string;
  readonly counts: readonly { readonly label: string; readonly value: number }[];
}

interface MechanismSpec {
  readonly id: string;
  readonly text: string;
  readonly experiment: string;
  readonly thresholds: readonly Threshold[];
  /** All calls of a trace, in their order. */
  readonly look: (calls: readonly TracedCall[]) => Look;
}

export function defineMechanism({ look, ...stated }: MechanismSpec): Claim {
  return defineClaim({
    ...stated,
    part: 'mechanism',
    shownBy: { part: 'traces' },
    judge: (results) => judge(results, look),
  });
}

interface Seen extends Look {
  readonly subject: string;
  readonly instrument: string;
}

function judge(results: Results, look: MechanismSpec['look']): Decision {
  const { ids, absent } = cast(results.header, ['go']);
  if (absent !== null) return absent;
  const { go } = ids;
  if (results.evidence === null) return leftOpen('no server was traced');
  const { items, why } = results.evidence.traces;
  if (items === null) return cannotHere(`no server was traced: ${why}`);
  const own = subjectOf(results.header, 'coroutine')?.id;
  const seen = items
    .filter(({ subject }) => subject === go || subject === own)
    .map(({ subject, instrument, phases }): Seen => {
      return { subject, instrument, ...look(phases.flatMap(({ calls }) => calls)) };
    });
  const findings = findingsOf(seen, go);
  const theirs = seen.find(({ subject }) => subject === go);
  const sentence = seen.map((one) => `${one.subject} (${one.instrument}): ${one.text}.`).join(' ');
  if (theirs === undefined) return cannotHere(`${go} was not traced. ${sentence}`.trim(), findings);
  switch (theirs.holds) {
    case true:
      return supported(sentence, findings);
    case false:
      return refuted(sentence, findings);
    case null: {
      const open = leftOpen('the trace has no occasion for it', findings);
      return { ...open, sentence: `${open.sentence} ${sentence}` };
    }
  }
}

function findingsOf(seen: readonly Seen[], go: string): Findings {
  const decided = seen.find(({ subject }) => subject === go)?.holds;
  const others = seen.filter(({ subject, holds }) => subject !== go && holds !== null);
  return {
    numbers: seen.flatMap(({ subject, counts }) =>
      counts.map(({ label, value }): Figure => {
        return { label: `${subject}: ${label}`, value, lo: null, hi: null, unit: 'calls' };
      }),
    ),
    flips: others
      .filter(({ holds }) => holds !== decided)
      .map(({ subject, text }) => `${subject} does otherwise: ${text}`),
    restsOn: ['traces'],
    basedOn: seen.map(({ subject, instrument }) => `trace: ${subject}, by ${instrument}`),
  };
}

export const isAccept = ({ call }: TracedCall) => call === 'accept4' || call === 'accept';
const isWait = ({ call }: TracedCall) => /^epoll_p?wait2?$/.test(call);
const isConnection = ({ on }: TracedCall) => /^connection( \d+)?$/.test(on);
export const isRead = (call: TracedCall) =>
  isConnection(call) && /^(read|readv|recv|recvfrom|recvmsg)$/.test(call.call);
export const isWrite = (call: TracedCall) =>
  isConnection(call) && /^(write|writev|send|sendto|sendmsg)$/.test(call.call);
export const isAgain = ({ result }: TracedCall) => result === 'EAGAIN';
export const isDone = ({ result }: TracedCall) => /^\d+$/.test(result);

/** epoll_ctl of connections with this operation. */
export function controls(
  calls: readonly TracedCall[],
  operation: 'ADD' | 'MOD' | 'DEL',
): TracedCall[] {
  return calls.filter(
    (call) => call.call === 'epoll_ctl' && isConnection(call) && flagsOf(call).has(operation),
  );
}

/** Words of the detail, without the prefixes that headers give them. */
export function flagsOf({ detail }: TracedCall): Set<string> {
  const words = detail.split(/[^A-Z0-9_]+/).filter((word) => word !== '');
  return new Set(words.map((word) => word.replace(/^(EPOLL_CTL_|EPOLL|SOCK_|O_)/, '')));
}

interface Parking {
  /** Calls that found nothing, or no room, and were tried again. */
  readonly again: number;
  /** Of these, those with a wait in epoll before the next try. */
  readonly parked: number;
  /** Of these, those after which a try succeeded. */
  readonly succeeded: number;
}

/**
 * Follows each call that returned EAGAIN to the next try on its descriptor. One that is never tried
 * again (the server stopped) is left out; a next try that finds nothing either counts for itself.
 */
export function parkings(
  calls: readonly TracedCall[],
  isTry: (call: TracedCall) => boolean,
): Parking {
  const followed = calls.flatMap((call, at) => {
    if (!isTry(call) || !isAgain(call)) return [];
    const rest = calls.slice(at + 1);
    const isSame = (later: TracedCall) => isTry(later) && later.on === call.on;
    const next = rest.findIndex(isSame);
    if (next < 0) return [];
    const waited = rest.slice(0, next).some(isWait);
    return [{ waited, succeeded: rest.slice(next).some((one) => isSame(one) && isDone(one)) }];
  });
  const parked = followed.filter(({ waited }) => waited);
  return {
    again: followed.length,
    parked: parked.length,
    succeeded: parked.filter(({ succeeded }) => succeeded).length,
  };
}

/** read-parks and write-parks: the same look at another call. */
export function parkingLook(
  calls: readonly TracedCall[],
  name: 'read' | 'write',
  isTry: (call: TracedCall) => boolean,
): Look {
  const { again, parked, succeeded } = parkings(calls, isTry);
  const counts = [
    { label: `${name}s that returned EAGAIN and were repeated`, value: again },
    { label: 'of these, after a wait in epoll', value: parked },
    { label: 'of these, with success', value: succeeded },
  ];
  if (again === 0) {
    return { holds: null, text: `no ${name} returned EAGAIN and was repeated`, counts };
  }
  const text =
    `${name} returned EAGAIN and was repeated ${times(again)}, ${parked} of them after a wait in ` +
    `epoll; ${succeeded} of those succeeded in the end`;
  return { holds: parked === again && succeeded > 0, text, counts };
}

export function times(n: number): string {
  return n === 1 ? 'once' : `${n} times`;
}
