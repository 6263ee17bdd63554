/** Whole variants: builds each, runs its cases, reports the outcome. */
import type { Variant } from '../plan/variant.js';
import { type BuildResult, buildVariant } from '../run/build.js';
import { ServerFault } from '../server/fault.js';
import { Interrupted } from '../server/wait.js';
import type { Case } from './case.js';
import { type CaseResult, conform } from './conform.js';
import { reasonOf } from './reason.js';

export interface Surveyed {
  readonly variant: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped, or could not be built or started. */
  readonly why: string | null;
  readonly ms: number;
  readonly cases: readonly CaseResult[];
}

export interface SurveyTools {
  readonly root: string;
  readonly cases: readonly Case[];
  readonly signal: AbortSignal;
  readonly onCase?: (variant: string, result: CaseResult) => void;
}

/** Rejects with Interrupted, and with UserError when the repository itself is not built. */
export async function survey(variant: Variant, tools: SurveyTools): Promise<Surveyed> {
  const startedMs = performance.now();
  const built = await buildVariant(variant, tools.root, tools.signal);
  const outcome = await surveyBuilt(built, tools);
  return { variant: variant.name, ...outcome, ms: performance.now() - startedMs };
}

async function surveyBuilt(
  result: BuildResult,
  { cases, signal, onCase }: SurveyTools,
): Promise<Pick<Surveyed, 'status' | 'why' | 'cases'>> {
  switch (result.kind) {
    case 'skipped':
      return { status: 'skipped', why: result.why, cases: [] };
    case 'failed':
      return { status: 'failed', why: result.problem, cases: [] };
    case 'built': {
      const { built } = result;
      try {
        const name = built.variant.name;
        const done = await conform(built, cases, signal, (one) => onCase?.(name, one));
        const bad = done.some(({ failure }) => failure !== null);
        return { status: bad ? 'failed' : 'passed', why: null, cases: done };
      } catch (error) {
        if (error instanceof Interrupted) throw error;
        const status =
          error instanceof ServerFault && error.kind === 'cannot-run' ? 'skipped' : 'failed';
        return { status, why: reasonOf(error), cases: [] };
      }
    }
  }
}
