/** What the tests of the report look at in a page. Never used outside tests. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

/**
 * Texts whose contrast with what is behind them is below `least`, SVG included. Runs in the page.
 */
export function faintTexts(least: number): string[] {
  const channels = (colour: string): number[] => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (colour: string): number => {
    const [r = 0, g = 0, b = 0] = channels(colour).map((channel) => {
      const c = channel / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const known = new Map<Element, string>();
  const behind = (element: Element | null): string => {
    if (element === null) return 'rgb(255, 255, 255)';
    const own = known.get(element) ?? getComputedStyle(element).backgroundColor;
    const colour = channels(own)[3] === 0 ? behind(element.parentElement) : own;
    known.set(element, colour);
    return colour;
  };
  const own = (element: Element) =>
    [...element.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.textContent?.trim());
  const shown = [...document.body.querySelectorAll('*')].filter(
    (e) => own(e) && !e.matches('script, style, desc') && e.getClientRects().length > 0,
  );
  return shown.flatMap((element) => {
    const style = getComputedStyle(element);
    const colour = element instanceof SVGElement ? style.fill : style.color;
    const [a = 0, b = 0] = [luminance(colour), luminance(behind(element))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    return contrast >= least ? [] : [`${contrast.toFixed(2)} ${colour} ${element.textContent}`];
  });
}

/** Lays out what is not in sight, too. Runs in the page. */
export function layOutAll(): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('* { content-visibility: visible !important; }');
  document.adoptedStyleSheets = [sheet];
}

/** Charts that are shown: what each is called, and whether anything is drawn in it. Runs in the page. */
export function chartsShown(): { name: string; marks: number; width: number; again: boolean }[] {
  const charts = [...document.querySelectorAll<SVGElement>('svg.chart')];
  return charts
    .filter((svg) => svg.getClientRects().length > 0)
    .map((svg) => {
      const shown = svg.querySelector('use')?.getAttribute('href') ?? null;
      const body = shown === null ? svg : document.querySelector(shown);
      return {
        name: `${svg.getAttribute('role')} ${svg.getAttribute('aria-label')}`,
        marks: body?.querySelectorAll('.role-mark path, .role-mark line').length ?? 0,
        width: svg.getBoundingClientRect().width,
        again: shown !== null,
      };
    });
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What axe-core finds that is serious or critical, as `rule: element`. */
export async function barriers(page: Page): Promise<string[]> {
  // Not by a script element: the page's policy would stop it.
  await page.evaluate(await readFile(AXE, 'utf8'));
  return page.evaluate(async () => {
    const tool = (globalThis as unknown as { axe: { run(asked: object): Promise<Found> } }).axe;
    interface Found {
      violations: { id: string; impact: string; nodes: { html: string }[] }[];
    }
    // It gathers less of what passes, which is thousands of elements.
    const { violations } = await tool.run({ resultTypes: ['violations'] });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
  });
}
