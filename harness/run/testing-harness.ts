/**
 * A harness process of its own, for tests that kill it. `lo` and `veth` measure over that network
 * until they are killed and print each event; `throw` starts a server that only SIGKILL can end,
 * and dies of an exception.
 *
 * MARK in the environment ends up in the command line of every server, so that a test can find
 * them.
 */

import { startServer } from '../server/start.js';
import { run } from './run.js';
import {
  calm,
  cpusForTests,
  fixtureBuilt,
  fixtureVariant,
  LIMITS,
  planOf,
  runInput,
} from './testing.js';

const [mode, folder = ''] = process.argv.slice(2);
const mark = process.env.MARK ?? 'no-mark';

if (mode === 'lo' || mode === 'veth') {
  const plan = planOf(['good'], { blocks: 10_000, net: mode });
  const onEvent = (event: { kind: string }) => process.stdout.write(`${event.kind}\n`);
  await run(runInput(folder, [fixtureVariant('good', '--core', mark)], { plan, onEvent }).input);
} else {
  const built = fixtureBuilt('ignores-sigterm', '--core', mark);
  await startServer(
    built,
    { cpus: cpusForTests().serverCpus, mode: 'http', args: [] },
    LIMITS,
    calm,
  );
  process.stdout.write('started\n');
  process.stdin.once('data', () => {
    throw new Error('a bug in the harness');
  });
}
