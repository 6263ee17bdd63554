/** A workload in words, with what tells two conditions of it apart. */

/** Named numbers; none for a workload that has only one form. */
export type Parameters = Readonly<Record<string, number | undefined>>;

/** Of a condition, a row, or a place. */
export function parametersOf(place: object): Parameters {
  return 'parameters' in place ? ((place.parameters as Parameters | undefined) ?? {}) : {};
}

/** `keepalive`; `idle, silent connections 1000`. The same for everything that belongs together. */
export function workloadText(place: { readonly workload: string }): string {
  const entries = Object.entries(parametersOf(place)).sort(([a], [b]) => (a < b ? -1 : 1));
  return [place.workload, ...entries.map(([name, value]) => `${words(name)} ${value}`)].join(', ');
}

/** `silentConnections` -> `silent connections`. */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
