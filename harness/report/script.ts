/**
 * What the page does when scripts may run: it shows what a mark stands for when it is pointed at or
 * stepped to with the arrow keys, and offers the embedded data for download. Without it everything
 * can still be read.
 *
 * The functions run in the browser, from their own source text: they use nothing from outside but
 * what they are given. All texts are put into the page as texts, never as markup. The page's policy
 * allows this script by its hash and no other.
 */

interface Bubble {
  show(mark: Element): void;
  hide(): void;
}

/** The box next to a mark that shows its text. */
function makeBubble(): Bubble {
  const box = document.createElement('div');
  box.className = 'bubble';
  box.hidden = true;
  box.setAttribute('role', 'status');
  document.body.append(box);
  let lit: Element | null = null;

  function hide(): void {
    box.hidden = true;
    lit?.classList.remove('lit');
    lit = null;
  }

  function place(mark: Element): void {
    const at = mark.getBoundingClientRect();
    const widest = innerWidth - box.offsetWidth - 8;
    const left = Math.max(8, Math.min(at.x + (at.width - box.offsetWidth) / 2, widest));
    const middle = at.y + at.height / 2;
    const above = middle - box.offsetHeight - 14;
    box.style.left = `${left + scrollX}px`;
    box.style.top = `${(above > 50 ? above : middle + 16) + scrollY}px`;
  }

  function show(mark: Element): void {
    if (mark === lit) return;
    hide();
    lit = mark;
    mark.classList.add('lit');
    const [first = '', ...rest] = (mark.getAttribute('data-tip') ?? '').split('\n');
    const name = document.createElement('strong');
    name.textContent = first;
    box.replaceChildren(name, ...rest.flatMap((line) => [document.createElement('br'), line]));
    box.hidden = false;
    place(mark);
  }

  document.addEventListener('scroll', hide, { passive: true });
  return { show, hide };
}

/** Pointer and arrow keys, in every chart that has something to say. */
function watchCharts(bubble: Bubble): void {
  const NEAR_PX = 28;

  function distance(mark: Element, x: number, y: number): number {
    const box = mark.getBoundingClientRect();
    const dx = Math.max(box.left - x, 0, x - box.right);
    const dy = Math.max(box.top - y, 0, y - box.bottom);
    return Math.hypot(dx, dy);
  }

  function point(marks: readonly Element[], x: number, y: number): void {
    let best: Element | null = null;
    let nearest = NEAR_PX;
    for (const mark of marks) {
      const far = distance(mark, x, y);
      if (far < nearest) [best, nearest] = [mark, far];
    }
    if (best === null) bubble.hide();
    else bubble.show(best);
  }

  function watch(chart: SVGSVGElement): void {
    const marks = [...chart.querySelectorAll('[data-tip]')];
    if (marks.length === 0) return;
    let at = -1;
    let waiting = false;
    chart.addEventListener('pointermove', ({ clientX, clientY }) => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        point(marks, clientX, clientY);
      });
    });
    chart.addEventListener('pointerleave', bubble.hide);
    chart.addEventListener('blur', bubble.hide);
    chart.tabIndex = 0;
    chart.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === 'Escape') bubble.hide();
      if (step === undefined) return;
      event.preventDefault();
      at = (at + step + marks.length) % marks.length;
      const mark = marks[at];
      if (mark !== undefined) bubble.show(mark);
    });
  }

  for (const chart of document.querySelectorAll<SVGSVGElement>('.drawing svg')) watch(chart);
}

/** Buttons for the data blocks; old browsers cannot unpack them and keep the other ways. */
function offerDownloads(): void {
  if (typeof DecompressionStream === 'undefined') return;

  async function unpacked(block: Element): Promise<Blob> {
    const bytes = Uint8Array.from(atob(block.textContent ?? ''), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
    const type = block.getAttribute('data-media-type') ?? '';
    return new Blob([await new Response(stream).arrayBuffer()], { type });
  }

  async function download(block: Element): Promise<void> {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await unpacked(block));
    link.download = block.getAttribute('data-file') ?? 'data';
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  for (const list of document.querySelectorAll<HTMLElement>('.downloads')) list.hidden = false;
  for (const button of document.querySelectorAll<HTMLElement>('[data-download]')) {
    const block = document.getElementById(button.getAttribute('data-download') ?? '');
    if (block !== null) button.addEventListener('click', () => void download(block));
  }
}

/** The text of the script element. */
export const SCRIPT = [
  '(() => {',
  ...[makeBubble, watchCharts, offerDownloads].map((part) => part.toString()),
  'watchCharts(makeBubble());',
  'offerDownloads();',
  '})();',
].join('\n');
