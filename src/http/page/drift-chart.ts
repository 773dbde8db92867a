/** How often somebody else has changed lists, day by day, as bars. */
import { count, thousands } from '../../core/text/words.ts';
import { type Html, html } from './html.ts';
import type { DriftDay } from './view.ts';

const STEP = 40;
const BAR = 26;
const HEIGHT = 96;
const TOP = 18;

export function driftChart(days: readonly DriftDay[]): Html {
  const most = Math.max(...days.map(({ instances }) => instances), 0);
  const all = days.reduce((sum, { instances }) => sum + instances, 0);
  if (all === 0) return html`<p class="faint">None in the last ${count(days.length, 'day')}.</p>`;
  const width = days.length * STEP;
  const label = `${count(all, 'repair')} in the last ${count(days.length, 'day')}: ${days
    .filter(({ instances }) => instances > 0)
    .map(({ day, instances }) => `${day} ${thousands(instances)}`)
    .join(', ')}`;
  return html`<svg class="chart" role="img" aria-label="${label}" viewBox="0 0 ${width} ${TOP + HEIGHT + 18}">
${days.map((day, index) => barHtml(day, index * STEP + (STEP - BAR) / 2, most))}
<path class="axis" d="M0 ${TOP + HEIGHT + 0.5}H${width}"/>
<text x="0" y="${TOP + HEIGHT + 15}">${days[0]?.day ?? ''}</text>
<text x="${width}" y="${TOP + HEIGHT + 15}" text-anchor="end">${days.at(-1)?.day ?? ''}</text>
</svg>`;
}

function barHtml({ day, instances }: DriftDay, x: number, most: number): Html {
  if (instances === 0) return html``;
  const height = Math.max(2, Math.round((instances / most) * HEIGHT));
  const y = TOP + HEIGHT - height;
  return html`<g><title>${day}: ${count(instances, 'repair')}</title><rect x="${x}" y="${y}" width="${BAR}" height="${height}" rx="3"/><text x="${x + BAR / 2}" y="${y - 5}" text-anchor="middle">${thousands(instances)}</text></g>`;
}
