/** A server of the soak: started, looked at, stopped. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

const STOP_LIMIT_MS = 10_000;

/** @typedef {{ seconds: number, rssBytes: number, fds: number, threads: number }} Sample */

export class SoakServer {
  /** @type {Sample[]} */
  samples = [];
  #startMs = performance.now();
  #lastLine = '';
  #errors = '';
  /** @type {Promise<string>} */
  #ended;

  /**
   * @param {string} name
   * @param {import('node:child_process').ChildProcessWithoutNullStreams} child
   */
  constructor(name, child) {
    this.name = name;
    this.child = child;
    this.port = 0;
    child.stdin.on('error', () => {}); // its end is reported below
    child.stderr.setEncoding('utf8').on('data', (text) => {
      this.#errors = (this.#errors + text).slice(-2000);
    });
    this.#ended = new Promise((resolve) => {
      child.once('close', (code, signal) => resolve(signal ?? `status ${code}`));
    });
  }

  /**
   * @param {string} name
   * @param {string} folder
   */
  static async start(name, folder) {
    const server = new SoakServer(name, spawn(path.join(folder, name), [], { stdio: 'pipe' }));
    const lines = createInterface(server.child.stdout);
    await new Promise((resolve, reject) => {
      lines.on('line', (line) => {
        server.#lastLine = line;
        resolve(line);
      });
      void server.#ended.then((end) => reject(new Error(`${name}: ${end} ${server.#errors}`)));
    });
    server.port = JSON.parse(server.#lastLine).port;
    server.sample();
    return server;
  }

  /** Looks at what it holds now; nothing once it has ended. */
  sample() {
    try {
      const folder = `/proc/${this.child.pid}`;
      const status = readFileSync(`${folder}/status`, 'utf8');
      const field = (/** @type {string} */ name) =>
        Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(status)?.[1] ?? Number.NaN);
      this.samples.push({
        seconds: (performance.now() - this.#startMs) / 1000,
        rssBytes: field('VmRSS') * 1024,
        fds: readdirSync(`${folder}/fd`).length,
        threads: field('Threads'),
      });
    } catch (error) {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error);
      // It has ended: stop() says how.
      if (code !== 'ENOENT' && code !== 'ESRCH') throw error;
    }
  }

  /** SIGTERM; what was wrong with its end, or nothing. */
  async stop() {
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_LIMIT_MS);
    const end = await this.#ended;
    clearTimeout(timer);
    const said = this.#errors === '' ? '' : `: ${this.#errors}`;
    if (end !== 'status 0') return `it ended with ${end}${said}`;
    const { final, connections_open: open } = JSON.parse(this.#lastLine);
    if (final !== true) return 'it printed no last stats line';
    return open === 0 ? '' : `${open} connections were open at the end`;
  }

  kill() {
    this.child.kill('SIGKILL');
  }
}
