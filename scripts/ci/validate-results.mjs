/**
 * Checks what a smoke run of `compare` wrote: complete, and with measured trials of every variant
 * of the repository.
 *
 *   node scripts/ci/validate-results.mjs <folder of the run> <repository>
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * @typedef {object} Trial
 * @property {string} id
 * @property {string} subject
 * @property {string} condition
 * @property {string} status
 * @property {{ completed: number } | null} counts
 * @property {{ name: string, value: number | null, level: string }[]} checks
 */
/**
 * @typedef {object} Results
 * @property {string} outcome
 * @property {string[]} problems
 * @property {{ subjects: { id: string, variant: string }[],
 *   skipped: { variant: string, why: string }[],
 *   plan: { conditions: { id: string }[] } }} header
 * @property {Trial[]} trials
 * @property {unknown[]} summary
 */

/**
 * What is wrong with the results, in words; nothing when they are good.
 * @param {Results} results
 * @param {readonly string[]} variants names of all variants
 * @returns {string[]}
 */
export function faultsOf({ outcome, problems, header, trials, summary }, variants) {
  const measured = (/** @type {string} */ subject, /** @type {string} */ condition) =>
    trials.some(
      (trial) =>
        trial.subject === subject && trial.condition === condition && trial.status === 'ok',
    );
  const taken = header.subjects.map(({ variant }) => variant);
  return [
    ...(outcome === 'complete' ? [] : [`outcome is ${outcome}: ${problems.join('; ')}`]),
    ...header.skipped.map(({ variant, why }) => `${variant} was skipped: ${why}`),
    ...variants.filter((name) => !taken.includes(name)).map((name) => `${name} took no part`),
    ...header.subjects.flatMap(({ id }) =>
      header.plan.conditions
        .filter((condition) => !measured(id, condition.id))
        .map((condition) => `${id} has no good trial of ${condition.id}`),
    ),
    ...trials.filter(({ status }) => status === 'ok').flatMap(miscounted),
    ...(summary.length > 0 ? [] : ['the summary is empty']),
  ];
}

/**
 * Wide, because CI runs on busy machines: a stats line that is held up covers more than its
 * snapshots.
 */
const REQUEST_COUNTS_PERCENT_MAX = 25;

/**
 * Every request has one outcome, none failed, and both sides counted about the same.
 * @param {Trial} trial
 * @returns {string[]}
 */
function miscounted({ id, subject, counts, checks }) {
  const where = `${id} (${subject})`;
  const value = (/** @type {string} */ check) =>
    checks.find(({ name }) => name === check)?.value ?? null;
  const apart = value('request_counts_percent');
  return [
    ...((counts?.completed ?? 0) > 0 ? [] : [`${where} completed no request`]),
    ...['accounting', 'errors']
      .filter((check) => value(check) !== 0)
      .map((check) => `${where}: ${check} is ${value(check)}, not 0`),
    ...(apart === null || apart < REQUEST_COUNTS_PERCENT_MAX
      ? []
      : [`${where}: both sides counted ${apart} % apart`]),
  ];
}

/**
 * @param {string} folder
 * @param {string} root
 */
function check(folder, root) {
  const missing = ['results.json', 'trials.ndjson', 'report.html']
    .filter((name) => !existsSync(path.join(folder, name)))
    .map((name) => `${folder} has no ${name}`);
  if (missing.length > 0) return missing;
  const servers = path.join(root, 'servers');
  const variants = readdirSync(servers).filter((name) =>
    existsSync(path.join(servers, name, 'variant.json')),
  );
  const text = readFileSync(path.join(folder, 'results.json'), 'utf8');
  return faultsOf(JSON.parse(text), variants);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const faults = check(process.argv[2] ?? '', process.argv[3] ?? '');
  for (const fault of faults) process.stderr.write(`  ${fault}\n`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
