/**
 * How reliable a run is, part by part: its instruments, each condition, each piece of evidence. The
 * level of the run is a summary for people and suppresses nothing.
 */
import { z } from 'zod';

/**
 * clean: believe the intervals. noisy: the machine was not quiet, differences may be hidden.
 * invalid: the part contradicts itself or lacks too much; it decides nothing.
 */
export const levelSchema = z.enum(['clean', 'noisy', 'invalid']);
export type Level = z.infer<typeof levelSchema>;

export const qualityPartSchema = z.strictObject({
  /** INSTRUMENTS, the id of a condition, or the name of a piece of evidence (PIECES). */
  id: z.string(),
  kind: z.enum(['instruments', 'condition', 'evidence']),
  level: levelSchema,
  /** The reason for the level comes first. */
  reasons: z.array(z.string()),
});
export type QualityPart = z.infer<typeof qualityPartSchema>;

export const qualitySchema = z.strictObject({
  /** invalid: more than half of the conditions are. noisy: a part is noisy or invalid. */
  level: levelSchema,
  /** Those of the parts, each with the parts that it holds for. */
  reasons: z.array(z.string()),
  /** What a run does not have has no part. Absent from files of before levels were by part. */
  parts: z.array(qualityPartSchema).optional(),
  /** Everything measured that no figure uses, each with its reason. */
  excluded: z.array(z.strictObject({ trial: z.string(), subject: z.string(), reason: z.string() })),
});
export type Quality = z.infer<typeof qualitySchema>;

/** The part that self-tests and calibration decide. */
export const INSTRUMENTS = 'instruments';

/** Pieces of evidence that files without parts never judged by the level of their run. */
const APART: readonly string[] = ['sources', 'traces', 'wakeups'];

/**
 * Level and reasons of one part. In a file without parts all that rests on figures has the level of
 * the run, as it had when it was written.
 */
export function partOf(
  { level, reasons, parts }: Quality,
  id: string,
): Pick<QualityPart, 'level' | 'reasons'> {
  const clean = { level: 'clean' as const, reasons: [] };
  if (parts === undefined) return APART.includes(id) ? clean : { level, reasons };
  return parts.find((part) => part.id === id) ?? clean;
}

/** How people call a part: conditions by their ids, the rest in words. */
export function partName(id: string): string {
  const names: Readonly<Record<string, string>> = {
    [INSTRUMENTS]: 'the instruments',
    switchCosts: 'switch costs',
    wakeups: 'wake-ups',
    memory: 'idle memory',
  };
  return names[id] ?? id;
}
