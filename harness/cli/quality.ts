/** What a reader must know before any number: how far the run can be believed. Pure. */
import type { Results } from '../results/schema.js';
import { count } from './text.js';

/** More than these are in results.json. */
const REASONS_SHOWN = 6;

const WORDS: Readonly<Record<Results['quality']['level'], string>> = {
  clean: 'CLEAN run: the A/A check holds and the machine was quiet',
  noisy: 'NOISY run: differences may be hidden, and intervals are wider than they could be',
  invalid: 'INVALID run: draw no conclusion from it',
};

/** The verdict, then its reasons, then what was repeated and left out; one paragraph per line. */
export function qualityLines({ quality, trials, header }: Results): string[] {
  const { level, reasons, excluded } = quality;
  const more = reasons.length - REASONS_SHOWN;
  return [
    WORDS[level],
    ...reasons.slice(0, REASONS_SHOWN).map((reason) => `- ${reason}`),
    ...(more > 0 ? [`- and ${count(more, 'more reason')}, see results.json`] : []),
    ...repeated(trials),
    ...(excluded.length === 0
      ? []
      : [`- left out: ${count(excluded.length, 'trial')}, each with its reason in results.json`]),
    ...(header.calibration === null ? ['- no calibration was made (--no-calibration)'] : []),
  ];
}

function repeated(trials: Results['trials']): string[] {
  const again = trials.filter(({ replaces }) => replaces !== undefined);
  const blocks = new Set(again.map(({ condition, block }) => `${condition} ${block}`)).size;
  return blocks === 0 ? [] : [`- repeated because they were disturbed: ${count(blocks, 'block')}`];
}
