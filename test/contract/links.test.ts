/** Pages lead where they say that they lead. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Page, pageOf, pagePaths, readPage } from './pages.ts';

const pages = pagePaths();

describe('the links of the pages', () => {
  it('are looked for in every page', () => {
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/operating.md']));
    expect(pages.flatMap((path) => readPage(path).links).length).toBeGreaterThan(80);
  });

  it('would be missed where file or heading is gone', () => {
    const page = pageOf(
      'docs/made-up.md',
      '# A\n[1](nowhere.md) [2](design.md#no-such-heading) [3](#a) [4](design.md#words) [5](https://x.example/y.md) ![6](images/gone.png)',
    );
    expect(deadLinks(page)).toEqual(['nowhere.md', 'design.md#no-such-heading', 'images/gone.png']);
  });

  it.each(pages)('lead to files and headings that there are: %s', (path) => {
    expect(deadLinks(readPage(path))).toEqual([]);
  });
});

describe('the files that pages name', () => {
  const files = ['src', 'test', 'scripts', 'bench'].flatMap((room) =>
    readdirSync(room, { recursive: true, encoding: 'utf8' }).map((name) => `/${room}/${name}`),
  );
  const missing = (text: string) =>
    [...text.matchAll(/`([\w./-]+\.(?:test\.)?ts)\b[^`]*`/g)]
      .map(([, name = '']) => name)
      .filter((name) => !files.some((file) => file.endsWith(`/${name}`)));

  it('would be missed where they are gone', () => {
    expect(missing('see `core/plan.ts`, `no-such-file.ts` and `src/main.ts:3`')).toEqual(['no-such-file.ts']);
  });

  // What was true of an older version stays in its history.
  it.each(pages.filter((path) => path !== 'CHANGELOG.md'))('are there: %s', (path) => {
    expect(missing(readFileSync(path, 'utf8'))).toEqual([]);
  });
});

/** Links of a page that lead to no file, or to a heading that is not there. Addresses of the web are not asked. */
function deadLinks({ path, links, headings }: Page): string[] {
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? path : normalize(join(dirname(path), file));
    if (file !== '' && !existsSync(target)) return true;
    if (anchor === undefined) return false;
    const known = file === '' ? headings : readPage(target).headings;
    return !known.some((heading) => heading.anchor === decodeURIComponent(anchor));
  });
}
