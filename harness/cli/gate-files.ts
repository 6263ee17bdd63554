/** The files that a gate reads and writes. */
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ACCEPT_FILE, type Acceptance, parseAccept } from '../gate/accept.js';
import { appendRun, type Baseline, baselineSchema, parseBaseline } from '../gate/baseline.js';
import { CONFIG_FILE, type GateConfig, parseConfig } from '../gate/config.js';
import { renderJunit } from '../gate/junit.js';
import { renderMarkdown } from '../gate/markdown.js';
import { refusal } from '../gate/parse.js';
import { parseQualification, type Qualification } from '../gate/qualification.js';
import type { GateFile } from '../gate/schema.js';
import { isSystemError } from '../probe/reading.js';
import type { CliDeps } from './deps.js';
import type { CliIo } from './io.js';

/** The text of a file; null when it is not there. Rejects with UserError. */
async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code === 'ENOENT') return null;
    throw refusal(`cannot read ${file}: ${error.message}`, 'make it a file that can be read');
  }
}

/** A file that was named must be there; the usual one need not. */
async function named(file: string, isUsual: boolean): Promise<string | null> {
  const text = await textOf(file);
  if (text !== null || isUsual) return text;
  throw refusal(`there is no ${file}`, 'name a file that exists');
}

interface Place {
  readonly io: Pick<CliIo, 'cwd'>;
  readonly root: string;
}

export async function readConfig(
  asked: string | undefined,
  { io, root }: Place,
): Promise<GateConfig> {
  const file = asked === undefined ? path.join(root, CONFIG_FILE) : path.resolve(io.cwd(), asked);
  const text = await named(file, false);
  return parseConfig(text ?? '', file);
}

export async function readAccept(
  asked: string | undefined,
  { io, root }: Place,
): Promise<Acceptance[]> {
  const file = asked === undefined ? path.join(root, ACCEPT_FILE) : path.resolve(io.cwd(), asked);
  const text = await named(file, asked === undefined);
  return text === null ? [] : parseAccept(text, file, new Date());
}

/** Committed: stored baselines and qualifications, by machine class. */
export function baselinesFolder(root: string): string {
  return path.join(root, 'reports', 'baselines');
}

export function qualificationFile(root: string, machineClass: string): string {
  return path.join(baselinesFolder(root), `qualification-${machineClass}.json`);
}

export async function readQualification(
  root: string,
  machineClass: string,
): Promise<Qualification | null> {
  const file = qualificationFile(root, machineClass);
  const text = await textOf(file);
  return text === null ? null : parseQualification(text, file);
}

/** null: there is none yet, and one is to be written. */
export async function readBaseline(
  file: string,
  machineClass: string,
  mayBeNew: boolean,
): Promise<Baseline | null> {
  const text = await named(file, mayBeNew);
  if (text === null) return null;
  const baseline = parseBaseline(text, file);
  if (baseline.machineClass === machineClass) return baseline;
  throw refusal(
    `${file} is of machines ${baseline.machineClass}, and this is ${machineClass}`,
    'numbers of one machine class say nothing about another: write a baseline here (--write-baseline)',
  );
}

export async function writeBaseline(
  file: string,
  baseline: Baseline | null,
  machineClass: string,
  run: Baseline['runs'][number],
): Promise<void> {
  const before: Baseline = baseline ?? { schemaVersion: 1, machineClass, runs: [] };
  await writeJson(file, baselineSchema.parse(appendRun(before, run)));
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

export interface Written {
  readonly json: string;
  readonly page: string;
}

/** gate.json, gate.md, gate.xml and gate.html in the folder, and the summary of a GitHub job. */
export async function writeGate(
  folder: string,
  file: GateFile,
  { env }: Pick<CliIo, 'env'>,
  { renderGatePage }: Pick<CliDeps, 'renderGatePage'>,
): Promise<Written> {
  const markdown = renderMarkdown(file);
  const json = path.join(folder, 'gate.json');
  const page = path.join(folder, 'gate.html');
  await writeJson(json, file);
  await writeText(path.join(folder, 'gate.md'), markdown);
  await writeText(path.join(folder, 'gate.xml'), renderJunit(file));
  await writeText(page, await renderGatePage(file));
  const summary = env.GITHUB_STEP_SUMMARY;
  if (summary !== undefined && summary !== '') await appendFile(summary, markdown);
  return { json, page };
}
