import { describe, expect, it, vi } from 'vitest';
import { failTrial, makeRun } from '../results/testing.js';
import type { RunEvent } from '../run/progress.js';
import { createProgress } from './progress.js';
import { FakeIo } from './testing.js';

const { trials } = makeRun({ connections: [1, 64, 512], blocks: 8 });
const SECONDS_PER_TRIAL = 1.65;

/** Plays all trials; every one takes 1.65 s of the made-up clock. */
function play(columns?: number, env: Record<string, string> = {}) {
  const io = new FakeIo('/', columns);
  Object.assign(io.env, env);
  let nowMs = 0;
  const total = trials.length;
  const progress = createProgress(io, { estimatedMs: 198_000, now: () => nowMs });
  const widths: number[] = [];
  const send = (event: RunEvent) => {
    progress.onEvent(event);
    widths.push(...io.stderr.screen.split('\n').map((line) => line.length));
  };
  send({ kind: 'phase', name: 'build', text: 'go-net' });
  send({ kind: 'skipped', variant: 'rust', why: 'cargo is not installed' });
  for (const [i, trial] of trials.entries()) {
    const index = i + 1;
    const text = `thread-per-connection, keepalive-c512, block ${index} of 8`;
    send({ kind: 'trial-start', index, total, text });
    nowMs += SECONDS_PER_TRIAL * 1000;
    const remainingMs = (total - index) * SECONDS_PER_TRIAL * 1000;
    if (index === 30) {
      const text = `${trial.id}: ${failTrial(trial).reason} ${'and went on '.repeat(12)}`;
      send({ kind: 'note', level: 'warn', text });
    }
    send({ kind: 'trial-end', index, total, trial, remainingMs });
  }
  return { io, progress, widest: Math.max(...widths) };
}

describe('on a terminal', () => {
  it.each([80, 120, 40])('never reaches the last of %i columns', (columns) => {
    expect(play(columns).widest).toBeLessThan(columns);
  });

  it('shows which trial runs, how many there are and the time left, in one line', () => {
    const io = new FakeIo('/', 80);
    const progress = createProgress(io, { estimatedMs: 198_000, now: () => 0 });
    progress.onEvent({ kind: 'trial-start', index: 61, total: 120, text: 'go-net, keepalive-c64' });
    expect(io.stderr.screen).toBe('[=====     ]  60/120  3:18 left  go-net, keepalive-c64\n');
  });

  it('writes only when the run reports: no timer wakes inside a window', () => {
    vi.useFakeTimers();
    try {
      const { io } = play(80);
      const { length } = io.stderr.text;
      expect(vi.getTimerCount()).toBe(0);
      vi.advanceTimersByTime(60_000);
      expect(io.stderr.text).toHaveLength(length);
    } finally {
      vi.useRealTimers();
    }
  });

  it('keeps notes above the line and leaves nothing behind', () => {
    const { io, progress } = play(80);
    progress.end();
    const lines = io.stderr.screen.split('\n');
    expect(lines[0]).toBe('skipped: rust: cargo is not installed');
    expect(lines[1]).toMatch(/^warning: keepalive/);
    expect(lines.at(-1)).toBe('');
  });

  it('follows the width of the window', () => {
    const io = new FakeIo('/', 120);
    const progress = createProgress(io, { estimatedMs: 1000, now: () => 0 });
    const event = { kind: 'trial-start', index: 1, total: 2, text: 'x'.repeat(200) } as const;
    progress.onEvent(event);
    io.stderr.columns = 60;
    progress.onEvent(event);
    const [line, ...others] = io.stderr.screen.split('\n');
    expect(line).toHaveLength(59);
    expect(others).toEqual(['']);
  });

  it('loses no line of a text that is higher than the window', () => {
    const io = new FakeIo('/', 80);
    const progress = createProgress(io, { estimatedMs: 1000, now: () => 0 });
    progress.onEvent({ kind: 'trial-start', index: 1, total: 2, text: 'go-net' });
    progress.say(Array.from({ length: 60 }, (_, i) => `line ${i}`).join('\n'));
    expect(io.stderr.screen).toMatch(/^line 0\n/);
    expect(io.stderr.screen).toMatch(/\nline 59\n.*go-net\n$/);
  });
});

describe('without a terminal', () => {
  it('writes plain lines, about one in ten seconds', () => {
    const { io } = play();
    const lines = io.stderr.text.trimEnd().split('\n');
    expect(io.stderr.text).not.toContain('\r');
    expect(io.stderr.text).not.toContain('\u001b');
    expect(lines.slice(0, 3)).toEqual([
      'building go-net',
      'skipped: rust: cargo is not installed',
      '120 trials to go, about 3 min 18 s',
    ]);
    expect(lines.at(-1)).toBe('measured 120 of 120 trials');
    expect(lines.filter((line) => line.startsWith('measured'))).toHaveLength(18);
  });

  it('tells one of the many steps of evidence now and then', () => {
    const io = new FakeIo('/');
    let nowMs = 0;
    const progress = createProgress(io, { estimatedMs: 1000, now: () => nowMs });
    for (let step = 0; step < 100; step++) {
      progress.onEvent({ kind: 'phase', name: 'evidence', text: `step ${step}` });
      nowMs += 500;
    }
    const lines = io.stderr.text.trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    expect(lines[1]).toBe('gathering evidence: step 20');
  });

  it('gives the reason of a skipped variant once', () => {
    const io = new FakeIo('/');
    const progress = createProgress(io, { estimatedMs: 1000, now: () => 0 });
    progress.onEvent({ kind: 'note', level: 'warn', text: 'liar failed the check: wrong bytes' });
    progress.onEvent({
      kind: 'skipped',
      variant: 'liar',
      why: 'liar failed the check: wrong bytes',
    });
    progress.onEvent({ kind: 'skipped', variant: 'rust', why: 'cargo is not installed' });
    expect(io.stderr.text).toBe(
      'warning: liar failed the check: wrong bytes\nskipped: liar\nskipped: rust: cargo is not installed\n',
    );
  });

  it('is how a dumb terminal is treated', () => {
    expect(play(80, { TERM: 'dumb' }).io.stderr.text).not.toContain('\u001b');
  });
});
