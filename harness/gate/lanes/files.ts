/** The files that a gate reads and writes. All paths are absolute. */
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isSystemError } from '../../probe/reading.js';
import { ACCEPT_FILE, type Acceptance, parseAccept } from '../accept.js';
import { parseBaseline } from '../baseline.js';
import { CONFIG_FILE, type GateConfig, parseConfig } from '../config.js';
import type { Stored } from '../decide.js';
import { renderJunit, renderMarkdown } from '../outputs.js';
import { refusal } from '../parse.js';
import { parseQualification, type Qualification } from '../qualification.js';
import type { GateFile } from '../schema.js';

/** The text of a file; null when it is not there, unless it must be. Rejects with UserError. */
async function textOf(file: string, mustExist: boolean): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code !== 'ENOENT') {
      throw refusal(`cannot read ${file}: ${error.message}`, 'make it a file that can be read');
    }
    if (!mustExist) return null;
    throw refusal(`there is no ${file}`, 'name a file that exists');
  }
}

/** The file that was named, or the one in the repository's root. */
export async function readConfig(asked: string | undefined, root: string): Promise<GateConfig> {
  const file = asked ?? path.join(root, CONFIG_FILE);
  return parseConfig((await textOf(file, true)) ?? '', file);
}

/** The file that was named, or the one in the repository's root, if it is there. */
export async function readAccept(asked: string | undefined, root: string): Promise<Acceptance[]> {
  const file = asked ?? path.join(root, ACCEPT_FILE);
  const text = await textOf(file, asked !== undefined);
  return text === null ? [] : parseAccept(text, file, new Date());
}

/** Committed: stored baselines and qualifications, by machine class. */
export function baselinesFolder(root: string): string {
  return path.join(root, 'reports', 'baselines');
}

export function qualificationFile(folder: string, machineClass: string): string {
  return path.join(folder, `qualification-${machineClass}.json`);
}

/** null: the machine class has none. */
export async function readQualification(
  root: string,
  machineClass: string,
): Promise<Qualification | null> {
  const file = qualificationFile(baselinesFolder(root), machineClass);
  const text = await textOf(file, false);
  return text === null ? null : parseQualification(text, file);
}

/** The baseline that a run is compared with or added to; the usual one where none was named. */
export async function readStored(
  asked: string | undefined,
  root: string,
  machineClass: string,
  mayBeNew: boolean,
): Promise<Stored> {
  const file = asked ?? path.join(baselinesFolder(root), `${machineClass}.json`);
  const text = await textOf(file, !mayBeNew);
  const baseline = text === null ? null : parseBaseline(text, file);
  if (baseline === null || baseline.machineClass === machineClass) return { file, baseline };
  throw refusal(
    `${file} is of machines ${baseline.machineClass}, and this is ${machineClass}`,
    'numbers of one machine class say nothing about another: write a baseline here (--write-baseline)',
  );
}

export async function writeJson(file: string, value: unknown): Promise<void> {
  await writeText(file, `${JSON.stringify(value, null, 2)}\n`);
}

async function writeText(file: string, text: string): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw refusal(`cannot write ${file}: ${error.message}`, 'make room or make it writable');
  }
}

/** How to make the page of a gate run, and where else its findings go. */
export interface Publishing {
  readonly renderPage: (file: GateFile) => Promise<string>;
  /** The summary of a GitHub job, which the Markdown is added to; undefined or empty: none. */
  readonly summaryFile: string | undefined;
}

/** Writes every form into the folder; resolves with the path of the page. */
export async function writeGate(
  folder: string,
  file: GateFile,
  { renderPage, summaryFile = '' }: Publishing,
): Promise<string> {
  const markdown = renderMarkdown(file);
  const page = path.join(folder, 'gate.html');
  await writeJson(path.join(folder, 'gate.json'), file);
  await writeText(path.join(folder, 'gate.md'), markdown);
  await writeText(path.join(folder, 'gate.xml'), renderJunit(file));
  await writeText(page, await renderPage(file));
  if (summaryFile !== '') await appendFile(summaryFile, markdown);
  return page;
}
