import { describe, expect, it } from 'vitest';
import { UserError } from '../errors.js';
import { choosePlacement, parseCpus } from './placement.js';
import { makeMachine } from './testing.js';

function machine(allowedCpus: readonly number[], cores: readonly (readonly number[])[] = []) {
  const coreMates = new Map(cores.flatMap((core) => core.map((cpu) => [cpu, core] as const)));
  return makeMachine({ allowedCpus, coreMates });
}

function errorOf(text: string, allowed = [0, 1, 2, 3]): UserError {
  try {
    choosePlacement(text, machine(allowed));
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

describe('the default placement', () => {
  it('gives the server the first CPU and the client the others', () => {
    expect(choosePlacement(undefined, machine([0, 1]))).toEqual({
      placement: { serverCpus: [0], clientCpus: [1] },
      notes: [],
    });
    expect(choosePlacement(undefined, machine([2, 5, 7])).placement).toEqual({
      serverCpus: [2],
      clientCpus: [5, 7],
    });
  });

  it("keeps the client off the server's core when there is another", () => {
    const cores = [
      [0, 1],
      [2, 3],
    ];
    const { placement, notes } = choosePlacement(undefined, machine([0, 1, 2, 3], cores));
    expect(placement).toEqual({ serverCpus: [0], clientCpus: [2, 3] });
    expect(notes).toEqual([]);
  });

  it('leaves the core of CPU 0 to the system when there are three or more', () => {
    const cores = [
      [0, 4],
      [1, 5],
      [2, 6],
      [3, 7],
    ];
    const { placement } = choosePlacement(undefined, machine([0, 1, 2, 3, 4, 5, 6, 7], cores));
    expect(placement).toEqual({ serverCpus: [1], clientCpus: [2, 3, 6, 7] });
    expect(choosePlacement(undefined, machine([0, 1, 2])).placement).toEqual({
      serverCpus: [1],
      clientCpus: [2],
    });
  });

  it('gives the client four CPUs at most, and the server none that shares its core', () => {
    const many = Array.from({ length: 16 }, (_, cpu) => cpu);
    expect(choosePlacement(undefined, machine(many)).placement.clientCpus).toEqual([2, 3, 4, 5]);
    const cores = [
      [0, 1],
      [2, 3],
    ];
    const { placement } = choosePlacement('client=0', machine([0, 1, 2, 3], cores));
    expect(placement.serverCpus).toEqual([2]);
  });

  it('says so when both are threads of one core', () => {
    const { placement, notes } = choosePlacement(undefined, machine([0, 1], [[0, 1]]));
    expect(placement).toEqual({ serverCpus: [0], clientCpus: [1] });
    expect(notes.map(({ level }) => level)).toEqual(['info']);
  });

  it('warns when there is one CPU for both', () => {
    const { placement, notes } = choosePlacement(undefined, machine([3]));
    expect(placement).toEqual({ serverCpus: [3], clientCpus: [3] });
    expect(notes).toMatchObject([{ level: 'warn', text: expect.stringContaining('share CPU 3') }]);
  });
});

describe('--cpus', () => {
  it.each([
    ['server=0,client=1', [0], [1]],
    ['client=1,server=0', [0], [1]],
    ['server=0,1,client=2', [0, 1], [2]],
    ['server=0-1,client=2,3', [0, 1], [2, 3]],
    ['server=0-1,3,client=2', [0, 1, 3], [2]],
    [' server = 0 , client = 1 ', [0], [1]],
  ])('%s', (text, serverCpus, clientCpus) => {
    expect(choosePlacement(text, machine([0, 1, 2, 3])).placement).toEqual({
      serverCpus,
      clientCpus,
    });
  });

  it('fills in the side that is not named', () => {
    const facts = machine([0, 1, 2]);
    expect(choosePlacement('server=1', facts).placement.clientCpus).toEqual([2]);
    expect(choosePlacement('server=1,2', facts).placement.clientCpus).toEqual([0]);
    expect(choosePlacement('client=0', facts).placement.serverCpus).toEqual([1]);
    expect(parseCpus('server=1')).toEqual({ server: [1] });
  });

  it('warns about an overlap, and does what was asked', () => {
    const { placement, notes } = choosePlacement('server=0-1,client=1', machine([0, 1]));
    expect(placement).toEqual({ serverCpus: [0, 1], clientCpus: [1] });
    expect(notes).toMatchObject([{ level: 'warn' }]);
  });

  it.each([
    ['0,1', 'whose CPU 0 is'],
    ['serer=0', 'did you mean server?'],
    ['=0', 'sides are server and client'],
    ['server=', 'no list of CPUs'],
    ['server=0,,client=1', 'no list of CPUs'],
    ['server=1-0', 'no list of CPUs'],
    ['server=a', 'no list of CPUs'],
    ['server=-1', 'no list of CPUs'],
    ['server=0-999999999', 'no list of CPUs'],
    ['server=0,client=1,server=2', 'names server twice'],
    ['server=0,client=9', 'asks for CPU 9; this process may use 0,1,2,3'],
    ['', 'whose CPU'],
  ])('refuses %j', (text, message) => {
    const error = errorOf(text);
    expect(error.message).toContain(message);
    expect(error.exitCode).toBe(2);
    expect(error.remedy).not.toBe('');
  });
});
