import { describe, expect, it } from 'vitest';
import { NO_COLORS } from '../output/palette.ts';
import { prettyLine } from './pretty-line.ts';

describe('prettyLine', () => {
  it('stays one line that steers no terminal, whatever sentence and fields hold', () => {
    const entry = {
      level: 'warn',
      time: '2026-03-01T18:00:00.000Z',
      msg: 'no such group: a\u001b[31m\nb',
      actor: 'c\u009b2J\u202e',
      tags: { 'd\r': 'e' },
    };
    expect(prettyLine(JSON.stringify(entry), NO_COLORS)).toBe(
      '18:00:00 WARN  no such group: a\\u001b[31m\\nb actor=c\\u009b2J\\u202e tags={"d\\r":"e"}\n',
    );
  });
});
