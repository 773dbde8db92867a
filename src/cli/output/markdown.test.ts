import fc from 'fast-check';
import { marked, type Token } from 'marked';
import { describe, expect, it } from 'vitest';
import type { BindingKey, InstanceId, SecurityGroupId } from '../../api/ids.ts';
import type { GroupRules } from '../../core/firewall/rules.ts';
import { summarize } from '../../core/plan-outcome.ts';
import type { PlanRow } from '../../core/plan-row.ts';
import { visible } from '../../core/text/visible.ts';
import type { RuleReader } from '../../ports/rules.ts';
import { VirtualClock } from '../../runtime/virtual-clock.ts';
import type { CommandContext } from '../command.ts';
import { diffMarkdown } from '../diff/perform-diff.ts';
import { planMarkdown } from '../plan/plan-markdown.ts';
import { readTraffic } from '../plan/plan-traffic.ts';
import { code, inElement, inline } from './markdown.ts';

/** What somebody might call a group, an instance or a file who wants to be heard. */
const ATTACKS = [
  'x | y |\n| z | w |',
  'a\\|b',
  'a\\',
  '`',
  '``` | ```',
  '![x](https://evil.example/a.png)',
  '[click](https://evil.example)',
  '[click][1]\n\n[1]: https://evil.example',
  'https://evil.example/?x',
  'www.evil.example',
  'mail@evil.example',
  '@octocat',
  '@org/team',
  '#12',
  'org/repo#12',
  'GH-12',
  'deadbeefdeadbeefdeadbeefdeadbeefdeadbeef',
  '<img src=x onerror=alert(1)>',
  '<a href="https://evil.example">x</a>',
  '<https://evil.example>',
  '</code><img src=x>',
  '</details><h1>approved</h1>',
  '-->',
  '*bold* _it_ ~~gone~~',
  '&#64;octocat',
  '<!--',
  ' spaces ',
  '',
];

