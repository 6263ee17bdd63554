import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { gateFile } from '../testing.js';
import { readAccept, readConfig, writeGate } from './files.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'iomodels-gate-files-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('writes every form, and adds to the summary of a GitHub job', async () => {
  const summaryFile = path.join(folder, 'summary.md');
  await writeFile(summaryFile, 'before\n');
  const renderPage = async () => '<!doctype html>';
  const page = await writeGate(path.join(folder, 'run'), gateFile(), { renderPage, summaryFile });
  const read = (file: string) => readFile(path.join(folder, 'run', file), 'utf8');
  expect(JSON.parse(await read('gate.json'))).toEqual(gateFile());
  const markdown = await read('gate.md');
  expect(await readFile(summaryFile, 'utf8')).toBe(`before\n${markdown}`);
  expect(await read('gate.xml')).toMatch(/^<\?xml/);
  expect(await readFile(page, 'utf8')).toBe('<!doctype html>');
});

it('asks for accepted losses only where they were named, and for a configuration always', async () => {
  expect(await readAccept(undefined, folder)).toEqual([]);
  const named = path.join(folder, 'losses.json');
  await expect(readAccept(named, folder)).rejects.toThrow(`there is no ${named}`);
  await expect(readConfig(undefined, folder)).rejects.toThrow('there is no');
});

it('names a file that cannot be read or written', async () => {
  await expect(readConfig(folder, folder)).rejects.toThrow(`cannot read ${folder}`);
  const blocked = path.join(folder, 'file');
  await writeFile(blocked, '');
  const publishing = { renderPage: async () => '', summaryFile: undefined };
  await expect(writeGate(blocked, gateFile(), publishing)).rejects.toThrow('cannot write');
});
