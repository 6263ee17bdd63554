/**
 * Whether the server's CPU and the client's look like two threads of one core, whatever the kernel
 * says: a hypervisor may present siblings as cores. Pure.
 *
 * Two siblings that compute at the same time slow each other down by 1.3 to 2; two cores by 1.
 */
import type { Calibration } from '../results/schema.js';

/** The calibration value: time of the same work on both CPUs at once over that on each alone. */
export const SMT_SLOWDOWN = 'smt_slowdown';
/** From here on two CPUs look like siblings. */
const SIBLINGS_FROM = 1.2;

/** What a reader must know; null where the CPUs look like two cores, or it is not known. */
export function hiddenSmt(calibration: Calibration | null): { readonly text: string } | null {
  const { value = null, source = '' } = found(calibration) ?? {};
  if (value === null || value < SIBLINGS_FROM) return null;
  const text =
    `the CPUs of server and client look like two threads of one core: computing at the same time each is ${value.toFixed(2)} times slower ` +
    `than alone (${source}); what the client does then slows the server down`;
  return { text };
}

/** The fact `hidden_smt` of the environment record; null when it was not looked for. */
export function hiddenSmtFact(calibration: Calibration | null): string | null {
  const value = found(calibration);
  if (value === undefined) return null;
  if (value.value === null) return `unknown: ${value.why}`;
  const looks = value.value < SIBLINGS_FROM ? 'none seen' : 'siblings';
  return `${looks}: ${value.value.toFixed(2)} times slower together, ${value.source}`;
}

function found(calibration: Calibration | null): Calibration['values'][number] | undefined {
  return calibration?.values.find(({ name }) => name === SMT_SLOWDOWN);
}
