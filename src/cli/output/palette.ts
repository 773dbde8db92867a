/** Colours, or none. */
import { styleText } from 'node:util';
import type { GlobalSettings } from '../flags/global-flags.ts';
import type { Io, OutputStream } from '../io.ts';

type Paint = (text: string) => string;

export interface Palette {
  readonly good: Paint;
  readonly bad: Paint;
  readonly changed: Paint;
  readonly note: Paint;
  readonly faint: Paint;
  readonly strong: Paint;
}

const plain: Paint = (text) => text;

export const NO_COLORS: Palette = {
  good: plain,
  bad: plain,
  changed: plain,
  note: plain,
  faint: plain,
  strong: plain,
};

const paint =
  (style: Parameters<typeof styleText>[0]): Paint =>
  (text) =>
    styleText(style, text, { validateStream: false });

const COLORS: Palette = {
  good: paint('green'),
  bad: paint('red'),
  changed: paint('yellow'),
  note: paint('cyan'),
  faint: paint('dim'),
  strong: paint('bold'),
};

/** Colours for a stream: only on a terminal, and only where nobody asked for none. */
export function paletteFor(stream: OutputStream, io: Io, globals: Pick<GlobalSettings, 'noColor'>): Palette {
  const refused = globals.noColor || (io.env.NO_COLOR ?? '') !== '' || io.env.TERM === 'dumb';
  return stream.isTTY === true && !refused ? COLORS : NO_COLORS;
}
