/** write-parks: write is tried first, parks on a full send buffer, and is retried after the wake-up. */
import { defineMechanism, isWrite, parkingLook } from './shared/traces.js';

export const writeParks = defineMechanism({
  id: 'write-parks',
  text: 'Write tries first, parks on EAGAIN, and is tried again after the wake-up.',
  experiment:
    'The system calls of the Go server and of the coroutine server while a slow reader lets the send buffer fill up (bulk): ' +
    'each write of a connection that returned EAGAIN and was repeated had a wait in epoll before the repetition, and a ' +
    'write succeeded after it.',
  thresholds: [{ label: 'repeated without a wait', value: 0, unit: 'calls' }],
  look: (calls) => parkingLook(calls, 'write', isWrite),
});
