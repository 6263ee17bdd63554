/** The upstream of /relay: a server of the test's own, which answers as the test wants. */
import net from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { until } from '../server/wait.js';

/** Bytes, sent as they are; null: the connection is closed instead. */
export type Reply = string | null;

/**
 * Answers every request with the next of `replies`, the last one for ever. A request is what one
 * read brings: the servers under test write it at once.
 */
export class Upstream {
  connections = 0;
  received = '';
  /** Set: replies are sent in pieces of so many bytes. */
  pieceBytes: number | null = null;
  #sockets = new Set<net.Socket>();
  #held: (() => void)[] | null = null;
  #listener: net.Server;

  private constructor(replies: readonly Reply[]) {
    let next = 0;
    this.#listener = net.createServer((socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('data', (data) => {
        this.received += data.toString('latin1');
        const reply = replies[Math.min(next++, replies.length - 1)] ?? null;
        const answer = () => void (reply === null ? socket.destroy() : this.#send(socket, reply));
        if (this.#held === null) answer();
        else this.#held.push(answer);
      });
    });
  }

  /** Runs `body` with an upstream of its own, which is gone afterwards. */
  static async run(
    replies: readonly Reply[],
    body: (upstream: Upstream, address: string) => Promise<void>,
  ): Promise<void> {
    const upstream = new Upstream(replies);
    upstream.#listener.listen(0, '127.0.0.1');
    await new Promise((resolve) => upstream.#listener.once('listening', resolve));
    const { port } = upstream.#listener.address() as net.AddressInfo;
    try {
      await body(upstream, `127.0.0.1:${port}`);
    } finally {
      upstream.#listener.close();
      upstream.endAll();
    }
  }

  /** From now on requests are left unanswered, until release. */
  hold(): void {
    this.#held = [];
  }

  /** Waits until so many requests are held. */
  async holds(count: number): Promise<void> {
    await until(
      () => ((this.#held?.length ?? 0) >= count ? true : undefined),
      () => `${count} requests at the upstream; there are ${this.#held?.length}`,
    );
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const answer of held) answer();
  }

  /** Closes every connection. */
  endAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #send(socket: net.Socket, reply: string): Promise<void> {
    const size = this.pieceBytes ?? reply.length;
    for (let at = 0; at < reply.length; at += size) {
      socket.write(reply.slice(at, at + size), 'latin1');
      await nextTurn();
    }
  }
}
