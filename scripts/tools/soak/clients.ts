/**
 * Clients of one server: most keep to the protocol and check every byte, the others misbehave as
 * bad clients do. Each is short-lived, and another one, drawn at random, follows.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { reasonOf } from '../../../harness/conformance/reason.js';
import { Client } from '../../../harness/server/client.js';
import { alphabet, answer, OK, request } from '../../../harness/server/messages.js';
import { randomOf } from '../random.js';

const CLIENTS = 40;
const ANSWER_LIMIT_MS = 20_000;

export class Clients {
  answers = 0;
  faults = 0;
  readonly wrong: string[] = [];
  readonly #port: number;
  readonly #random: () => number;
  readonly #loops: readonly Promise<void>[];
  #isOver = false;

  constructor(port: number, seed: number) {
    this.#port = port;
    this.#random = randomOf(seed);
    this.#loops = Array.from({ length: CLIENTS }, () => this.#loop());
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#loops);
  }

  async #loop(): Promise<void> {
    while (!this.#isOver) {
      const client = await Client.connect(this.#port, ANSWER_LIMIT_MS).catch(() => null);
      if (client === null) {
        await pause(10);
        continue;
      }
      await (this.#random() < 0.7 ? this.#keepTo(client) : this.#misbehave(client));
      if (this.#random() < 0.3) client.reset();
      client.close();
    }
  }

  async #keepTo(client: Client): Promise<void> {
    const rounds = 1 + Math.floor(this.#random() * 30);
    for (let i = 0; i < rounds && !this.#isOver; i++) {
      const { text, wanted } = this.#question();
      const half = Math.floor(this.#random() * text.length);
      try {
        await client.send(text.slice(0, half));
        await client.send(text.slice(half));
        await client.expect(wanted);
        this.answers += 1;
      } catch (error) {
        this.wrong.push(`${JSON.stringify(text.slice(0, 60))}: ${reasonOf(error)}`);
        return;
      }
    }
  }

  #question(): { text: string; wanted: string } {
    const n = Math.floor(this.#random() * 100_000);
    switch (Math.floor(this.#random() * 5)) {
      case 0:
        return { text: request().repeat(8), wanted: OK.repeat(8) };
      case 1:
        return { text: request(`/bytes?n=${n}`), wanted: answer(200, alphabet(n)) };
      case 2:
        return { text: request(`/sleep?ms=${n % 50}`), wanted: OK };
      case 3:
        return { text: request(`/work?us=${n % 200}`), wanted: OK };
      default:
        return { text: request(), wanted: OK };
    }
  }

  async #misbehave(client: Client): Promise<void> {
    this.faults += 1;
    switch (Math.floor(this.#random() * 5)) {
      case 0: // says nothing
        return pause(this.#random() * 300);
      case 1: // stops in the middle of a request
        client.sendAnyway('GET / HTTP/1.1\r\nHo');
        return pause(this.#random() * 300);
      case 2: // asks for much and never reads
        client.pause();
        client.sendAnyway(request('/bytes?n=2000000').repeat(4));
        return pause(this.#random() * 300);
      case 3: // garbage
        client.sendAnyway(String.fromCharCode(...Array.from({ length: 200 }, () => this.#byte())));
        return pause(20);
      default: // leaves while it is answered
        client.sendAnyway(request('/sleep?ms=20') + request('/bytes?n=300000'));
        return pause(this.#random() * 25);
    }
  }

  #byte(): number {
    return Math.floor(this.#random() * 256);
  }
}
