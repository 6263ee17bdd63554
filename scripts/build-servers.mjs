#!/usr/bin/env node
/**
 * Builds the native servers of another checkout, and nothing else of it, with the tools of this
 * one:
 *
 *   build-servers.mjs <folder>
 *
 * The folder needs a node_modules, which may be a link. Exit status: 1 when something does not
 * build.
 */
import path from 'node:path';
import { BootstrapError, printFailure } from './bootstrap/failure.mjs';
import { buildServers } from './bootstrap/native.mjs';
import { currentSystem } from './bootstrap/system.mjs';
import { withInterrupts } from './bootstrap/tool.mjs';

try {
  const folder = process.argv[2];
  if (folder === undefined) {
    throw new BootstrapError('No folder is named.', 'Name the folder of a checkout.');
  }
  await withInterrupts(() => buildServers({ ...currentSystem(), root: path.resolve(folder) }));
} catch (error) {
  process.exitCode = printFailure(error);
}
