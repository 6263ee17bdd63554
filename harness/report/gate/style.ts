/** The report's style sheet, and what the gate's page adds to it. */
import { STYLE } from '../style.js';

const GATE = `
.verdict { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: baseline; margin-bottom: 0.75rem; }
.chip { white-space: nowrap; }
.chip.open { color: var(--ink); background: var(--sunken); }
td.strip { padding-block: 0.35rem; min-width: 15rem; }
td.strip svg { display: block; width: 15rem; height: 2rem; overflow: visible; }
td.why { min-width: 16rem; max-width: 32rem; }
tr.fail > th, tr.fail > td { background: var(--bad-bg); }
.samples td.num { white-space: nowrap; }
`;

export const GATE_STYLE = [STYLE, GATE].join('\n');
