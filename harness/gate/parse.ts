/** Texts of JSON files that people write -> checked values, or an error that names the field. */
import { z } from 'zod';
import { UserError } from '../errors.js';

/** Exit status of the gate when it could not measure, for whatever reason. */
export const CANNOT_MEASURE = 3;

/** Throws UserError (exit status 3) that names the file and every wrong field. */
export function parseFile<T>(schema: z.ZodType<T>, text: string, file: string, remedy: string): T {
  const result = schema.safeParse(parseJson(text, file));
  if (result.success) return result.data;
  const lines = result.error.issues.map(
    ({ path, message }) =>
      `  ${path.length === 0 ? 'the file' : z.core.toDotPath(path)}: ${message}`,
  );
  throw refusal(`${file} is not valid:\n${lines.join('\n')}`, `mend these fields; ${remedy}`);
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refusal(`${file} is not JSON: ${(error as Error).message}`, 'mend its syntax');
  }
}

export function refusal(message: string, remedy: string): UserError {
  return new UserError(message, remedy, { exitCode: CANNOT_MEASURE });
}
