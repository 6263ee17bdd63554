import net from 'node:net';
import { expect, test } from 'vitest';
import {
  type MachineState,
  machineDeltas,
  NO_TICK,
  parseNetCounters,
  parsePressureTotal,
  parseSwitches,
  parseTimeWaits,
  readMachineState,
} from './machine-state.js';
import { known, unknown } from './reading.js';

test('the files of the machine', () => {
  const pressure = 'some avg10=3.39 avg60=4.77 avg300=16.45 total=3034\nfull avg10=0.00 total=9\n';
  expect(parsePressureTotal(pressure)).toBe(3034);
  expect(parsePressureTotal('')).toBeNull();
  expect(parseTimeWaits('sockets: used 16\nTCP: inuse 1 orphan 0 tw 1573 alloc 1 mem 2\n')).toBe(
    1573,
  );
  expect(parseSwitches('cpu 1\nctxt 77\n')).toBe(77);
});

test('network counters: names of one line, values of the next', () => {
  const text = 'TcpExt: TW ListenDrops\nTcpExt: 5 7\nIpExt: InOctets\nIpExt: 9\n';
  expect(parseNetCounters(text)).toEqual(
    new Map([
      ['TcpExt.TW', 5],
      ['TcpExt.ListenDrops', 7],
      ['IpExt.InOctets', 9],
    ]),
  );
  expect(parseNetCounters('')).toBeNull();
});

const ticks = (steal: number, idle: number, softirq = 0) => ({
  user: 0,
  nice: 0,
  system: 0,
  iowait: 0,
  irq: 0,
  steal,
  idle,
  softirq,
});

function stateOf(overrides: Partial<MachineState>): MachineState {
  return {
    ticks: known(
      new Map([
        [0, ticks(1, 100)],
        [1, ticks(0, 100)],
      ]),
    ),
    pressureUs: known(100),
    throttling: known({ count: 2, source: 'cpu.stat of /x' }),
    net: known(new Map([['TcpExt.ListenDrops', 4]])),
    timeWaits: known(10),
    kernelThreads: known(new Map([[2, { ns: 7000, cpu: 1 }]])),
    switches: known(1000),
    guest: true,
    ...overrides,
  };
}

test('differences, levels, and what this kernel does not have', () => {
  const last = stateOf({
    ticks: known(
      new Map([
        [0, ticks(11, 180, 10)],
        [1, ticks(0, 200)],
      ]),
    ),
    pressureUs: known(350),
    throttling: known({ count: 5, source: 'cpu.stat of /x' }),
    net: known(new Map([['TcpExt.ListenDrops', 6]])),
    timeWaits: known(12),
    kernelThreads: known(new Map([[2, { ns: 12_000, cpu: 1 }]])),
    switches: known(1500),
  });
  const deltas = machineDeltas(stateOf({}), last, [0, 1]);
  const values = Object.fromEntries(Object.entries(deltas).map(([key, { value }]) => [key, value]));
  expect(values).toMatchObject({
    steal_percent: 5,
    kernel_threads_us: 5,
    cpu0_steal_percent: 10,
    cpu1_steal_percent: 0,
    cpu0_softirq_percent: 10,
    psi_cpu_some_us: 250,
    cgroup_throttled: 3,
    listen_drops: 2,
    time_wait_sockets: 12,
    machine_switches: 500,
    listen_overflows: null,
  });
  expect(deltas.listen_overflows?.why).toContain('TcpExt.ListenOverflows');
});

test('steal that was never reported is unknown in a guest, and 0 on bare metal', () => {
  const none = (idle: number) => known(new Map([[0, ticks(0, idle)]]));
  const steal = (guest: boolean | null) =>
    machineDeltas(stateOf({ ticks: none(0), guest }), stateOf({ ticks: none(100), guest }), [0])
      .steal_percent;
  expect(steal(true)).toMatchObject({
    value: null,
    why: expect.stringContaining('may not report'),
  });
  expect(steal(null)).toMatchObject({ value: null });
  expect(steal(false)).toMatchObject({ value: 0, quality: 'sampled' });
});

test('two readings without a tick between them, a missing CPU and a missing file', () => {
  const same = stateOf({});
  expect(machineDeltas(same, same, [0]).steal_percent).toMatchObject({ value: null, why: NO_TICK });
  expect(machineDeltas(same, same, [9]).softirq_percent).toMatchObject({ value: null });
  const blind = stateOf({ pressureUs: unknown('EOPNOTSUPP') });
  expect(machineDeltas(blind, same, [0]).psi_cpu_some_us).toMatchObject({
    value: null,
    why: 'EOPNOTSUPP',
  });
});

test('live: connections that this process makes and drops are seen', async () => {
  const before = readMachineState(process.pid);
  const server = net.createServer((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const socket = net.connect(port, '127.0.0.1').resume();
  await new Promise((resolve) => socket.once('close', resolve));
  await new Promise((resolve) => server.close(resolve));
  const after = readMachineState(process.pid);
  expect(after.net).toMatchObject({ ok: true });
  const deltas = machineDeltas(before, after, [0]);
  expect(deltas.listen_drops?.quality).toBe('exact');
  expect(deltas.tcp_retransmits?.value).toBeGreaterThanOrEqual(0);
  expect(deltas.machine_switches?.value).toBeGreaterThan(0);
  expect(deltas.time_wait_sockets?.value).toBeGreaterThan(0);
});
