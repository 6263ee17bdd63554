import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildServers, nativeStep, nodePrefix } from './native.mjs';
import type { System } from './system.mjs';
import { pretend, repository, type Scratch, scratch, script, smallRepository } from './testing.js';

let home: Scratch;
beforeEach(() => {
  home = scratch();
});
afterEach(() => home.remove());

const at = (file: string) => path.join(home.folder, file);
const answer = () => execFileSync(at('build/Release/first'), { encoding: 'utf8' });

describe('the native build', { timeout: 60_000 }, () => {
  it('builds a variant by its folder alone, and is then fresh until an input changes', async () => {
    smallRepository(home);
    const step = nativeStep(pretend(home.folder));
    expect(step.isFresh()).toBe(false);
    await step.run();
    expect(answer()).toBe('42');
    expect(existsSync(at('build/Release/other'))).toBe(false);
    expect(step.isFresh()).toBe(true);

    home.write('native/core/core.cc', 'int answer() { return 7; }\n');
    expect(step.isFresh()).toBe(false);
    const untouched = statSync(at('build/Release/obj.target/first/servers/first/model.o')).mtimeMs;
    await step.run();
    expect(answer()).toBe('7');
    const after = statSync(at('build/Release/obj.target/first/servers/first/model.o')).mtimeMs;
    expect(after).toBe(untouched);
  });

  it('heals an interrupted build with torn objects', async () => {
    smallRepository(home);
    const step = nativeStep(pretend(home.folder));
    await step.run();
    // What a killed compiler leaves: an object that is newer than its source and is no object.
    truncateSync(at('build/Release/obj.target/first/servers/first/model.o'), 10);
    rmSync(at('build/Release/first'));
    const stamp = readFileSync(at('build/.iomodels-Release.json'), 'utf8');
    home.write('build/.iomodels-Release.json', stamp.replace('"done"', '"building"'));
    expect(step.isFresh()).toBe(false);
    await step.run();
    expect(answer()).toBe('42');
  });

  it('is stale when an output is gone or the tools changed', async () => {
    smallRepository(home);
    const system = pretend(home.folder);
    await nativeStep(system).run();
    const older = { ...system, nodeVersion: 'v20.19.0' };
    expect(nativeStep(older).isFresh()).toBe(false);
    script(home, 'bin/c++', 'echo other compiler 1.0');
    const other = { ...system, env: { ...system.env, PATH: `${at('bin')}:${system.env.PATH}` } };
    expect(nativeStep(other).isFresh()).toBe(false);
    const flags = { ...system, env: { ...system.env, CXXFLAGS: '-O0' } };
    expect(nativeStep(flags).isFresh()).toBe(false);
    const none = { ...system, env: { ...system.env, PATH: '/nowhere' } };
    expect(nativeStep(none).isFresh()).toBe(true);
    rmSync(at('build/Release/first'));
    expect(nativeStep(system).isFresh()).toBe(false);
  });

  it('says what the compiler said, and builds once the source is corrected', async () => {
    smallRepository(home);
    home.write('servers/first/model.cc', 'int main() { return undeclared; }\n');
    const step = nativeStep(pretend(home.folder));
    await expect(step.run()).rejects.toMatchObject({
      message: expect.stringContaining('failed with status'),
      output: expect.stringContaining('undeclared'),
    });
    expect(step.isFresh()).toBe(false);
    home.write('servers/first/model.cc', 'int main() { return 0; }\n');
    await step.run();
    expect(answer()).toBe('');
  });

  it('builds the servers alone, without a note that would make them look complete', async () => {
    smallRepository(home);
    await buildServers(pretend(home.folder), ['first']);
    expect(answer()).toBe('42');
    expect(nativeStep(pretend(home.folder)).isFresh()).toBe(false);
  });

  it('builds the servers that are named, and passes over what is not there', async () => {
    smallRepository(home);
    home.write('servers/second/variant.json', '{"launch":{"native":"second"}}');
    home.write('servers/second/model.cc', 'int main() { return 0; }\n');
    await buildServers(pretend(home.folder), ['second', 'third']);
    expect(existsSync(at('build/Release/second'))).toBe(true);
    expect(existsSync(at('build/Release/first'))).toBe(false);
  });

  it('gives a checkout that needs other packages than its linked ones its own', async () => {
    smallRepository(home);
    const gyp = readFileSync(at('binding.gyp'), 'utf8');
    const asks = `'variables': { 'x': '<!(node -p "require(\\'gone\\').x")' }, 'includes'`;
    home.write('binding.gyp', gyp.replace("'includes'", asks));
    script(
      home,
      'bin/npm',
      `echo "$@" > ${at('log')}; mkdir -p node_modules/gone
       echo 'exports.x = 1' > node_modules/gone/index.js
       ln -s ${repository}/node_modules/node-gyp node_modules/node-gyp`,
    );
    const { npm_execpath: _, ...env } = process.env;
    const PATH = `${at('bin')}:${env.PATH}`;
    await buildServers(pretend(home.folder, { env: { ...env, PATH } }), ['first']);
    expect(answer()).toBe('42');
    expect(readFileSync(at('log'), 'utf8')).toContain('--omit=dev');
    expect(existsSync(path.join(repository, 'node_modules/node-gyp'))).toBe(true);
  });

  it('installs nothing for a binding.gyp that is wrong with the same packages', async () => {
    smallRepository(home);
    const lock = readFileSync(path.join(repository, 'package-lock.json'), 'utf8');
    home.write('package-lock.json', lock);
    home.write('binding.gyp', '{ not gyp');
    const asked = buildServers(pretend(home.folder), ['first']);
    await expect(asked).rejects.toMatchObject({ remedy: expect.stringContaining('binding.gyp') });
    expect(existsSync(at('node_modules/node-gyp'))).toBe(true);
  });

  describe('of another checkout', () => {
    let other: Scratch;
    beforeEach(() => {
      other = scratch();
      smallRepository(other);
      smallRepository(home);
    });
    afterEach(() => other.remove());
    const copyInto = (changes: Partial<System> = {}) =>
      buildServers(pretend(home.folder, changes), ['first'], other.folder);
    const inode = (root: string) => statSync(path.join(root, 'build/Release/first')).ino;

    it('copies the servers where a finished build has equal sources', async () => {
      await nativeStep(pretend(other.folder)).run();
      await copyInto();
      expect(answer()).toBe('42');
      expect(existsSync(at('build/Release/obj.target'))).toBe(false);
      expect(inode(home.folder)).not.toBe(inode(other.folder));
    });

    it('builds them where a source differs', async () => {
      home.write('native/core/core.cc', 'int answer() { return 7; }\n');
      await nativeStep(pretend(other.folder)).run();
      await copyInto();
      expect(answer()).toBe('7');
    });

    it('builds them where the other build was made with other flags', async () => {
      const CXXFLAGS = '-O0';
      const env = { ...pretend(other.folder).env, CXXFLAGS };
      await nativeStep(pretend(other.folder, { env })).run();
      await copyInto();
      expect(existsSync(at('build/Release/obj.target'))).toBe(true);
    });

    it('builds them where the other build is not complete', async () => {
      await nativeStep(pretend(other.folder)).run();
      rmSync(path.join(other.folder, 'build/Release/first'));
      await copyInto();
      expect(answer()).toBe('42');
    });
  });

  it('builds another configuration next to Release', async () => {
    smallRepository(home);
    await nativeStep(pretend(home.folder), 'Other').run();
    expect(existsSync(at('build/Other/first'))).toBe(true);
    expect(existsSync(at('build/Release/first'))).toBe(false);
  });
});

