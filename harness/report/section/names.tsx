/** The name of a server as tables show it: its mark, its id, and what it is. */
import type { SubjectView } from '../model.js';
import { Swatch } from './parts.js';

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
