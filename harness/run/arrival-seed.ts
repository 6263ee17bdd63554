/** Seeds of open loads. */
export function arrivalSeed(planSeed: string, condition: string, block: number): string {
  return `${planSeed} ${condition} block ${block}`;
}
