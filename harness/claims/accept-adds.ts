/** accept-adds: a new connection is in epoll before the caller of Accept has it. */

import { count } from '../findings/format.js';
import type { TracedCall } from '../results/evidence.js';
import {
  controls,
  defineMechanism,
  isAccept,
  isDone,
  isRead,
  isWrite,
  type Look,
} from './shared/traces.js';

export const acceptAdds = defineMechanism({
  id: 'accept-adds',
  text: 'A new connection is put into epoll before Accept returns it.',
  experiment:
    'The system calls of the Go server and of the coroutine server: before any read or write on a connection, as many ' +
    'connections have been added to epoll as have been accepted.',
  thresholds: [{ label: 'reads and writes before the ADD', value: 0, unit: 'calls' }],
  look,
});

function look(calls: readonly TracedCall[]): Look {
  let accepted = 0;
  let added = 0;
  let early = 0;
  for (const call of calls) {
    if (isAccept(call) && isDone(call)) accepted += 1;
    added += controls([call], 'ADD').length;
    if ((isRead(call) || isWrite(call)) && added < accepted) early += 1;
  }
  const counts = [
    { label: 'accepted connections', value: accepted },
    { label: 'added to epoll', value: added },
    { label: 'reads and writes before the ADD', value: early },
  ];
  if (accepted === 0) return { holds: null, text: 'no connection was accepted', counts };
  const text = `${count(accepted, 'connection')} accepted, ${added} added to epoll, ${early} reads or writes before that`;
  return { holds: added >= accepted && early === 0, text, counts };
}