describe('nodePrefix', () => {
  const header = (major: number) =>
    home.write('node/include/node/node_version.h', `#define NODE_MAJOR_VERSION ${major}\n`);
  const system = { env: {}, execPath: '', nodeVersion: 'v20.19.0' };

  it('finds the headers of the running Node', () => {
    home.write('node/include/node/node.h', '');
    header(20);
    home.write('node/bin/node', '');
    const execPath = at('node/bin/node');
    expect(nodePrefix({ ...system, execPath })).toBe(at('node'));
  });

  it('prefers npm_config_nodedir', () => {
    home.write('node/include/node/node.h', '');
    header(20);
    const env = { npm_config_nodedir: at('node') };
    expect(nodePrefix({ ...system, env, execPath: process.execPath })).toBe(at('node'));
  });

  it('says how to get them when they are missing', () => {
    home.write('node/bin/node', '');
    const find = () => nodePrefix({ ...system, execPath: at('node/bin/node') });
    expect(find).toThrow(`no include/node/node.h in ${at('node')}`);
    expect(find).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining('libnode-dev') }),
    );
  });

  it('refuses those of another Node', () => {
    home.write('node/include/node/node.h', '');
    header(18);
    const env = { npm_config_nodedir: at('node') };
    const find = () => nodePrefix({ ...system, env, execPath: process.execPath });
    expect(find).toThrow('of Node 18, and this is v20.19.0');
  });
});
