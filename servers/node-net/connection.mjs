/**
 * One connection, in callbacks. While it waits, for a timer, the upstream or room in the send
 * buffer, it does not read: back-pressure reaches the peer through TCP, but for the up to 64 KiB
 * that Node has read already.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { alphabetChunk, answer, CHUNK_BYTES, GREETING, head } from './answer.mjs';
import { Framing, NEED_MORE, REJECTED } from './framing.mjs';
import { Relay } from './relay.mjs';

const OUTPUT_BUFFER_BYTES = 1024;
const MAX_LINGER_BYTES = 65_536;
const KEEP_ALIVE_MS = 15_000;

/** What both modes share: a socket that keeps alive, and ends when the server stops. */
class Base {
  constructor(socket, server) {
    this.socket = socket;
    this.server = server;
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    // Whatever it was, `close` follows.
    socket.on('error', () => {});
    socket.on('end', () => this.onEnd());
  }

  onEnd() {
    this.socket.end();
  }

  get isBusy() {
    return false;
  }

  /**
   * Ends the connection unless it is answering: once the loop has polled, what the kernel had
   * received is here.
   */
  endWhenIdle() {
    const before = this.socket.bytesRead;
    setImmediate(() =>
      setImmediate(() => {
        if (this.isBusy) return; // it comes back
        if (this.socket.bytesRead > before) this.endWhenIdle();
        else this.socket.end(() => this.socket.destroy());
      }),
    );
  }
}

/** Greeting mode, the protocol of the article: read, write, done. */
export class GreetingConnection extends Base {
  constructor(socket, server) {
    super(socket, server);
    socket.once('data', () => {
      server.requests += 1;
      socket.pause();
      socket.end(GREETING, () => socket.destroy());
    });
  }
}

/** Http mode. */
export class Connection extends Base {
  #framing = new Framing();
  #output = '';
  #isWaiting = false;
  #isLingering = false;
  #lingered = 0;
  #relay = null;

  constructor(socket, server) {
    super(socket, server);
    socket.on('data', (input) => {
      if (this.#isLingering) this.#drop(input.length);
      else this.#answerAll(input, 0);
    });
  }

  /** It comes although the socket is paused, when nothing is left to be read. */
  onEnd() {
    if (!this.#isWaiting) this.socket.end();
  }

  get isBusy() {
    return this.#isWaiting || this.socket.writableLength > 0;
  }

  /** Answers every request that the input completes from `start` on. */
  #answerAll(input, start) {
    const framing = this.#framing;
    for (let at = start; ; at = framing.at) {
      const event = framing.next(input, at);
      if (event === NEED_MORE) break;
      this.server.requests += 1;
      const closes = event === REJECTED || framing.closes;
      const reply =
        event === REJECTED
          ? { status: framing.status, body: '' }
          : answer(framing, this.server.upstream !== null);
      const isSimple = reply.body !== null && reply.waitMs === undefined;
      if (!isSimple) {
        void this.#wait(this.#send(reply, closes), input, closes);
        return;
      }
      this.#collect(reply.status, reply.body, closes);
      if (closes) {
        this.#linger();
        return;
      }
    }
    if (this.#flush()) this.#idle();
    else void this.#wait(this.#drained(), input, false);
  }

  /** Continues with the input when the promise says that the connection is still there. */
  async #wait(promise, input, closes) {
    const at = this.#framing.at;
    this.#isWaiting = true;
    this.socket.pause();
    const isThere = await promise;
    this.#isWaiting = false;
    if (!isThere) return;
    if (closes) this.#linger();
    else this.#answerAll(input, at);
    if (this.#isWaiting) return;
    if (this.socket.readableEnded) this.socket.end();
    else this.socket.resume();
  }

  #idle() {
    if (this.server.isStopping) this.endWhenIdle();
  }

  #collect(status, body, closes) {
    const text = head(status, body.length, closes) + body;
    if (this.#output.length + text.length > OUTPUT_BUFFER_BYTES) this.#flush();
    this.#output += text;
  }

  /** Writes what is collected. False: there was no room for all that is written. */
  #flush() {
    const text = this.#output;
    if (text === '') return !this.socket.writableNeedDrain;
    this.#output = '';
    return this.socket.write(text, 'latin1');
  }

  /** True once there is room; false when the connection is gone. */
  async #drained() {
    const { socket } = this;
    if (socket.destroyed || !socket.writableNeedDrain) return !socket.destroyed;
    await new Promise((resolve) => {
      const done = () => {
        socket.off('drain', done);
        socket.off('close', done);
        resolve();
      };
      socket.on('drain', done);
      socket.on('close', done);
    });
    return !socket.destroyed;
  }

  /** Sends an answer that has to be waited for, or that is too large to be collected. */
  async #send({ status, body, waitMs, bytes, asksUpstream }, closes) {
    if (waitMs !== undefined) {
      this.#flush();
      await pause(waitMs);
      this.#collect(status, body, closes);
    } else if (asksUpstream) {
      this.#flush();
      this.#relay ??= new Relay(this.server.upstream);
      const reply = await this.#relay.ask(this.socket);
      this.#output += head(reply.status, reply.body.length, closes);
      this.#output += reply.body.latin1Slice();
    } else {
      const text = head(status, bytes, closes);
      if (this.#output.length + text.length > OUTPUT_BUFFER_BYTES) this.#flush();
      this.#output += text;
      return this.#sendAlphabet(bytes);
    }
    return this.#drained();
  }

  async #sendAlphabet(bytes) {
    if (bytes <= OUTPUT_BUFFER_BYTES - this.#output.length) {
      this.#output += alphabetChunk(0, bytes).latin1Slice();
      return !this.socket.destroyed;
    }
    this.#flush();
    for (let offset = 0; offset < bytes; offset += CHUNK_BYTES) {
      const isTaken = this.socket.write(alphabetChunk(offset, bytes));
      if (!isTaken && !(await this.#drained())) return false;
    }
    return this.#drained();
  }

  /**
   * The last answer is collected: ends the sending side and reads what the peer still sends, so
   * that closing does not reset the connection before the peer has read that answer.
   */
  #linger() {
    this.#flush();
    this.#isLingering = true;
    this.socket.end();
  }

  #drop(bytes) {
    this.#lingered += bytes;
    if (this.#lingered >= MAX_LINGER_BYTES) this.socket.destroy();
  }
}
