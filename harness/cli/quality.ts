/** What a reader must know before any number: how reliable the run is. Pure. */

import { count, list } from '../findings/format.js';
import { partName } from '../results/quality.js';
import type { Results } from '../results/schema.js';

/** More than these are in results.json. */
const REASONS_SHOWN = 6;

const WORDS: Readonly<Record<Results['quality']['level'], string>> = {
  clean: 'CLEAN run: the A/A check holds and the machine was quiet',
  noisy: 'NOISY run: parts of it are noisy or invalid; the others are as good as ever',
  invalid: 'INVALID run: most conditions are invalid and decide nothing',
};

/** The level, then what it is made of and why, then what was repeated and left out; one paragraph per line. */
export function qualityLines({ quality, trials, header }: Results): string[] {
  const { level, reasons, excluded } = quality;
  const more = reasons.length - REASONS_SHOWN;
  return [
    WORDS[level],
    ...byPart(quality),
    ...reasons.slice(0, REASONS_SHOWN).map((reason) => `- ${reason}`),
    ...(more > 0 ? [`- and ${count(more, 'more reason')}, see results.json`] : []),
    ...repeated(trials),
    ...(excluded.length === 0
      ? []
      : [`- left out: ${count(excluded.length, 'trial')}, each with its reason in results.json`]),
    ...(header.calibration === null ? ['- no calibration was made (--no-calibration)'] : []),
  ];
}

/** `- invalid: keepalive-c512; noisy: switch costs; clean: 4 other parts`; none in a clean run. */
function byPart({ level, parts }: Results['quality']): string[] {
  if (level === 'clean' || parts === undefined) return [];
  const named = (['invalid', 'noisy'] as const).flatMap((one) => {
    const mine = parts.filter((part) => part.level === one);
    return mine.length === 0 ? [] : [`${one}: ${list(mine.map(({ id }) => partName(id)))}`];
  });
  const clean = parts.filter((part) => part.level === 'clean').length;
  return [`- ${[...named, `clean: ${count(clean, 'part')}`].join('; ')}`];
}

function repeated(trials: Results['trials']): string[] {
  const again = trials.filter(({ replaces }) => replaces !== undefined);
  const blocks = new Set(again.map(({ condition, block }) => `${condition} ${block}`)).size;
  return blocks === 0 ? [] : [`- repeated because they were disturbed: ${count(blocks, 'block')}`];
}
