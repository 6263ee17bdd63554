import { expect, test } from 'vitest';
import type { Trial } from '../results/schema.js';
import { makeRun } from '../results/testing.js';
import { Clock, Dropouts, plannedPlaces } from './schedule.js';
import { keepalive, planOf } from './testing.js';

const [one, many] = [keepalive(1), keepalive(512)];

test('blocks come before conditions, and absent subjects keep the positions of the others', () => {
  const plan = planOf(['a', 'b'], { conditions: [one, many] });
  const texts = plannedPlaces(plan, new Set(['b'])).map(
    ({ subject, condition, block, position }) =>
      `${condition.id} b${block} p${position} ${subject}`,
  );
  expect(texts).toEqual([
    'keepalive-c1 b0 p1 b',
    'keepalive-c512 b0 p1 b',
    'keepalive-c1 b1 p0 b',
    'keepalive-c512 b1 p0 b',
  ]);
});

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

test('two failures in a row end a subject everywhere, and only that subject', () => {
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

test('a good trial ends the streak; a void one is not held against the subject', () => {
  const dropouts = new Dropouts();
  for (const status of ['failed', 'ok', 'failed', 'void', 'failed'] as const) {
    expect(dropouts.note(trialOf(status), one)).toBeNull();
  }
});

test('time left is the plan plus the mean overhead so far', () => {
  const clock = new Clock(planOf(['a'], { warmupMs: 100, windowMs: 1000 }));
  expect(clock.remainingMs(10)).toBe(16_000);
  clock.note(1300);
  clock.note(1500);
  expect(clock.remainingMs(10)).toBe(14_000);
  expect(clock.remainingMs(0)).toBe(0);
});
