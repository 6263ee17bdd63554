/** Texts of others, made fit for the page, and words that several pages share. Pure. */
import type { Judgement } from '../claims/index.js';
import type { Results } from '../results/schema.js';

/** Cuts a text to `max` characters in its middle: names mostly differ at their end. */
export function clipMiddle(text: string, max: number): string {
  const characters = [...text];
  if (characters.length <= max) return text;
  const head = Math.floor((max - 1) / 2);
  const tail = characters.length - (max - 1 - head);
  return `${characters.slice(0, head).join('')}…${characters.slice(tail).join('')}`;
}

/** With every number and its `%` on one line. */
export function unbroken(text: string): string {
  return text.replaceAll(/(\d) %/g, '$1\u00a0%');
}

/** Colour of the chip, its text, and what it means. */
export const QUALITY_TEXTS: Readonly<
  Record<Results['quality']['level'], readonly ['good' | 'bad', string, string]>
> = {
  clean: ['good', 'Clean run', 'the A/A check holds and the machine was quiet'],
  noisy: ['bad', 'Noisy run', 'parts of it are noisy or invalid; the others are as good as ever'],
  invalid: ['bad', 'Invalid run', 'most conditions are invalid and decide nothing'],
};

export function verdictText({ decision: { verdict, because } }: Judgement): string {
  switch (verdict) {
    case null:
      return 'Described';
    case 'supported':
      return 'Supported';
    case 'refuted':
      return 'Refuted';
    case 'inconclusive':
      return because === 'depends' ? 'It depends' : 'Inconclusive';
    case 'not-measurable':
      return because === 'left-open' ? 'Left open' : 'Not measurable here';
  }
}
