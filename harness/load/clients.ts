/** The load clients by name. */

import { autocannonClient } from './autocannon.js';
import type { LoadClient } from './client.js';
import { nativeClient } from './native.js';
import { wrkClient } from './wrk.js';

/** Throws a UserError when what the client needs is not built or not installed. */
export function loadClient(kind: LoadClient['kind']): LoadClient {
  switch (kind) {
    case 'native':
      return nativeClient();
    case 'autocannon':
      return autocannonClient();
    case 'wrk':
      return wrkClient();
  }
}
