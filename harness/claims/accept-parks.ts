/** accept-parks: accept is tried first, and parks when there is nothing. */
import type { TracedCall } from '../results/evidence.js';
import { defineMechanism, isAccept, isAgain, type Look, parkings, times } from './shared/traces.js';

export const acceptParks = defineMechanism({
  id: 'accept-parks',
  text: 'Accept tries first, and parks the goroutine when the call says EAGAIN.',
  experiment:
    'The system calls of the Go server and of the coroutine server: the first accept comes before there is a ' +
    'connection, and each accept that returned EAGAIN and was repeated had a wait in epoll before the repetition.',
  thresholds: [{ label: 'repeated without a wait', value: 0, unit: 'calls' }],
  look,
});

function look(calls: readonly TracedCall[]): Look {
  const first = calls.find(isAccept);
  const { again, parked } = parkings(calls, isAccept);
  const counts = [
    { label: 'accepts that returned EAGAIN and were repeated', value: again },
    { label: 'of these, after a wait', value: parked },
  ];
  // One that succeeds may have been tried first or after a wait: it does not show which.
  if (first === undefined || !isAgain(first) || again === 0) {
    return { holds: null, text: 'the first accept did not return EAGAIN', counts };
  }
  const text =
    'the first accept came before there was a connection; accept returned EAGAIN and was repeated ' +
    `${times(again)}, ${parked} of them after a wait in epoll`;
  return { holds: parked === again, text, counts };
}
