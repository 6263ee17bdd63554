import { describe, expect, it } from 'vitest';
import { calm, cpusForTests, fixtureBuilt, LIMITS } from '../../run/testing.js';
import { Interrupted } from '../../server/wait.js';
import { type CountAsk, countTrial } from './count-trial.js';

const ask = (name: string, overrides: Partial<CountAsk> = {}, ...flags: string[]) =>
  countTrial({
    built: fixtureBuilt(name, ...flags),
    args: [],
    cpus: cpusForTests().serverCpus,
    workload: 'keepalive' as const,
    requests: 300,
    limits: LIMITS,
    signal: calm,
    ...overrides,
  });

describe('a count trial', () => {
  it('counts exactly the requests that were asked, warm-up left out', async () => {
    const reading = await ask('good');
    if (!reading.ok) throw new Error(reading.why);
    expect(reading.server.requests).toMatchObject({ value: 300, quality: 'exact' });
    expect(reading.server.voluntary_switches?.value).toBeGreaterThanOrEqual(0);
    expect(reading.server.syscalls).toMatchObject({
      value: null,
      why: expect.stringContaining('not'),
    });
  });

  it('takes switches from /proc for a server that does not tell them', async () => {
    const reading = await ask('lacks-rusage');
    if (!reading.ok) throw new Error(reading.why);
    expect(reading.server.voluntary_switches).toMatchObject({ value: expect.any(Number) });
  });

  it.each([
    ['wrong-byte', /answered a request with other bytes/],
    ['adds-bytes', /answered a request with other bytes/],
    ['miscounts', /answered 300 requests and counted/],
    ['exits-at-start', /ended with exit status/],
    ['crashes-at-stop', /after SIGTERM/],
  ])('tells a fault of the server: %s', async (name, why) => {
    expect(await ask(name)).toEqual({ ok: false, why: expect.stringMatching(why) });
  });

  it('tells a death in the middle', async () => {
    const reading = await ask('dies', {}, '--die-after', '150');
    expect(reading).toEqual({ ok: false, why: expect.stringContaining('while it was measured') });
  });

  it('ends when it is interrupted', async () => {
    const controller = new AbortController();
    const trial = ask('good', { requests: 1_000_000, signal: controller.signal });
    controller.abort();
    await expect(trial).rejects.toBeInstanceOf(Interrupted);
  });
});
