import { describe, expect, it } from 'vitest';
import { obstacle } from './limits.js';
import { makeMachine } from './testing.js';

describe('obstacle', () => {
  it('is null exactly from connections + 64 open files on', () => {
    expect(obstacle(512, [], makeMachine({ openFiles: 576 }))).toBeNull();
    const found = obstacle(512, [], makeMachine({ openFiles: 575 }));
    expect(found?.what).toBe('512 connections need 576 open files; `ulimit -n` allows 575');
    expect(found?.remedy).toContain('`ulimit -n 576`');
  });

  it('wants a local port for each connection', () => {
    expect(obstacle(100, [], makeMachine({ ephemeralPorts: 100 }))).toBeNull();
    const found = obstacle(101, [], makeMachine({ ephemeralPorts: 100 }));
    expect(found?.remedy).toContain('ip_local_port_range');
  });

  it('counts threads only for variants that start one per connection', () => {
    const threadLimits = [
      { name: 'kernel.threads-max', value: 9000, remedy: 'set it to N' },
      { name: 'pids.max of the cgroup', value: 500, remedy: 'docker: --pids-limit N' },
    ];
    const machine = makeMachine({ threadLimits });
    expect(obstacle(512, [], machine)).toBeNull();
    expect(obstacle(436, ['threads'], machine)).toBeNull();
    expect(obstacle(437, ['threads'], machine)).toEqual({
      what: 'threads would need 501 threads; pids.max of the cgroup allows 500',
      remedy: expect.stringContaining('docker: --pids-limit 501'),
    });
  });

  it('enforces no limit that is unknown', () => {
    const machine = makeMachine({ openFiles: null, ephemeralPorts: null, threadLimits: [] });
    expect(obstacle(60_000, ['threads'], machine)).toBeNull();
  });
});
