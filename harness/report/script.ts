/**
 * What the page does when scripts may run: it shows what a mark stands for when it is pointed at or
 * stepped to with the arrow keys, and offers the embedded data for download. Without it everything
 * can still be read.
 *
 * `enhance` runs in the browser, from its own source text: it uses nothing from outside itself. All
 * texts are put into the page as texts, never as markup. The page's policy allows this script by
 * its hash and no other.
 */

function enhance(): void {
  const NEAR_PX = 28;
  const bubble = document.createElement('div');
  bubble.className = 'bubble';
  bubble.hidden = true;
  bubble.setAttribute('role', 'status');
  document.body.append(bubble);
  let lit: Element | null = null;

  function hide(): void {
    bubble.hidden = true;
    lit?.classList.remove('lit');
    lit = null;
  }

  function middleOf(mark: Element): { x: number; y: number } {
    const box = mark.getBoundingClientRect();
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  }

  function show(mark: Element): void {
    if (mark === lit) return;
    hide();
    lit = mark;
    mark.classList.add('lit');
    const [first = '', ...rest] = (mark.getAttribute('data-tip') ?? '').split('\n');
    const name = document.createElement('strong');
    name.textContent = first;
    bubble.replaceChildren(name, ...rest.flatMap((line) => [document.createElement('br'), line]));
    bubble.hidden = false;
    const { x, y } = middleOf(mark);
    const left = Math.min(
      Math.max(x - bubble.offsetWidth / 2, 8),
      innerWidth - bubble.offsetWidth - 8,
    );
    const above = y - bubble.offsetHeight - 14;
    bubble.style.left = `${Math.max(left, 8) + scrollX}px`;
    bubble.style.top = `${(above > 50 ? above : y + 16) + scrollY}px`;
  }

  function nearest(marks: readonly Element[], x: number, y: number): Element | null {
    let best: Element | null = null;
    let bestDistance = NEAR_PX;
    for (const mark of marks) {
      const box = mark.getBoundingClientRect();
      const dx = Math.max(box.left - x, 0, x - box.right);
      const dy = Math.max(box.top - y, 0, y - box.bottom);
      const distance = Math.hypot(dx, dy);
      if (distance < bestDistance) {
        best = mark;
        bestDistance = distance;
      }
    }
    return best;
  }

  function watch(chart: SVGSVGElement): void {
    const marks = [...chart.querySelectorAll('[data-tip]')];
    if (marks.length === 0) return;
    let at = -1;
    let waiting = false;
    chart.addEventListener('pointermove', (event) => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        const mark = nearest(marks, event.clientX, event.clientY);
        if (mark === null) hide();
        else show(mark);
      });
    });
    chart.addEventListener('pointerleave', hide);
    chart.addEventListener('blur', hide);
    chart.tabIndex = 0;
    chart.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === 'Escape') hide();
      if (step === undefined) return;
      event.preventDefault();
      at = (at + step + marks.length) % marks.length;
      const mark = marks[at];
      if (mark !== undefined) show(mark);
    });
  }

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

  for (const chart of document.querySelectorAll<SVGSVGElement>('.drawing svg')) watch(chart);
  for (const list of document.querySelectorAll<HTMLElement>('.downloads')) {
    // Old browsers cannot unpack: they keep the other ways to the data.
    list.hidden = typeof DecompressionStream === 'undefined';
  }
  for (const button of document.querySelectorAll<HTMLElement>('[data-download]')) {
    const block = document.getElementById(button.getAttribute('data-download') ?? '');
    if (block !== null) button.addEventListener('click', () => void download(block));
  }
  document.addEventListener('scroll', hide, { passive: true });
}

/** The text of the script element. */
export const SCRIPT = `(${enhance.toString()})();`;
