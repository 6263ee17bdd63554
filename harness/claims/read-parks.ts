/** read-parks: read is tried first, parks on EAGAIN, and is retried after the wake-up. */
import { defineMechanism, isRead, parkingLook } from './shared/traces.js';

export const readParks = defineMechanism({
  id: 'read-parks',
  text: 'Read tries first, parks on EAGAIN, and is tried again after the wake-up.',
  experiment:
    'The system calls of the Go server and of the coroutine server: each read of a connection that returned EAGAIN and was ' +
    'repeated had a wait in epoll before the repetition, and a read succeeded after it.',
  thresholds: [{ label: 'repeated without a wait', value: 0, unit: 'calls' }],
  look: (calls) => parkingLook(calls, 'read', isRead),
});
