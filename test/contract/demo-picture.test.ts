/** The picture of the README shows what the demo prints, and can be read on light and dark pages. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEMO_PICTURE, demoOutput, drawTerminal } from '../../scripts/demo-picture.ts';

const picture = readFileSync(DEMO_PICTURE, 'utf8');

/** What is written in a picture, without what differs from run to run: port, folder, counts of calls and rows, ages. */
function wordsIn(svg: string): string {
  const texts = [...svg.matchAll(/<text [^>]*>(.*)<\/text>/g)].map(([, line = '']) =>
    [...line.matchAll(/<tspan [^>]*>([^<]*)<\/tspan>/g)].map(([, words = '']) => words).join(' '),
  );
  return texts
    .join(' ')
    .replaceAll(/\s+/g, '')
    .replace(/127\.0\.0\.1:\d+/, '127.0.0.1:PORT')
    .replace(/bindingsin.*?Converged/, 'bindingsinFOLDERConverged')
    .replace(/writtenin\d+calls?/, 'writteninCALLS')
    .replaceAll(/#\d+(?=ins-|What)/g, '#ROW')
    .replaceAll(/\d+sInSync/g, 'AGEInSync');
}

describe('the picture of the demo', () => {
  it('shows what the demo prints today; `node scripts/demo-picture.ts` draws it anew', async () => {
    expect(wordsIn(picture)).toBe(wordsIn(drawTerminal(await demoOutput())));
  });

  it('shows a reorder, what it opened, and its repair', () => {
    expect(wordsIn(picture)).toContain('orderchangedbyhand');
    expect(wordsIn(picture)).toContain('openstcp/22');
    expect(wordsIn(picture)).toContain('Allinsync.');
  });

  it('brings its own ground, so that it can be read on a light and on a dark page', () => {
    const [, ground = ''] = /<rect [^>]*fill="(#[0-9a-f]{6})"/.exec(picture) ?? [];
    const colours = [...picture.matchAll(/fill: (#[0-9a-f]{6})/g)].map(([, colour = '']) => colour);
    expect(colours.length).toBeGreaterThan(4);
    expect(colours.filter((colour) => contrast(colour, ground) < 7)).toEqual([]);
  });

  it('is small and asks nothing of the web', () => {
    expect(Buffer.byteLength(picture)).toBeLessThan(100_000);
    expect(picture).not.toMatch(/(?:href|src)=|url\(|@import|<script/);
  });
});

/** The contrast ratio of WCAG 2. */
function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
