/**
 * Text -> results.json or trials.ndjson as values, and back. Pure. Every error is a UserError that
 * names the file, the place in it and what to do.
 *
 * trials.ndjson may end in the middle of a line: the run was killed while it wrote a trial, and
 * only that trial is lost. Anything else that is wrong with it is refused, because a reader could
 * not know what else is missing.
 */
import { z } from 'zod';
import { UserError } from '../errors.js';
import { type Resume, resumeSchema } from './header.js';
import {
  type Results,
  type RunHeader,
  resultsSchema,
  runHeaderSchema,
  SCHEMA_VERSION,
  type Trial,
  trialSchema,
} from './schema.js';

export interface TrialsFile {
  readonly header: RunHeader;
  readonly trials: Trial[];
  /** Absent: it was never taken up again. */
  readonly resumes?: Resume[];
  /** The last line was cut off and is not among the trials. */
  readonly truncated: boolean;
}

const MEASURE_AGAIN = 'Measure again with `npm run compare`.';

/** The content of results.json; `file` is its name for messages. Throws a UserError. */
export function parseResults(text: string, file: string): Results {
  const value = parseJson(text, file);
  checkVersion(value, file);
  const results = parseWith(resultsSchema, value, file);
  checkReferences(results.header, results.trials, file);
  return results;
}

/**
 * results.json as it is written: indented, one final newline. Throws a plain Error when the value
 * breaks the schema.
 */
export function serialiseResults(results: Results): string {
  return `${JSON.stringify(resultsSchema.parse(results), null, 2)}\n`;
}

/** One line of trials.ndjson, with its newline. */
export function serialiseLine(line: RunHeader | Trial | Resume): string {
  const schema = z.discriminatedUnion('kind', [runHeaderSchema, trialSchema, resumeSchema]);
  return `${JSON.stringify(schema.parse(line))}\n`;
}

/** The content of trials.ndjson. Throws a UserError that names the line, from 1. */
export function parseTrials(text: string, file: string): TrialsFile {
  const lines = text.split('\n');
  const rest = lines.pop() ?? '';
  const truncated = rest !== '' && !isJson(rest);
  if (rest !== '' && !truncated) lines.push(rest);
  const [first, ...others] = lines;
  if (first === undefined) {
    throw new UserError(
      `${file} holds no complete line: the run ended before it began`,
      MEASURE_AGAIN,
    );
  }
  const place = (index: number) => `${file}, line ${index + 1}`;
  const head = parseJson(first, place(0));
  checkVersion(head, place(0));
  const header = parseWith(runHeaderSchema, head, place(0));
  const rows = others.map((line, i) =>
    parseWith(rowSchema, parseJson(line, place(i + 1)), place(i + 1)),
  );
  const trials = rows.filter((row) => row.kind === 'trial');
  const resumes = rows.filter((row) => row.kind === 'resume');
  checkReferences(header, trials, file);
  return { header, trials, ...(resumes.length === 0 ? {} : { resumes }), truncated };
}

/** What follows the header. */
const rowSchema = z.discriminatedUnion('kind', [trialSchema, resumeSchema]);

/**
 * How much of trials.ndjson is complete lines, in bytes; a last line that lacks only its newline is
 * one of them.
 */
export function completeLines(bytes: Buffer): { length: number; lacksNewline: boolean } {
  const end = bytes.lastIndexOf('\n') + 1;
  const rest = bytes.subarray(end).toString();
  const lacksNewline = rest !== '' && isJson(rest);
  return { length: lacksNewline ? bytes.length : end, lacksNewline };
}

function parseJson(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = `${place} is not JSON: ${(cause as Error).message}`;
    throw new UserError(message, `The file is damaged. ${MEASURE_AGAIN}`, { cause });
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const versioned = z.object({ schemaVersion: z.number() });

/** Before the schema: another version would otherwise be reported as a heap of unknown fields. */
function checkVersion(value: unknown, place: string): void {
  const found = versioned.safeParse(value);
  if (!found.success || found.data.schemaVersion === SCHEMA_VERSION) return;
  const { schemaVersion } = found.data;
  const remedy =
    schemaVersion > SCHEMA_VERSION
      ? 'A newer iomodels wrote it: update this one (git pull), or measure again with this one.'
      : 'An older iomodels wrote it: use the one named in header.harness.commit, or measure again.';
  throw new UserError(
    `${place} has results schema version ${schemaVersion}; this iomodels reads ${SCHEMA_VERSION}`,
    remedy,
  );
}

function parseWith<Output>(schema: z.ZodType<Output>, value: unknown, place: string): Output {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues;
  const shown = issues.slice(0, 3).map(issueText).join('; ');
  const more = issues.length > 3 ? `; and ${issues.length - 3} more` : '';
  const remedy = `Undo what changed the file, or write it anew. ${MEASURE_AGAIN}`;
  throw new UserError(`${place}: ${shown}${more}`, remedy);
}

function issueText({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${z.core.toDotPath(path)}: ${message}`;
}

/** What no schema can say: trials belong to the plan, and none is there twice. */
function checkReferences(header: RunHeader, trials: readonly Trial[], file: string): void {
  const conditions = new Set(header.plan.conditions.map(({ id }) => id));
  const subjects = new Set(header.subjects.map(({ id }) => id));
  const seen = new Set<string>();
  for (const { id, condition, block, subject } of trials) {
    const slot = `${subject} in block ${block} of ${condition}`;
    if (!conditions.has(condition)) refuse(file, id, `condition ${condition} is not in the plan`);
    if (!subjects.has(subject)) refuse(file, id, `subject ${subject} is not in the header`);
    if (seen.has(slot)) refuse(file, id, `${slot} is there twice`);
    seen.add(slot);
  }
}

function refuse(file: string, trial: string, what: string): never {
  throw new UserError(`${file}, trial ${trial}: ${what}`, `The file is damaged. ${MEASURE_AGAIN}`);
}
