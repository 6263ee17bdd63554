/**
 * One run at a time in a folder of results.
 *
 * The hold is an abstract socket named after the folder's path: the kernel gives it to one process
 * only and removes it when that process ends, however it ends. It leaves no file behind.
 */
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import net from 'node:net';
import { UserError } from '../errors.js';
import { isSystemError } from '../probe/reading.js';

/** Holds the folder until the function that it resolves with is called. Rejects with UserError. */
export async function holdFolder(folder: string): Promise<() => Promise<void>> {
  const digest = createHash('sha256')
    .update(await realpath(folder))
    .digest('hex');
  const server = net.createServer();
  try {
    await listening(server, `\0iomodels-run-${digest}`);
  } catch (error) {
    if (!isSystemError(error) || error.code !== 'EADDRINUSE') throw error;
    throw new UserError(
      `another process measures into ${folder}`,
      'wait until it has ended, or stop it; then take the run up again',
    );
  }
  server.unref();
  return () => new Promise((resolve) => server.close(() => resolve()));
}

function listening(server: net.Server, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(name, resolve);
  });
}
