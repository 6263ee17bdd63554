/** The load clients by name. */

import { UserError } from '../errors.js';
import { autocannonClient } from './autocannon.js';
import type { LoadClient } from './client.js';
import { nativeClient } from './native.js';

/** Throws a UserError when what the client needs is not built. */
export function loadClient(kind: LoadClient['kind']): LoadClient {
  switch (kind) {
    case 'native':
      return nativeClient();
    case 'autocannon':
      return autocannonClient();
    case 'wrk':
      throw new UserError('wrk is no load client yet', 'use --client native');
  }
}
