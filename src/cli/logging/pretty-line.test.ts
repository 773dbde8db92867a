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

  it('tells each fact once: a field that the sentence says is left out', () => {
    const entry = {
      level: 'info',
      time: '2026-03-01T18:00:00.000Z',
      msg: 'revision 1a2b: 14 bindings, 4 added, 0 changed',
      revision: '1a2b',
      bindings: 14,
      added: 4,
      files: 1,
      policy: { share: 0.2 },
    };
    expect(prettyLine(JSON.stringify(entry), NO_COLORS)).toBe(
      '18:00:00 INFO  revision 1a2b: 14 bindings, 4 added, 0 changed files=1\n',
    );
  });
});
