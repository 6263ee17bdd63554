import { expect, test } from 'vitest';
import type { Trial } from '../results/schema.js';
import { makeRun } from '../results/testing.js';
import { Dropouts } from './dropouts.js';
import { keepalive } from './testing.js';

const [one, many] = [keepalive(1), keepalive(512)];

const { trials } = makeRun({ blocks: 1, connections: [1] });

function trialOf(status: Trial['status']): Trial {
  const [trial] = trials;
  if (trial === undefined) throw new Error('no trial');
  return { ...trial, subject: 's', status };
}

const place = (condition: typeof one, subject = 's') => ({
  subject,
  condition,
  block: 0,
  position: 0,
});

test('two failures in a row end a subject that never worked, and only that subject', () => {
  const dropouts = new Dropouts();
  expect(dropouts.note(trialOf('failed'), one)).toBeNull();
  expect(dropouts.admits(place(one))).toBe(true);
  expect(dropouts.note(trialOf('failed'), many)).toBe(
    's failed 2 trials in a row and gets no further ones',
  );
  expect(dropouts.admits(place(one))).toBe(false);
  expect(dropouts.admits(place(one, 'other'))).toBe(true);
});

test('a subject that fails in one condition alone goes on in the others', () => {
  const dropouts = new Dropouts();
  dropouts.note(trialOf('failed'), many);
  dropouts.note(trialOf('ok'), one);
  expect(dropouts.note(trialOf('failed'), many)).toBe(
    's failed 2 trials of keepalive-c512 in a row and gets no further ones there',
  );
  expect(dropouts.admits(place(many))).toBe(false);
  expect(dropouts.admits(place(one))).toBe(true);
});

test('what has worked before may fail in two conditions in a row, and goes on elsewhere', () => {
  const dropouts = new Dropouts();
  dropouts.note(trialOf('ok'), one);
  for (const condition of [many, { ...many, id: 'keepalive-c4096', connections: 4096 }]) {
    expect(dropouts.note(trialOf('failed'), condition)).toBeNull();
    expect(dropouts.note(trialOf('failed'), condition)).toContain('gets no further ones there');
    expect(dropouts.admits(place(condition))).toBe(false);
  }
  expect(dropouts.admits(place(one))).toBe(true);
});

test('a good trial ends the streak; a void one is not held against the subject', () => {
  const dropouts = new Dropouts();
  for (const status of ['failed', 'ok', 'failed', 'void', 'failed'] as const) {
    expect(dropouts.note(trialOf(status), one)).toBeNull();
  }
});
