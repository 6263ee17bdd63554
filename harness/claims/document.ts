/**
 * docs/CLAIMS.md: the introduction is written there by hand, and all below START is made from the
 * claims' records. scripts/claims-document.mjs writes them.
 */
import wrapAnsi from 'wrap-ansi';
import { type Claim, PARTS, type Part } from './claim.js';
import { CLAIMS } from './index.js';

/** Path from the repository's root. */
export const DOCUMENT = 'docs/CLAIMS.md';

/** Writes the part that is made; the test that finds it stale prints this. */
export const REGENERATE = 'npm run build && node scripts/claims-document.mjs';

export const START =
  '<!-- From here on made from harness/claims: node scripts/claims-document.mjs -->';

const COLUMNS = 138;

/** The document with its claims as the records have them. Throws when it has no START. */
export function withClaimSections(document: string): string {
  const at = document.indexOf(START);
  if (at < 0) throw new Error(`${DOCUMENT} has no line ${START}`);
  const parts = (Object.keys(PARTS) as Part[]).flatMap((part) => [
    `## ${PARTS[part]}`,
    ...CLAIMS.filter((claim) => claim.part === part).flatMap(sectionOf),
  ]);
  return `${[`${document.slice(0, at)}${START}`, ...parts].join('\n\n')}\n`;
}

/** Heading, claim, experiment, thresholds. */
function sectionOf({ id, text, experiment, thresholds }: Claim): string[] {
  const bounds = thresholds.map(({ label, value, unit }) => `- ${label}: ${value} ${unit}`);
  return [
    `### ${id}`,
    `> ${text}`,
    wrapAnsi(experiment, COLUMNS),
    ...(bounds.length === 0 ? [] : [bounds.join('\n')]),
  ];
}
