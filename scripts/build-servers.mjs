#!/usr/bin/env node
/**
 * Builds native servers of another checkout, and nothing else of it, with the tools of this one; or
 * copies them from this one, where their sources are equal:
 *
 *   build-servers.mjs <checkout> <folder in servers/>...
 *
 * The checkout needs a node_modules, which may be a link. Folders that it does not have, and those
 * of servers that are not native, are passed over. Exit status: 1 when something does not build.
 */
import path from 'node:path';
import { BootstrapError, printFailure } from './bootstrap/failure.mjs';
import { buildServers } from './bootstrap/native.mjs';
import { currentSystem } from './bootstrap/system.mjs';
import { withInterrupts } from './bootstrap/tool.mjs';

try {
  const [checkout, ...folders] = process.argv.slice(2);
  if (checkout === undefined) {
    throw new BootstrapError('No checkout is named.', 'Name its folder, and folders of servers/.');
  }
  const here = currentSystem();
  const system = { ...here, root: path.resolve(checkout) };
  await withInterrupts(() => buildServers(system, folders, here.root));
} catch (error) {
  process.exitCode = printFailure(error);
}
