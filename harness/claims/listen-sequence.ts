/** listen-sequence: what Listen does, in this order. */

import { list } from '../findings/format.js';
import type { TracedCall } from '../results/evidence.js';
import { defineMechanism, flagsOf, isDone, type Look } from './shared/traces.js';

export const listenSequence = defineMechanism({
  id: 'listen-sequence',
  text: 'Listen makes a socket, makes it non-blocking, binds it, listens, creates an epoll instance and adds the socket to it.',
  experiment:
    'The system calls of the Go server up to its ready line, and those of the coroutine server: all six steps, in this ' +
    'order. Making the socket non-blocking may be part of the socket call.',
  thresholds: [
    { label: 'found', value: 6, unit: 'steps' },
    { label: 'out of order', value: 0, unit: 'steps' },
  ],
  look,
});

interface Step {
  readonly name: string;
  /** Place in the trace; -1 where it does not occur. */
  readonly at: number;
}

function look(calls: readonly TracedCall[]): Look {
  const steps = stepsOf(calls);
  const missing = steps.filter(({ at }) => at < 0).map(({ name }) => name);
  const found = steps.filter(({ at }) => at >= 0);
  const early = found.filter(({ at }, i) => found.slice(0, i).some((before) => before.at > at));
  const inOrder = [...found].sort((a, b) => a.at - b.at).map(({ name }) => name);
  const counts = [
    { label: 'steps found', value: found.length },
    { label: 'steps out of order', value: early.length },
  ];
  const parts = [
    `${found.length} of ${steps.length} steps, in this order: ${list(inOrder)}`,
    ...(missing.length > 0 ? [`it lacks ${list(missing)}`] : []),
    ...(early.length > 0
      ? [`${list(early.map(({ name }) => name))} comes earlier than claimed`]
      : []),
    ...(isInSocketCall(calls) ? ['the socket call itself makes it non-blocking'] : []),
  ];
  return { holds: missing.length === 0 && early.length === 0, text: parts.join('; '), counts };
}

/** The listener's own calls: runtimes make other sockets first, to see what the kernel can do. */
function stepsOf(calls: readonly TracedCall[]): Step[] {
  const listener = ({ on }: TracedCall) => on === 'listener';
  const first = (is: (call: TracedCall) => boolean) => calls.findIndex(is);
  const socket = first((call) => call.call === 'socket' && listener(call) && isDone(call));
  const fcntl = first(
    (call) => call.call === 'fcntl' && listener(call) && flagsOf(call).has('NONBLOCK'),
  );
  return [
    { name: 'socket', at: socket },
    { name: 'non-blocking', at: isInSocketCall(calls) ? socket : fcntl },
    { name: 'bind', at: first((call) => call.call === 'bind' && listener(call)) },
    { name: 'listen', at: first((call) => call.call === 'listen' && listener(call)) },
    { name: 'epoll_create', at: first(({ call }) => /^epoll_create1?$/.test(call)) },
    {
      name: 'epoll_ctl ADD',
      at: first((call) => call.call === 'epoll_ctl' && listener(call) && flagsOf(call).has('ADD')),
    },
  ];
}

function isInSocketCall(calls: readonly TracedCall[]): boolean {
  const made = calls.find((call) => call.call === 'socket' && call.on === 'listener');
  return made !== undefined && flagsOf(made).has('NONBLOCK');
}
