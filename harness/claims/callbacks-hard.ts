/** callbacks-hard: callback code is harder to follow. Described, not judged. */
import type { SourceEvidence } from '../results/evidence.js';
import { defineClaim, described } from './claim.js';
import { countsText, sourceFigures, sourceNames, sourcesOf } from './shared/sources.js';

export const callbacksHard = defineClaim({
  id: 'callbacks-hard',
  part: 'reading',
  shownBy: { part: 'sources' },
  text: 'Callback code is harder to follow than synchronous code.',
  experiment:
    "The servers' own sources side by side, for the plain loop and for relay (ask an upstream, forward its answer): lines, " +
    'functions, explicit states, fields that hold state across waits, nesting, and where control leaves and comes back. ' +
    'No verdict: the reader judges.',
  thresholds: [],
  judge: (results) => {
    const roles = ['thread', 'coroutine', 'callback'] as const;
    const { found, missing } = sourcesOf(results, roles, ['plain', 'relay']);
    if (missing !== null) return missing;
    return described(`${partText(found, 'plain')} ${partText(found, 'relay')}`, {
      numbers: sourceFigures(found),
      flips: [],
      restsOn: ['sources'],
      basedOn: sourceNames(found),
    });
  },
});

function partText(sources: readonly SourceEvidence[], part: SourceEvidence['part']): string {
  const mine = sources.filter((source) => source.part === part);
  const name = part === 'plain' ? 'The plain loop' : 'Relay';
  return `${name}: ${mine.map((source) => `${source.variant} ${countsText(source)}`).join('; ')}.`;
}
