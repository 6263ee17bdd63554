/** The first table: one row per server, five numbers, each with interval and ratio. */
import { interval, number, ratio, ratioInterval, seenFrom } from '../../findings/format.js';
import type { Headline, HeadlineCell, HeadlineColumn } from '../headline.js';
import type { SubjectView } from '../model.js';
import { Gaps, Scroll, SubjectName } from './parts.js';

const UNCOMPARED = 'not compared';

function Cell({ cell, subject }: { cell: HeadlineCell; subject: SubjectView }) {
  if (cell.value === null) return <td class="num gap">–</td>;
  return (
    <td class="num">
      <span class="value">
        {cell.lowerBound && '≥ '}
        {number(cell.value, 'page')}
      </span>
      <span class="interval">{interval(cell.interval)}</span>
      <span class="ratio">
        <RatioText cell={cell} subject={subject} />
      </span>
    </td>
  );
}

/** `0.79× (0.77 – 0.81)`; `~ 1.01× (0.98 – 1.03), sees 3 %`. */
function RatioText({ cell, subject }: { cell: HeadlineCell; subject: SubjectView }) {
  if (subject.role === 'reference') return <>reference</>;
  if (cell.ratio === null) return <>{UNCOMPARED}</>;
  return (
    <>
      {cell.same && (
        <>
          <abbr title="the interval covers 1: no difference was seen">~</abbr>{' '}
        </>
      )}
      <b>{ratio(cell.ratio, 'page')}×</b> ({ratioInterval(cell.ratioInterval, 'page')})
      {cell.same && cell.mde !== null && (
        <span class="mde">could have seen {seenFrom(cell.mde)}</span>
      )}
    </>
  );
}

function Head({ columns }: { columns: readonly HeadlineColumn[] }) {
  return (
    <thead>
      <tr>
        <th scope="col">Server</th>
        {columns.map(({ id, head, unit, better }) => (
          <th key={id} scope="col" class="num">
            {head}{' '}
            <span class="unit">{[unit, `${better} is better`].filter(Boolean).join(', ')}</span>
          </th>
        ))}
      </tr>
    </thead>
  );
}

function whereText({ where, p99Where }: Headline): string {
  if (where === null) return 'The plan has no condition.';
  const p99 = p99Where === null || p99Where === where ? '' : ` p99: ${p99Where}.`;
  return `Workload ${where}.${p99}`;
}

export function FirstTable({
  headline,
  reference,
}: {
  headline: Headline;
  reference: string | null;
}) {
  return (
    <section id="first" aria-labelledby="first-title">
      <h2 id="first-title" class="quiet">
        The numbers that answer it
      </h2>
      <Scroll label="The numbers that answer it">
        <table class="headline first">
          <caption>
            <span>
              {whereText(headline)} Median over trials, its 95 % interval
              {reference === null
                ? '.'
                : `, and the paired ratio to ${reference} with its interval.`}
            </span>
          </caption>
          <Head columns={headline.columns} />
          <tbody>
            {headline.rows.map(({ subject, cells }) => (
              <tr key={subject.id} class={subject.role}>
                <th scope="row">
                  <SubjectName subject={subject} />
                </th>
                {cells.map((cell, i) => (
                  <Cell key={headline.columns[i]?.id} cell={cell} subject={subject} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {reference !== null && (
        <p class="note">
          ~ no difference was seen; beside it the smallest one that nine of ten such runs would have
          seen. A dash: not measured, with the reason below.
        </p>
      )}
      <Gaps lines={headline.gaps} />
    </section>
  );
}
