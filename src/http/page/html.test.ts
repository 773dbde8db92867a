import { expect, it } from 'vitest';
import { html } from './html.ts';

it('escapes texts in content and attributes, and passes what a template has made', () => {
  const text = `"><script>'&`;
  expect(String(html`<a title="${text}">${html`<b>${text}</b>`}${[text, 1]}</a>`)).toBe(
    '<a title="&quot;&gt;&lt;script&gt;&#39;&amp;"><b>&quot;&gt;&lt;script&gt;&#39;&amp;</b>&quot;&gt;&lt;script&gt;&#39;&amp;1</a>',
  );
});

it('shows what turns the order of a text', () => {
  expect(String(html`${'a\u202eb\u0007'}`)).toBe('a\\u202eb\\u0007');
});
