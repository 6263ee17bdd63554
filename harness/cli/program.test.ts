import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { repositoryRoot } from '../root.js';
import { FakeRepository } from './testing.js';

let repository: FakeRepository;
beforeEach(async () => {
  repository = await FakeRepository.create();
});
afterEach(() => repository.remove());

const NPM = { IOMODELS_COMMAND: 'npm run compare --' };

describe('help', () => {
  it('of the program names the commands', async () => {
    const { code, stdout, stderr } = await repository.cli(['--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/compare .*\n *report /);
    expect(stderr).toBe('');
  });

  it('is what an empty command line gets, as an error', async () => {
    const { code, stdout, stderr } = await repository.cli([]);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('Usage: iomodels <command>');
  });

  it('of compare shows options, profiles and examples as they are typed, in 80 columns', async () => {
    const { code, stdout } = await repository.cli(['compare', '--help'], { env: NPM });
    expect(code).toBe(0);
    expect(stdout).toMatchSnapshot();
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('of report says what it takes', async () => {
    const { code, stdout } = await repository.cli(['report', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('latest');
  });
});

describe('wrong arguments', () => {
  it.each([
    [['comprae'], 'there is no command comprae', 'did you mean compare?'],
    [['--frob'], 'there is no option --frob', '--help'],
    [['compare', '--windo', '3'], 'there is no option --windo', 'did you mean --window?'],
    [['compare', '--frob'], 'there is no option --frob', '--variants, '],
    [['compare', '--blocks'], "'--blocks <n>' argument missing", 'npm run compare -- --help'],
    [['compare', '8'], 'too many arguments: 8', 'npm run compare -- --blocks 8'],
    [['compare', '--blocks', '0'], '--blocks cannot be "0"', 'from 1 to 1000'],
    [['compare', '--connections', '0'], '--connections cannot be "0"', 'from 1 to'],
    [['compare', '--pipeline', 'x'], '--pipeline cannot be "x"', 'from 1 to 64'],
    [['compare', '--window', '1h'], '--window cannot be "1h"', '1.5s'],
    [['compare', '--precision', '0.1%'], '--precision cannot be "0.1%"', 'from 0.5% to 50%'],
    [['compare', '--warmup', '-1'], '--warmup', ''],
    [['compare', '--variants', 'go-nte'], 'there is no variant go-nte', 'did you mean go-net?'],
    [['compare', '--workloads', 'keepalvie'], 'there is no workload', 'did you mean keepalive?'],
    [['compare', '--profile', 'smok'], 'there is no profile smok', 'did you mean smoke?'],
    [['compare', '--client', 'ab'], 'there is no client ab', 'native, autocannon'],
    [['compare', '--slo', '5'], '--slo says nothing without --sweep', 'add --sweep'],
    [['compare', '--sweep', '--slo', 'x'], '--slo cannot be "x"', 'for example 1,5'],
    [['compare', '--sweep', '--client', 'wrk'], 'only the native client', 'leave out --client'],
    [['compare', '--cpus', 'server=7'], 'asks for CPU 7', 'choose among 0,1'],
    [['compare', '--seed', 'a b'], '--seed cannot be "a b"', 'letters'],
    [['compare', '--variant-dir', 'nowhere'], 'cannot read', 'a folder that exists'],
    [['report', '20260101-000000-0000'], 'there is no run in', 'npm run compare'],
  ])('%j', async (argv, message, remedy) => {
    const { code, stdout, stderr } = await repository.cli(argv, { env: NPM });
    expect(code).toBe(2);
    expect(stdout).toBe('');
    const [first = '', second = ''] = stderr.split('\n');
    expect(first).toMatch(/^error: /);
    expect(first).toContain(message);
    expect(second).toMatch(/^ {2}what to do: ./);
    expect(second).toContain(remedy);
    expect(repository.input).toBeUndefined();
  });

  it('tells when npm kept an option for itself', async () => {
    const env = { ...NPM, npm_lifecycle_event: 'compare', npm_config_blocks: '8' };
    const { code, stderr } = await repository.cli(['compare'], { env });
    expect(code).toBe(2);
    expect(stderr).toContain('npm kept --blocks for itself');
    expect(stderr).toContain('npm run compare -- --blocks 8');
    const other = await repository.cli(['compare'], { env: { npm_config_blocks: '8' } });
    expect(other.code).toBe(0);
  });
});

const MAIN = path.join(repositoryRoot(), 'dist', 'harness', 'cli', 'main.js');

// `npm test` compiles before it runs this.
describe.skipIf(!existsSync(MAIN))('the compiled program', () => {
  function spawn(...argv: string[]) {
    return spawnSync(process.execPath, [MAIN, ...argv], { encoding: 'utf8' });
  }

  it('prints its help and exits with 0', () => {
    const { status, stdout, stderr } = spawn('compare', '--help');
    expect(stderr).toBe('');
    expect(stdout).toContain('--variants <names>');
    expect(status).toBe(0);
  });

  it('exits with 2 for a wrong option', () => {
    const { status, stdout, stderr } = spawn('compare', '--windo', '3');
    expect(stdout).toBe('');
    expect(stderr).toContain('error: there is no option --windo\n');
    expect(status).toBe(2);
  });
});
