/** Small pieces that several sections share. */
import type { ComponentChildren } from 'preact';
import { count } from '../../findings/format.js';
import type { GapLine } from '../gaps.js';
import type { Identity } from '../identity.js';

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
