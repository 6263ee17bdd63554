/** The first screen: the question, the answer, whether the run can be trusted, and the machine. */
import type { Answer } from '../../findings/answer.js';
import { count, instant, list, whole } from '../../findings/format.js';
import type { Headline } from '../headline.js';
import type { ReportModel } from '../model.js';
import { machineLine } from '../provenance.js';
import { FirstTable } from './first-table.js';
import { List } from './parts.js';
import { Quality } from './quality.js';

interface Tally {
  readonly planned: number;
  readonly ok: number;
  readonly void: number;
  readonly failed: number;
}

export function tally({ results }: ReportModel): Tally {
  // Repeated blocks and instrumented trials come on top of the plan.
  const timed = results.trials.filter(({ instrumented }) => !instrumented);
  const of = (status: string) => timed.filter((trial) => trial.status === status).length;
  const again = timed.filter(({ replaces }) => replaces !== undefined).length;
  const planned = results.header.plan.order.flat(2).length + again;
  return { planned, ok: of('ok'), void: of('void'), failed: of('failed') };
}

function tallyText({ planned, ok, ...spoilt }: Tally): string {
  const missing = planned - ok - spoilt.void - spoilt.failed;
  const rest = [
    spoilt.void > 0 ? `${whole(spoilt.void)} void` : '',
    spoilt.failed > 0 ? `${whole(spoilt.failed)} failed` : '',
    missing > 0 ? `${whole(missing)} not run` : '',
  ].filter((text) => text !== '');
  const measured = `${whole(ok)} of ${count(planned, 'planned trial', 'page')} measured`;
  return rest.length === 0 ? measured : `${measured}, ${list(rest)}`;
}

/** More would push the table off the first screen. */
const PROBLEMS_SHOWN = 5;

/** Trials that count but have warnings: their numbers deserve a second look. */
function Warned({ model }: { model: ReportModel }) {
  const warned = model.results.trials.filter(
    ({ status, checks }) => status === 'ok' && checks.some(({ level }) => level === 'warn'),
  );
  if (warned.length === 0) return null;
  return (
    <>
      ; <a href="#trials">{whole(warned.length)} with warnings</a>
    </>
  );
}

function Outcome({ model }: { model: ReportModel }) {
  const { outcome, problems } = model.results;
  const text = tallyText(tally(model));
  const rest = problems.slice(PROBLEMS_SHOWN);
  if (outcome === 'complete' && problems.length === 0) {
    return (
      <p class="outcome">
        <strong class="chip good">Complete run</strong> {text}
        <Warned model={model} />
      </p>
    );
  }
  return (
    <div class="outcome notice">
      <p>
        <strong class="chip bad">{outcome === 'partial' ? 'Partial run' : 'Complete run'}</strong>{' '}
        {text}
        <Warned model={model} />
      </p>
      <List items={problems.slice(0, PROBLEMS_SHOWN)} />
      {rest.length > 0 && (
        <details>
          <summary>{count(rest.length, 'more problem', 'page')}</summary>
          <List items={rest} />
        </details>
      )}
    </div>
  );
}

/** Keeps a number and its unit on one line. */
const unbroken = (text: string): string => text.replace(/(\d) (%|us\b)/g, '$1\u00a0$2');

function AnswerText({ answer }: { answer: Answer }) {
  const { aa } = answer;
  const sentences = answer.sentences.map(unbroken);
  const caveats = answer.caveats.map(unbroken);
  return (
    <>
      {sentences.length > 0 && <p class={`aa ${aa.outcome}`}>{unbroken(aa.text)}</p>}
      {caveats.length > 0 && (
        <ul class="caveats">
          {caveats.map((caveat) => (
            <li key={caveat}>{caveat}</li>
          ))}
        </ul>
      )}
      {sentences.length > 0 && (
        <details>
          <summary>Every condition in words</summary>
          <List items={sentences} />
        </details>
      )}
    </>
  );
}

interface SummaryProps {
  readonly model: ReportModel;
  readonly answer: Answer;
  readonly headline: Headline;
}

export function Summary({ model, answer, headline }: SummaryProps) {
  const { header } = model.results;
  const { headline: words } = answer;
  return (
    <header id="top">
      <p class="eyebrow">
        iomodels report · <span class="mono">{header.runId}</span> · {instant(header.startedAt)}
      </p>
      <h1>{answer.question}</h1>
      <section id="answer" aria-labelledby="answer-title">
        <h2 id="answer-title" class="quiet">
          Answer, computed from this run
        </h2>
        <div class="beside">
          <p class="answer">{unbroken(words)}</p>
          <div>
            <Quality results={model.results} />
            <p class="machine">
              <span class="label">Machine</span> {machineLine(header)}
            </p>
          </div>
        </div>
      </section>
      <FirstTable headline={headline} reference={model.reference?.id ?? null} />
      <section id="believe" aria-labelledby="believe-title">
        <h2 id="believe-title" class="quiet">
          How far to believe it
        </h2>
        <Outcome model={model} />
        <AnswerText answer={answer} />
      </section>
    </header>
  );
}
