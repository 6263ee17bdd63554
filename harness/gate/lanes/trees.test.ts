import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { repositoryRoot } from '../../root.js';
import { calm } from '../../run/testing.js';
import { makeTree, type TreeRequest } from './trees.js';

let base: string;
let repository: string;
const texts: string[] = [];

beforeEach(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'iomodels-trees-'));
  repository = path.join(base, 'repository');
  await mkdir(repository);
  git('init', '--quiet', '--initial-branch=main');
  await commit('one');
  texts.length = 0;
});
afterEach(() => rm(base, { recursive: true }));

function git(...args: string[]): string {
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', [...who, ...args], { cwd: repository, encoding: 'utf8' }).trim();
}

async function commit(text: string): Promise<string> {
  await write('file.txt', text);
  git('add', '--all');
  git('commit', '--quiet', '--message', text);
  return git('rev-parse', 'HEAD');
}

const write = (file: string, text: string) => writeFile(path.join(repository, file), text);
const tree = (ref: string | null, overrides: Partial<TreeRequest> = {}) =>
  makeTree({
    repository,
    ref,
    cache: path.join(base, 'cache'),
    root: repositoryRoot(),
    ...{ servers: [], signal: calm, onText: (text: string) => texts.push(text) },
    ...overrides,
  });
const content = (folder: string) => readFileSync(path.join(folder, 'file.txt'), 'utf8');

describe('a state of a repository', () => {
  it('is written into a folder of its own, whatever the working tree holds', async () => {
    const first = git('rev-parse', 'HEAD');
    await commit('two');
    await write('file.txt', 'three');
    const old = await tree('HEAD~1');
    expect(content(old.folder)).toBe('one');
    expect(old).toMatchObject({ ref: 'HEAD~1', commit: first, top: repository });
    expect(content(repository)).toBe('three');
  });

  it('of the working tree has what is not committed, and leaves the index alone', async () => {
    await write('file.txt', 'changed');
    await write('new.txt', 'new');
    await write('.gitignore', 'ignored.txt\n');
    await write('ignored.txt', 'no');
    const before = git('status', '--porcelain');
    const found = await tree(null);
    expect(found.commit).toBeNull();
    expect(content(found.folder)).toBe('changed');
    expect(existsSync(path.join(found.folder, 'new.txt'))).toBe(true);
    expect(existsSync(path.join(found.folder, 'ignored.txt'))).toBe(false);
    expect(git('status', '--porcelain')).toBe(before);
  });

  it('is made once for equal sources, under paths of one length', async () => {
    const [head, clean] = [await tree('HEAD'), await tree(null)];
    expect(clean).toMatchObject({ folder: head.folder, commit: head.commit });
    expect(texts).toHaveLength(1);
    await commit('two');
    expect((await tree('HEAD')).folder).toHaveLength(head.folder.length);
  });

  it('of this repository has a folder for each choice of servers', async () => {
    await write('package.json', '{"name":"iomodels"}');
    await write('binding.gyp', '{ "targets": [{ "target_name": "t", "type": "none" }] }');
    await commit('ours');
    const none = await tree('HEAD');
    const other = await tree('HEAD', { servers: ['b', 'a'] });
    expect(other.folder).not.toBe(none.folder);
    expect(await tree('HEAD', { servers: ['a', 'b'] })).toMatchObject({ folder: other.folder });
  });

  it('is made again when it was not finished', async () => {
    const { folder } = await tree('HEAD');
    await rm(path.join(folder, '.gate-tree.json'));
    await writeFile(path.join(folder, 'file.txt'), 'torn');
    await tree('HEAD');
    expect(texts).toHaveLength(2);
    expect(content(folder)).toBe('one');
  });

  it('makes room for itself: the oldest go, but for what another gate may use', async () => {
    const { folder } = await tree('HEAD');
    await commit('in use');
    const used = await tree('HEAD');
    const longAgo = new Date(Date.now() - 7_200_000);
    await utimes(folder, longAgo, longAgo);
    for (let i = 0; i < 6; i += 1) {
      await commit(`later ${i}`);
      await tree('HEAD');
    }
    expect(existsSync(folder)).toBe(false);
    expect(existsSync(used.folder)).toBe(true);
    expect(await readdir(path.join(base, 'cache'))).toHaveLength(7);
  });
});

describe('what cannot be had', () => {
  it.each(['nowhere', '--all', 'HEAD:file.txt'])('%s is no commit', async (ref) => {
    await expect(tree(ref)).rejects.toMatchObject({
      message: expect.stringContaining(`there is no commit ${ref}`),
      exitCode: 3,
    });
  });

  it('is an earlier state of a folder without git', async () => {
    await expect(tree('HEAD', { repository: base })).rejects.toMatchObject({
      message: expect.stringContaining('is in no git repository'),
      exitCode: 3,
    });
  });

  it('is a state whose servers do not build, and says what the build said', async () => {
    await write('package.json', '{"name":"iomodels"}');
    await write('binding.gyp', '{ broken');
    await mkdir(path.join(repository, 'servers', 'mine'), { recursive: true });
    await write('servers/mine/variant.json', '{"launch":{"native":"mine"}}');
    await write('servers/mine/model.cc', 'int main() {}\n');
    await commit('broken');
    await expect(tree('HEAD', { servers: ['mine'] })).rejects.toMatchObject({
      message: expect.stringContaining('the native servers of HEAD do not build'),
      exitCode: 3,
      output: expect.stringMatching(/\S/),
    });
  });
});
