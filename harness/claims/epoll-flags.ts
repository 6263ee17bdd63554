/** epoll-flags: how a descriptor is added to epoll, and how often. */

import { count } from '../findings/format.js';
import type { TracedCall } from '../results/evidence.js';
import {
  controls,
  defineMechanism,
  flagsOf,
  isAccept,
  isDone,
  type Look,
} from './shared/traces.js';

const FLAGS = ['IN', 'OUT', 'RDHUP', 'ET'] as const;

export const epollFlags = defineMechanism({
  id: 'epoll-flags',
  text: 'Descriptors are added to epoll once, for reading, writing and hang-up together, edge-triggered (IN, OUT, RDHUP, ET).',
  experiment:
    'The system calls of the Go server and of the coroutine server over the life of connections: one epoll_ctl ADD with ' +
    'exactly these four flags, no MOD, and one DEL per accepted connection.',
  thresholds: [
    { label: 'ADD per connection', value: 1, unit: 'calls' },
    { label: 'MOD per connection', value: 0, unit: 'calls' },
    { label: 'DEL per connection', value: 1, unit: 'calls' },
  ],
  look,
});

function look(calls: readonly TracedCall[]): Look {
  const accepted = calls.filter((call) => isAccept(call) && isDone(call)).length;
  const adds = controls(calls, 'ADD');
  const mods = controls(calls, 'MOD').length;
  const dels = controls(calls, 'DEL').length;
  const exact = adds.filter(hasExactFlags).length;
  const sets = [...new Set(adds.map(eventsOf))].join(' and ') || 'none';
  const counts = [
    { label: 'accepted connections', value: accepted },
    { label: 'ADD', value: adds.length },
    { label: 'MOD', value: mods },
    { label: 'DEL', value: dels },
  ];
  const text =
    `${count(accepted, 'connection')}: ${adds.length} ADD (${sets}), ${mods} MOD, ${dels} DEL` +
    (accepted === 0 ? '; no connection was accepted' : '');
  if (accepted === 0) return { holds: null, text, counts };
  const once = adds.length === accepted && mods === 0 && dels === accepted;
  return { holds: once && exact === adds.length, text, counts };
}

function eventsOf(call: TracedCall): string {
  return [...flagsOf(call)].filter((flag) => flag !== 'ADD').join('|');
}

function hasExactFlags(call: TracedCall): boolean {
  const flags = flagsOf(call);
  return flags.size === FLAGS.length + 1 && FLAGS.every((flag) => flags.has(flag));
}
