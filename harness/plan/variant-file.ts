/**
 * The text of a variant.json -> what it says, or a UserError that names file, line and field of
 * every mistake and what to write instead.
 */
import path from 'node:path';
import { findNodeAtLocation, type Node, type ParseError, parseTree } from 'jsonc-parser';
import type { z } from 'zod';
import { UserError } from '../errors.js';
import { whatExists } from './nearest.js';
import { type VariantFile, variantFileSchema } from './variant.js';
import { fieldHelp, fieldsAt, SCHEMA_FILE } from './variant-schema.js';

/** `file` is its path, whose folder gives the name. Throws UserError (exit status 2). */
export function parseVariant(text: string, file: string): VariantFile {
  const tree = treeOf(text, file);
  const result = variantFileSchema.safeParse(JSON.parse(text));
  if (!result.success) {
    const lines = result.error.issues.flatMap(flatten).map((issue) => describe(issue, text, tree));
    throw refuse(`${file} is not valid:\n${lines.join('\n')}`, REMEDY);
  }
  const folder = path.basename(path.dirname(file));
  if (result.data.name === folder) return result.data;
  throw refuse(
    `${file}: name is ${result.data.name}, and its folder is ${folder}`,
    'give both the same name',
  );
}

const REMEDY = `mend these fields; ${SCHEMA_FILE} lists all, and editors that know $schema show them`;

function treeOf(text: string, file: string): Node {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { disallowComments: true });
  try {
    JSON.parse(text);
  } catch (cause) {
    const at = errors[0]?.offset ?? text.length;
    const what = (cause as Error).message;
    throw refuse(
      `${file} is not JSON: line ${lineOf(text, at)}: ${what}`,
      'mend its syntax',
      cause,
    );
  }
  if (tree === undefined) throw new Error(`${file} has no JSON tree`);
  return tree;
}

type Issue = z.core.$ZodIssue;

/** Of a union, the issues of the alternative that came closest. */
function flatten(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const [closest = []] = [...issue.errors].sort((a, b) => wrongness(a) - wrongness(b));
  return closest.flatMap((inner) =>
    flatten({ ...inner, path: [...issue.path, ...inner.path] } as Issue),
  );
}

/**
 * Fewest issues wins, and a missing key weighs more than a wrong one inside: it means another
 * alternative was meant.
 */
function wrongness(issues: readonly Issue[]): number {
  const missing = issues.filter(({ code, path: at }) => code === 'invalid_type' && at.length === 1);
  const strange = issues.filter(({ code }) => code === 'unrecognized_keys');
  return issues.length + 10 * (missing.length + strange.length);
}

type Where = readonly (string | number)[];

/** `  line 7: serves.modes[0]: Invalid option: …`. */
function describe(issue: Issue, text: string, tree: Node): string {
  const where = issue.path as Where;
  if (issue.code === 'unrecognized_keys') {
    const lines = issue.keys.map((key) => {
      const remedy = whatExists(key, fieldsAt(where));
      return `${prefix([...where, key], text, tree)}there is no field "${key}"; ${remedy}`;
    });
    return lines.join('\n');
  }
  const isMissing = findNodeAtLocation(tree, [...where]) === undefined;
  const help = fieldHelp(where);
  const what = isMissing && issue.code !== 'custom' ? 'is missing' : issue.message;
  return `${prefix(where, text, tree)}${what}${help === undefined ? '' : ` (${help})`}`;
}

/** The line of the field, or of what should have it. */
function prefix(where: Where, text: string, tree: Node): string {
  let node: Node | undefined;
  for (let depth = where.length; depth >= 0 && node === undefined; depth -= 1) {
    node = findNodeAtLocation(tree, where.slice(0, depth) as (string | number)[]);
  }
  const place = where.length === 0 ? 'the file' : dotted(where);
  return `  line ${lineOf(text, node?.offset ?? 0)}: ${place}: `;
}

function dotted(where: Where): string {
  return where.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

function refuse(message: string, remedy: string, cause?: unknown): UserError {
  return new UserError(message, remedy, { exitCode: 2, cause });
}
