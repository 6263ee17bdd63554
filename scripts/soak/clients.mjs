/**
 * Clients of one server: most keep to the protocol and check every byte, the others do what clients
 * do in the worst of days. Each lives for a moment and is followed by another, drawn at random.
 */
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { randomOf } from '../faults/random.mjs';

const CLIENTS = 40;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const GREETING = 'I am server!';
const ANSWER_LIMIT_MS = 20_000;

/** @param {string} target */
const request = (target) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;
/** @param {string} body */
const answer = (body) =>
  `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
/** @param {number} n */
const alphabet = (n) => LETTERS.repeat(Math.ceil(n / LETTERS.length)).slice(0, n);

export class Clients {
  answers = 0;
  faults = 0;
  /** @type {string[]} */
  wrong = [];
  #isOver = false;
  /** @type {Promise<void>[]} */
  #loops;

  /**
   * @param {{ port: number }} server
   * @param {number} seed
   */
  constructor({ port }, seed) {
    this.port = port;
    const random = randomOf(seed);
    this.random = random;
    this.#loops = Array.from({ length: CLIENTS }, () => this.#loop());
  }

  async stop() {
    this.#isOver = true;
    await Promise.all(this.#loops);
  }

  async #loop() {
    while (!this.#isOver) {
      const socket = await this.#connect();
      if (socket === null) {
        await pause(10);
        continue;
      }
      const isGood = this.random() < 0.7;
      await (isGood ? this.#keepTo(socket) : this.#misbehave(socket));
      if (this.random() < 0.3) socket.resetAndDestroy();
      socket.destroy();
    }
  }

  /** @returns {Promise<net.Socket | null>} */
  #connect() {
    return new Promise((resolve) => {
      const socket = net.connect({ port: this.port, host: '127.0.0.1', noDelay: true });
      socket.once('connect', () => resolve(socket));
      socket.once('close', () => resolve(null));
      socket.on('error', () => {});
    });
  }

  /** @param {net.Socket} socket */
  async #keepTo(socket) {
    const rounds = 1 + Math.floor(this.random() * 30);
    for (let i = 0; i < rounds && !this.#isOver; i++) {
      const { text, wanted } = this.#question();
      const got = await this.#ask(socket, text, wanted.length);
      if (got === wanted) this.answers += 1;
      else
        this.wrong.push(
          `${JSON.stringify(text.slice(0, 60))}: ${got.length} bytes, ${JSON.stringify(got.slice(0, 60))}`,
        );
      if (got !== wanted) return;
    }
  }

  #question() {
    const n = Math.floor(this.random() * 100_000);
    switch (Math.floor(this.random() * 5)) {
      case 0:
        return { text: request('/').repeat(8), wanted: answer(GREETING).repeat(8) };
      case 1:
        return { text: request(`/bytes?n=${n}`), wanted: answer(alphabet(n)) };
      case 2:
        return { text: request(`/sleep?ms=${n % 50}`), wanted: answer(GREETING) };
      case 3:
        return { text: request(`/work?us=${n % 200}`), wanted: answer(GREETING) };
      default:
        return { text: request('/'), wanted: answer(GREETING) };
    }
  }

  /**
   * What the server answers, or as much of it as came.
   * @param {net.Socket} socket
   * @param {string} text
   * @param {number} size
   * @returns {Promise<string>}
   */
  #ask(socket, text, size) {
    return new Promise((resolve) => {
      let got = '';
      const finish = () => {
        clearTimeout(timer);
        socket.removeAllListeners('data');
        socket.removeListener('close', finish);
        resolve(got);
      };
      const timer = setTimeout(finish, ANSWER_LIMIT_MS);
      socket.setEncoding('latin1').on('data', (chunk) => {
        got += chunk;
        if (got.length >= size) finish();
      });
      socket.once('close', finish);
      const half = Math.floor(this.random() * text.length);
      socket.write(text.slice(0, half));
      socket.write(text.slice(half));
    });
  }

  /** @param {net.Socket} socket */
  async #misbehave(socket) {
    this.faults += 1;
    switch (Math.floor(this.random() * 5)) {
      case 0: // says nothing
        return pause(this.random() * 300);
      case 1: // stops in the middle of a request
        socket.write('GET / HTTP/1.1\r\nHo');
        return pause(this.random() * 300);
      case 2: // asks for much and never reads
        socket.pause();
        socket.write(request('/bytes?n=2000000').repeat(4));
        return pause(this.random() * 300);
      case 3: // garbage
        socket.write(Buffer.from(Array.from({ length: 200 }, () => this.random() * 256)));
        return pause(20);
      default: // leaves while it is answered
        socket.write(request('/sleep?ms=20') + request('/bytes?n=300000'));
        return pause(this.random() * 25);
    }
  }
}
