/** CPU lists as taskset writes them: `0`, `0,2`, `1-3`, `0-2,5`. */

/** Sorted, without repeats; null when the text is no list. */
export function parseCpuList(text: string): readonly number[] | null {
  const cpus = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (match?.[1] === undefined) return null;
    const first = Number(match[1]);
    const last = match[2] === undefined ? first : Number(match[2]);
    if (last < first) return null;
    for (let cpu = first; cpu <= last; cpu += 1) cpus.add(cpu);
  }
  return [...cpus].sort((a, b) => a - b);
}

/** The CPUs one by one, which every server and taskset understand. */
export function formatCpuList(cpus: readonly number[]): string {
  return cpus.join(',');
}
