import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eachLine, LastLines, LINE_LENGTH_MAX, LineQueue, QUEUE_LENGTH_MAX } from './lines.js';

async function linesOf(chunks: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  const stream = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  eachLine(stream, (line) => lines.push(line));
  await new Promise((resolve) => stream.on('close', resolve));
  return lines;
}

test('lines do not depend on how the text was cut into chunks', async () => {
  const line = fc.stringMatching(/^[a-z{}":é]{0,9}$/);
  const sample = fc.tuple(fc.array(line), fc.array(fc.nat(30)));
  await fc.assert(
    fc.asyncProperty(sample, async ([lines, cuts]) => {
      const text = lines.map((one) => `${one}\n`).join('');
      const chunks: string[] = [];
      let rest = text;
      for (const cut of cuts) {
        chunks.push(rest.slice(0, cut));
        rest = rest.slice(cut);
      }
      expect(await linesOf([...chunks, rest].filter((chunk) => chunk !== ''))).toEqual(lines);
    }),
  );
});

test('a last line without an end counts, an endless one is cut', async () => {
  expect(await linesOf(['a\nb'])).toEqual(['a', 'b']);
  const [line] = await linesOf(['x'.repeat(3 * LINE_LENGTH_MAX), 'y\n']);
  expect(line).toHaveLength(LINE_LENGTH_MAX);
});

test('only the last lines are kept', () => {
  const last = new LastLines(2);
  for (const line of ['a', 'b', 'c']) last.add(line);
  expect(last.text()).toBe('b\nc');
});

test('a queue gives lines in order, to one who waited and to one who came late', async () => {
  const queue = new LineQueue();
  const waiting = queue.filled();
  queue.add('a');
  queue.add('b');
  await waiting;
  await queue.filled();
  expect([queue.take(), queue.take(), queue.take()]).toEqual(['a', 'b', undefined]);
});

test('a queue that nobody empties stops growing and keeps what came first', () => {
  const queue = new LineQueue();
  for (let i = 0; i < 2 * QUEUE_LENGTH_MAX; i += 1) queue.add(String(i));
  const taken: string[] = [];
  for (let line = queue.take(); line !== undefined; line = queue.take()) taken.push(line);
  expect(taken).toHaveLength(QUEUE_LENGTH_MAX);
  expect(taken[0]).toBe('0');
});
