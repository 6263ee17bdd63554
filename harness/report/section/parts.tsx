/** Small pieces that several sections share. */
import type { ComponentChildren } from 'preact';
import { count } from '../../findings/format.js';
import type { GapLine } from '../gaps.js';
import type { Identity } from '../identity.js';
import type { SubjectView } from '../model.js';

/** The head of a page that loads nothing: its policy allows what it names by hash alone. */
export function Head({ title, style, policy }: { title: string; style: string; policy: string }) {
  return (
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content={policy} />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="referrer" content="no-referrer" />
      <title>{title}</title>
      <link rel="icon" href="data:," />
      <style dangerouslySetInnerHTML={{ __html: style }} />
    </head>
  );
}

/** A section with a heading that the navigation can point at. */
export function Section(props: { id: string; title: string; children: ComponentChildren }) {
  return (
    <section id={props.id} aria-labelledby={`${props.id}-title`}>
      <h2 id={`${props.id}-title`}>{props.title}</h2>
      {props.children}
    </section>
  );
}

/**
 * A wide thing that scrolls inside its own box; focusable, so that a keyboard can scroll it too.
 */
export function Scroll(props: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: keyboards must reach what scrolls
    <section class="scroll" aria-label={props.label} tabIndex={0}>
      {props.children}
    </section>
  );
}

/** What stands above the cells of a column, and their class: `num` and `text`, for example. */
type Column = string | readonly [title: ComponentChildren, look: string];

export interface Row {
  /** The class of the row. */
  readonly look?: string;
  /** The first one is the row's head. */
  readonly cells: readonly ComponentChildren[];
}

interface TableProps {
  readonly label: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (Row | Row['cells'])[];
  /** The class of the table. */
  readonly look?: string;
  /** For those who do not see where the table stands. */
  readonly caption?: string;
}

/** One row per thing under one row of titles, in a box that scrolls. */
export function Table({ label, columns, rows, look = 'data', caption }: TableProps) {
  const made = columns.map((one) => (typeof one === 'string' ? ([one, ''] as const) : one));
  const classOf = (place: number) => made[place]?.[1] || undefined;
  return (
    <Scroll label={label}>
      <table class={look || undefined}>
        {caption !== undefined && <caption class="sr">{caption}</caption>}
        <thead>
          <tr>
            {made.map(([title, own], i) => (
              <th key={i} scope="col" class={own === 'num' ? own : undefined}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, r) => {
            const { look: own, cells } = 'cells' in row ? row : { cells: row };
            const [head, ...rest] = cells;
            return (
              <tr key={r} class={own || undefined}>
                <th scope="row" class={classOf(0)}>
                  {head}
                </th>
                {rest.map((cell, i) => (
                  <td key={i} class={classOf(i + 1)}>
                    {cell}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}

/** Names and values, without titles. */
export function Facts(props: {
  label: string;
  rows: readonly (readonly [string, ComponentChildren])[];
}) {
  return (
    <Scroll label={props.label}>
      <table class="facts">
        <tbody>
          {props.rows.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

export function List({ items }: { items: readonly string[] }) {
  return (
    <ul>
      {items.map((item) => (
        <li key={item}>{item}</li>
      ))}
    </ul>
  );
}

/** The line and shape of a subject; decoration, the name is always next to it. */
export function Swatch({ identity, line = true }: { identity: Identity; line?: boolean }) {
  const dash = identity.dash.length === 0 ? {} : { 'stroke-dasharray': identity.dash.join(' ') };
  return (
    <svg
      class="swatch"
      viewBox={line ? '-16 -7 32 14' : '-7 -7 14 14'}
      width={line ? 32 : 14}
      height={14}
      aria-hidden="true"
      focusable="false"
    >
      {line && (
        <path d="M-16,0H16" fill="none" stroke={identity.colour} stroke-width="1.75" {...dash} />
      )}
      <path d={identity.shape} transform="scale(4.4)" fill={identity.colour} />
    </svg>
  );
}

/** A value above its interval, in a cell of a table. */
export function NumberCell(props: { bounds: string; children: ComponentChildren }) {
  return (
    <td class="num">
      <span class="value">{props.children}</span>
      <span class="interval">{props.bounds}</span>
    </td>
  );
}

const LINES_SHOWN = 5;

function GapList({ lines }: { lines: readonly GapLine[] }) {
  return (
    <ul class="gaps">
      {lines.map(({ why, where }) => (
        <li key={why}>
          <span class="where">{where}</span>: {why}
        </li>
      ))}
    </ul>
  );
}

/** Why numbers are missing; many reasons are folded after the first few. */
export function Gaps({ lines }: { lines: readonly GapLine[] }) {
  if (lines.length === 0) return null;
  const rest = lines.slice(LINES_SHOWN);
  return (
    <>
      <GapList lines={lines.slice(0, LINES_SHOWN)} />
      {rest.length > 0 && (
        <details>
          <summary>{count(rest.length, 'more reason', 'page')} for missing numbers</summary>
          <GapList lines={rest} />
        </details>
      )}
    </>
  );
}

export function SubjectName({ subject }: { subject: SubjectView }) {
  return (
    <>
      <Swatch identity={subject.identity} line={false} />
      <span class="name">
        <span class="id">{subject.id}</span>
        <span class="sub">
          {subject.role === 'twin' ? `A/A: ${subject.aaOf} again` : subject.title}
          {subject.role === 'reference' && ' · reference'}
        </span>
      </span>
    </>
  );
}