const foreign = fc.oneof(
  fc.constantFrom(...ATTACKS),
  fc.string({ unit: fc.constantFrom(...'|`\\@#[]()!<>*_~&:/."\' \n\tawx1-$%'), maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.tuple(fc.constantFrom(...ATTACKS), fc.constantFrom(...ATTACKS)).map(([a, b]) => a + b),
);

const render = (markdown: string) => marked.parse(markdown, { gfm: true, async: false });

/** The text of an element, as a browser shows it. */
const textOf = (html: string) =>
  html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll(/&#(\d+);/g, (_, number) => String.fromCodePoint(Number(number)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

const ELEMENTS = new Set(
  'h3 p code table thead tbody tr th td br ul li details summary'
    .split(' ')
    .flatMap((one) => [one, `/${one}`]),
);

/** Every element of a page that is none of ours. */
const strangers = (html: string) =>
  [...html.matchAll(/<([^\s>]*)/g)].map(([, name = '']) => name).filter((name) => !ELEMENTS.has(name));

/** What stands outside of code, where hosts look for mentions and addresses. */
const outsideCode = (html: string) => textOf(html.replaceAll(/<code>[\s\S]*?<\/code>/g, '<code></code>'));

const MENTION = /@[a-z0-9]|#\d|\bGH-\d|www\.|:\/\/|[\w.]@[\w.]/i;

const A = 'sg-aaaaaaaa' as SecurityGroupId;
const B = 'sg-bbbbbbbb' as SecurityGroupId;
const C = 'sg-cccccccc' as SecurityGroupId;

function planRows({ file, message, problem }: Record<'file' | 'message' | 'problem', string>): PlanRow[] {
  const row = {
    instanceId: 'ins-00000001' as InstanceId,
    binding: 'shop/web' as BindingKey,
    origin: { kind: 'directory', file, line: 3, column: 1, revision: 'r' },
    scope: { account: 'default', region: 'ap-guangzhou' },
    desired: [A, B],
    steps: [{ op: 'move', sgId: A, from: 1, to: 0 }],
  } as const;
  return [
    {
      ...row,
      observed: [B, A],
      guard: { guard: 'must-keep', outcome: 'refused', message } as unknown as NonNullable<PlanRow['guard']>,
    },
    { ...row, instanceId: 'ins-00000002' as InstanceId, steps: [], problem },
  ];
}

describe('a plan in Markdown', () => {
  it('has its own cells and elements only, and mentions and links nothing, whatever things are called', () => {
    fc.assert(
      fc.property(foreign, foreign, foreign, foreign, (name, file, message, problem) => {
        const rows = planRows({ file, message, problem });
        const html = render(
          planMarkdown({
            rows,
            summary: summarize(rows, 1),
            revision: name,
            digest: 'sha256:0',
            names: new Map([[A, name]]),
            selectionProblems: [{ key: 'shop/sel', problem: { message } }] as unknown as Parameters<
              typeof planMarkdown
            >[0]['selectionProblems'],
            fitNone: [],
            permissions: [],
            traffic: { state: 'off' } as const,
          }),
        );
        expect(strangers(html.replace('<!-- cvmsg plan -->', ''))).toEqual([]);
        expect(outsideCode(html)).not.toMatch(MENTION);
        expect(html.match(/<tr>/g)).toHaveLength(3);
        expect(html.match(/<td/g)).toHaveLength(10);
        expect(html.match(/<details>/g)).toHaveLength(1);
        const shown = textOf(html);
        if (name !== '') expect(shown).toContain(visible(name).trim());
        expect(shown).toContain(visible(message).trim());
      }),
      { numRuns: 500 },
    );
  });
});

describe('the traffic of a plan in Markdown', () => {
  it('has its own elements only, whatever rules refer to and the cloud says of those that it does not tell', async () => {
    const neverEnds = new AbortController().signal;
    await fc.assert(
      fc.asyncProperty(foreign, foreign, foreign, async (name, port, reason) => {
        const [row] = planRows({ file: 'web.yaml', message: '', problem: '' });
        const { guard: _, ...free } = row as PlanRow;
        const accept = { action: 'ACCEPT', protocol: 'tcp', port: '22' } as const;
        const ingress = [
          { action: 'DROP', protocol: 'tcp', cidrBlock: '10.0.0.0/8', port },
          { ...accept, securityGroupId: name },
          { ...accept, addressTemplate: name },
        ] as const;
        const book = { groups: new Map([[A, { ingress, egress: [] }]]) };
        const unread = [{ kind: 'addressTemplates', what: 'address templates', reason } as const];
        const reader: RuleReader = {
          readRules: async (sgIds) => {
            const groups = new Map<SecurityGroupId, GroupRules>(book.groups);
            for (const sgId of sgIds) if (sgId !== A) groups.set(sgId, { unreadable: reason });
            return { ok: true, book: { groups }, unread };
          },
          readReferrers: async () => ({ ok: true, referrers: new Map() }),
        };
        const rows = [{ ...free, desired: [A, C], observed: [C, A] }];
        const context = { globals: { traffic: 'auto' } } as CommandContext;
        const traffic = await readTraffic(context, rows, {
          ruleReaders: { rules: () => reader },
          clock: new VirtualClock(0),
          timeoutMs: 1_000,
          signal: neverEnds,
        });
        const view = {
          ...{
            rows,
            traffic,
            summary: summarize(rows, 1),
            revision: 'r',
            digest: 'sha256:0',
            names: new Map(),
          },
          ...{ selectionProblems: [], fitNone: [], permissions: [] },
        };
        const html = render(planMarkdown(view));
        expect(strangers(html.replace('<!-- cvmsg plan -->', ''))).toEqual([]);
        expect(outsideCode(html)).not.toMatch(MENTION);
        expect(html.match(/<details>/g)).toHaveLength(1);
        expect(html).toContain('cannot tell for');
      }),
      { numRuns: 200 },
    );
  });
});

describe('a difference in Markdown', () => {
  it('has its own cells and elements only', () => {
    fc.assert(
      fc.property(foreign, foreign, (text, other) => {
        const html = render(
          diffMarkdown({
            from: text,
            to: other,
            diff: {
              bindings: [
                {
                  binding: 'shop/web' as BindingKey,
                  change: 'changed',
                  before: [A],
                  after: [B],
                  steps: [],
                  joined: [],
                  left: [],
                  fields: [{ field: 'file', before: text, after: { tags: { [text]: other } } }],
                },
              ],
              instances: [],
            },
          }),
        );
        expect(strangers(html)).toEqual([]);
        expect(outsideCode(html)).not.toMatch(MENTION);
        expect(html.match(/<td/g)).toHaveLength(3);
      }),
      { numRuns: 300 },
    );
  });
});

describe('foreign text', () => {
  /** Names of all tokens, however deep. */
  const kinds = (tokens: readonly Token[]): string[] =>
    tokens.flatMap((token) => [
      token.type,
      ...('tokens' in token && token.tokens ? kinds(token.tokens) : []),
    ]);

  it.each(ATTACKS.filter((text) => text !== '' && text !== '-->' && !/^[\w ]+$/.test(text)))(
    'is code in a line: %j',
    (text) => {
      const found = kinds(marked.lexer(`- before ${inline(text)} after`));
      expect(found).not.toContain('link');
      expect(found).not.toContain('image');
      expect(inline(text)).toMatch(/^(?:`.*`|<code>.*<\/code>)$/);
      expect(inElement(text)).not.toMatch(/<(?!\/?code>)|www\.|:\/\/|@/);
    },
  );

  it.each(['move sg-aaaaaaaa 2nd -> 1st', 'add sg-bbbbbbbb (web) 3rd', 'shop/web'])(
    'that is plain stays as it is: %s',
    (text) => {
      expect(inline(text)).toBe(text.replace('>', '&gt;'));
    },
  );

  it('is the same text again when it is shown', () => {
    fc.assert(
      fc.property(foreign, (text) => {
        for (const way of [code, inline]) {
          expect(textOf(render(`x ${way(text)} y`)).trim()).toBe(`x ${visible(text)} y`);
        }
      }),
    );
  });
});
