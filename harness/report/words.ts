/** Words that page, Markdown and the comparison of runs share. */
import type { Judgement } from '../claims/index.js';
import type { Results } from '../results/schema.js';

/** Colour of the chip, its text, and what it means. */
export const QUALITY_TEXTS: Readonly<
  Record<Results['quality']['level'], readonly ['good' | 'bad', string, string]>
> = {
  clean: ['good', 'Clean run', 'the A/A check holds and the machine was quiet'],
  noisy: ['bad', 'Noisy run', 'parts of it are noisy or invalid; the others are as good as ever'],
  invalid: ['bad', 'Invalid run', 'most conditions are invalid and decide nothing'],
};

export function verdictText(judgement: Judgement): string {
  if (judgement.kind === 'description') return 'Described';
  const { verdict, because } = judgement.decision;
  switch (verdict) {
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
