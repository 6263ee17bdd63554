/**
 * What a run reports while it measures. harness/cli turns these into a progress display;
 * harness/run knows no terminal.
 */
import type { Trial } from '../results/schema.js';

export type RunEvent =
  | {
      readonly kind: 'phase';
      readonly name: 'build' | 'check' | 'calibrate' | 'measure' | 'evidence' | 'report';
      readonly text: string;
    }
  | { readonly kind: 'note'; readonly level: 'info' | 'warn'; readonly text: string }
  | { readonly kind: 'skipped'; readonly variant: string; readonly why: string }
  /** index counts trials from 1 to total; total shrinks when a subject drops out. */
  | {
      readonly kind: 'trial-start';
      readonly index: number;
      readonly total: number;
      readonly text: string;
    }
  /** remainingMs is computed from the plan and the trials so far. */
  | {
      readonly kind: 'trial-end';
      readonly index: number;
      readonly total: number;
      readonly trial: Trial;
      readonly remainingMs: number;
    };

export type OnEvent = (event: RunEvent) => void;
