import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../errors.js';
import { repositoryRoot } from '../root.js';
import { discoverVariants } from './discover.js';

let base: string;
beforeEach(async () => {
  base = await mkdtemp(path.join(os.tmpdir(), 'iomodels-discover-'));
});
afterEach(() => rm(base, { recursive: true }));

const GOOD = {
  name: 'good',
  title: 'Good',
  model: 'callback-epoll',
  summary: 'A server.',
  launch: { native: 'good' },
  serves: { modes: ['http'], targets: ['/'] },
  threadsPerCpu: 1,
};

async function put(folder: string, content: object | string): Promise<string> {
  const at = path.join(base, folder);
  await mkdir(at, { recursive: true });
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  await writeFile(path.join(at, 'variant.json'), text);
  return at;
}

async function refusal(folders: readonly string[]): Promise<UserError> {
  const error: unknown = await discoverVariants(folders).then(
    () => new Error('nothing was refused'),
    (reason: unknown) => reason,
  );
  if (error instanceof UserError) return error;
  throw error;
}

describe('discoverVariants', () => {
  it('finds the variants of this repository', async () => {
    const servers = path.join(repositoryRoot(), 'servers');
    const variants = await discoverVariants([servers]);
    expect(variants.map(({ name }) => name)).toContain('go-net');
    for (const { folder, name } of variants) expect(folder).toBe(path.join(servers, name));
  });

  it('takes folders of variants and variants, by name, and ignores other folders and files', async () => {
    await put('servers/b', { ...GOOD, name: 'b' });
    await put('servers/a', { ...GOOD, name: 'a' });
    await mkdir(path.join(base, 'servers/notes'));
    await writeFile(path.join(base, 'servers/README.md'), '');
    const own = await put('elsewhere/c', { ...GOOD, name: 'c' });
    await symlink(own, path.join(base, 'servers/c'));
    const servers = path.join(base, 'servers');
    const found = await discoverVariants([servers, path.join(base, 'servers/b')]);
    expect(found.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(found[0]?.needs).toEqual([]);
    expect((await discoverVariants([own])).map(({ folder }) => folder)).toEqual([own]);
  });

  it('refuses a folder without any variant, or that is not there', async () => {
    expect((await refusal([base])).message).toContain(`no variant.json in ${base}`);
    const missing = path.join(base, 'missing');
    expect((await refusal([missing])).message).toContain(`cannot read ${missing}`);
  });

  it('refuses two variants of one name', async () => {
    const one = await put('x/good', GOOD);
    const two = await put('y/good', GOOD);
    const { message } = await refusal([one, two]);
    expect(message).toBe(`two variants are named good: ${one} and ${two}`);
  });

  it('refuses a name that is not the name of the folder', async () => {
    const { message, exitCode } = await refusal([await put('other', GOOD)]);
    expect(message).toContain('name is good, and its folder is other');
    expect(exitCode).toBe(2);
  });
});
