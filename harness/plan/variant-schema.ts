/**
 * JSON Schema of variant.json, for editors and for messages; checked in as variant.schema.json. Run
 * as a program, from the repository's root, it rewrites that file (REGENERATE).
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { variantFileSchema } from './variant.js';

/** Rewrites the file and formats it; the test that finds it stale prints this. */
export const REGENERATE = [
  'npm run build',
  'node dist/harness/plan/variant-schema.js',
  'npx biome format --write harness/plan/variant.schema.json',
].join(' && ');

/** Path from the repository's root. */
export const SCHEMA_FILE = 'harness/plan/variant.schema.json';

interface JsonSchema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

function schema(): JsonSchema & { readonly $schema?: string } {
  return z.toJSONSchema(variantFileSchema, { target: 'draft-2020-12', io: 'input' }) as JsonSchema;
}

/** The checked-in file, but for its layout. */
export function schemaText(): string {
  const { $schema, ...rest } = schema();
  const title = 'iomodels variant.json: one server under test (docs/ADD-A-VARIANT.md)';
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}

type Where = readonly (string | number)[];

/** What the schema says at a place, of every alternative. */
function at(where: Where): JsonSchema[] {
  return where.reduce<JsonSchema[]>(
    (schemas, part) => {
      const all = schemas.flatMap(alternatives);
      return all.flatMap(
        (one) => (typeof part === 'number' ? one.items : one.properties?.[part]) ?? [],
      );
    },
    [schema()],
  );
}

function alternatives(one: JsonSchema): JsonSchema[] {
  return one.anyOf === undefined ? [one] : one.anyOf.flatMap(alternatives);
}

/** What a field is for; undefined where its name says it. */
export function fieldHelp(where: Where): string | undefined {
  return at(where).find(({ description }) => description !== undefined)?.description;
}

/** The names of the fields that an object at that place may have. */
export function fieldsAt(where: Where): string[] {
  const names = at(where)
    .flatMap(alternatives)
    .flatMap(({ properties }) => Object.keys(properties ?? {}));
  return [...new Set(names)];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(SCHEMA_FILE, schemaText());
