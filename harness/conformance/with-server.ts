/** A server of a check's own. */
import type { Program } from '../server/built.js';
import type { Server } from '../server/server.js';
import { type Launch, startServer } from '../server/start.js';
import { reasonOf, saidBy } from './reason.js';

/** Runs `body` with a server of its own, which is gone afterwards. */
export async function withServer<T>(
  program: Program,
  args: readonly string[],
  body: (server: Server) => Promise<T>,
  where: Pick<Launch, 'cpus'> = {},
): Promise<T> {
  const server = await startServer(program, { args, ...where });
  try {
    return await body(server);
  } catch (error) {
    throw await rootOf(error, server);
  } finally {
    await server.kill();
  }
}

/** A failure, and that the server has ended, if it has: connections break before that is known. */
export async function rootOf(error: unknown, server: Server): Promise<unknown> {
  const how = await server.ending();
  if (how === undefined) return error;
  const said = saidBy(server.output());
  return new Error(`${reasonOf(error)}; the server ended with ${how}${said}`, { cause: error });
}
