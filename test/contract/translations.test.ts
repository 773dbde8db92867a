/** The Chinese pages keep in step with the English ones: headings, code and tables stand in the same places. */
import { describe, expect, it } from 'vitest';
import { type CodeBlock, type Page, type Part, pageOf, readPage } from './pages.ts';

const TRANSLATIONS = [
  { english: 'README.md', chinese: 'README.zh-CN.md' },
  { english: 'docs/operating.md', chinese: 'docs/zh/operating.md' },
];

describe.each(TRANSLATIONS)('$chinese', ({ english, chinese }) => {
  it(`is in step with ${english}`, () => {
    expect(outOfStep(readPage(english), readPage(chinese))).toEqual([]);
  });

  it(`is linked from ${english}, and links back`, () => {
    const up = chinese.startsWith('docs/zh/') ? '../' : '';
    expect(readPage(english).links).toContain(chinese.replace(/^docs\//, ''));
    expect(readPage(chinese).links).toContain(`${up}${english.replace(/^docs\//, '')}`);
  });

  it('is Chinese in every heading', () => {
    const { headings } = readPage(chinese);
    const words = headings.filter(({ level }) => level > 1).map(({ text }) => text);
    expect(words.length).toBeGreaterThan(5);
    expect(words.filter((text) => !/\p{Script=Han}/u.test(text))).toEqual([]);
  });
});

describe('a page that is out of step', () => {
  const english = pageOf(
    'a.md',
    '# A\n\n## Two\n\n```sh\nls # list\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n### Three\n',
  );
  const chinese = (text: string) => outOfStep(english, pageOf('b.md', text));

  it('is in step when only words and comments differ', () => {
    const text = '# 甲\n\n## 乙\n\n```sh\nls # 列出\n```\n\n| 甲 | 乙 |\n|---|---|\n| 一 | 二 |\n\n### 丙\n';
    expect(chinese(text)).toEqual([]);
  });

  it.each([
    {
      reason: 'a heading of another level',
      text: '# 甲\n\n### 乙\n',
      says: '"Two": level 2 here, "乙" of level 3 in b.md',
    },
    {
      reason: 'a heading that is missing',
      text: '# 甲\n\n## 乙\n\n```sh\nls\n```\n\n|甲|乙|\n|---|---|\n|1|2|\n',
      says: '"Three": missing in b.md',
    },
    {
      reason: 'a heading too many',
      text: '# 甲\n\n## 乙\n\n```sh\nls\n```\n\n|甲|乙|\n|---|---|\n|1|2|\n\n### 丙\n\n### 丁\n',
      says: '"丁": only in b.md',
    },
    {
      reason: 'another command',
      text: '# 甲\n\n## 乙\n\n```sh\nls -l\n```\n\n|甲|乙|\n|---|---|\n|1|2|\n\n### 丙\n',
      says: '"Two": code block 1 differs in b.md: "ls" here, "ls -l" there',
    },
    {
      reason: 'a table with a row less',
      text: '# 甲\n\n## 乙\n\n```sh\nls\n```\n\n|甲|乙|\n|---|---|\n\n### 丙\n',
      says: '"Two": table 1 has 2 rows of 2 columns here, 1 of 2 in b.md',
    },
    {
      reason: 'a block that is missing',
      text: '# 甲\n\n## 乙\n\n|甲|乙|\n|---|---|\n|1|2|\n\n### 丙\n',
      says: '"Two": 1 code block here, 0 in b.md',
    },
  ])('is told by its heading: $reason', ({ text, says }) => {
    expect(chinese(text)[0]).toBe(says);
  });
});

/** A heading with what stands below it. */
interface Section {
  readonly level: number;
  readonly text: string;
  readonly codes: readonly CodeBlock[];
  readonly tables: readonly string[];
}

/** Where the second page does not have what the first one has, by the first one's headings. */
function outOfStep(one: Page, other: Page): string[] {
  const sections = sectionsOf(one.parts);
  const others = sectionsOf(other.parts);
  const wrong = sections.flatMap((section, index) => {
    const place = `"${section.text}"`;
    const there = others[index];
    if (there === undefined) return [`${place}: missing in ${other.path}`];
    if (there.level !== section.level) {
      return [
        `${place}: level ${section.level} here, "${there.text}" of level ${there.level} in ${other.path}`,
      ];
    }
    return [
      ...differentCodes(section, there, other.path),
      ...differentTables(section, there, other.path),
    ].map((words) => `${place}: ${words}`);
  });
  const more = others.slice(sections.length).map(({ text }) => `"${text}": only in ${other.path}`);
  return [...wrong, ...more];
}

function sectionsOf(parts: readonly Part[]): readonly Section[] {
  const sections: { level: number; text: string; codes: CodeBlock[]; tables: string[] }[] = [];
  for (const part of parts) {
    if (part.kind === 'heading') sections.push({ ...part.heading, codes: [], tables: [] });
    else if (part.kind === 'code') sections.at(-1)?.codes.push(part.code);
    else sections.at(-1)?.tables.push(sizeOf(part.table.rows));
  }
  return sections;
}

const sizeOf = (rows: readonly (readonly string[])[]) => `${rows.length} of ${rows[0]?.length ?? 0}`;

function differentCodes(here: Section, there: Section, path: string): string[] {
  const [count, found] = [here.codes.length, there.codes.length];
  if (count !== found) return [`${count} code block${count === 1 ? '' : 's'} here, ${found} in ${path}`];
  return here.codes.flatMap((code, index) => {
    const other = there.codes[index];
    const place = `code block ${index + 1} differs in ${path}`;
    if (code.language !== other?.language)
      return [`${place}: ${code.language} here, ${other?.language} there`];
    const [lines, theirs] = [commands(code), commands(other)];
    const at = Array.from({ length: Math.max(lines.length, theirs.length) }, (_, line) => line).find(
      (line) => lines[line] !== theirs[line],
    );
    return at === undefined ? [] : [`${place}: "${lines[at] ?? ''}" here, "${theirs[at] ?? ''}" there`];
  });
}

function differentTables(here: Section, there: Section, path: string): string[] {
  const [count, found] = [here.tables.length, there.tables.length];
  if (count !== found) return [`${count} table${count === 1 ? '' : 's'} here, ${found} in ${path}`];
  return here.tables.flatMap((size, index) =>
    size === there.tables[index]
      ? []
      : [
          `table ${index + 1} has ${size.replace(' of ', ' rows of ')} columns here, ${there.tables[index]} in ${path}`,
        ],
  );
}

/** The lines of a block without comments, which are translated. Where rules are counted, `#` is followed by a digit. */
function commands({ text }: CodeBlock): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/(?:^|\s)\s*#\s.*$/, '').trimEnd())
    .filter((line) => line !== '');
}
