import { describe, it } from 'vitest';
import { MAX_FILE_BYTES } from '../../src/documents/file-text.ts';
import { BOTH, expectRefusal, type Refusal, WEB } from './binding-text.ts';

describe('YAML that is refused, each with its place and its fix', () => {
  it.each<Refusal>([
    {
      reason: 'duplicate key',
      text: BOTH.replace('spec:', 'spec:\n  region: gz'),
      at: '8:3 spec.region yaml/duplicate-key',
      fix: 'keep one of the two and delete the other',
      names: ['shop/api'],
      incomplete: true,
    },
    {
      reason: 'tab',
      text: `${WEB}\tmode: Observe\n`,
      at: '14:1  yaml/tab-as-indent',
      fix: 'indent with spaces',
      incomplete: true,
    },
    {
      reason: 'merge key',
      text: `${WEB}  <<: { suspend: true }\n`,
      at: '14:3 spec["<<"] yaml/merge-key',
      fix: 'write the fields out; an alias such as `sgIds: *web` works for a whole value',
    },
    {
      reason: 'an alias bomb',
      text: `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d] # cvmsg.dev\n`,
      at: '1:1  yaml/alias-bomb',
      fix: 'write the values out',
      broken: [],
      incomplete: true,
    },
    {
      reason: 'few aliases for very much',
      text: `a: &a [${'x,'.repeat(5000)}x]\nb: [${'*a,'.repeat(30)}*a] # cvmsg.dev\n`,
      at: '1:1  yaml/alias-bomb',
      fix: 'write the values out',
      broken: [],
      incomplete: true,
    },
    {
      reason: 'an alias without its anchor',
      text: WEB.replace('ap-guangzhou', '*region'),
      at: '1:1  yaml/unresolved-alias',
      fix: 'define the anchor above its first alias, or put the text in quotes',
      broken: [],
      incomplete: true,
    },
    {
      reason: 'a tag',
      text: WEB.replace('ap-guangzhou', '!env ap-guangzhou'),
      at: '7:11  yaml/tag-resolve-failed',
      fix: 'remove the tag, or put the text in quotes',
      incomplete: true,
    },
    {
      reason: 'a syntax error makes the whole file unreliable',
      text: `${BOTH}---\na: [\n---\n${WEB}`,
      at: '30:1  yaml/bad-indent',
      fix: 'indent the fields of one mapping alike',
      broken: ['shop/web', 'shop/api'],
      incomplete: true,
    },
    {
      reason: 'not UTF-8',
      text: Buffer.concat([Buffer.from('# cvmsg.dev\nb é'), Buffer.from([0xff, 0x63])]),
      at: '2:4  file/not-utf-8',
      fix: 'save it as UTF-8',
      broken: [],
      incomplete: true,
    },
    {
      reason: 'control character',
      text: `a: # cvmsg.dev\n  "b\u0007"\n`,
      at: '2:5  file/control-character',
      fix: 'remove it, or write it as an escape in double quotes',
      broken: [],
      incomplete: true,
    },
    {
      reason: 'UTF-16, as some editors save it',
      text: Buffer.from(`\ufeff${WEB}`, 'utf16le'),
      at: '1:1  file/not-utf-8',
      fix: 'save it as UTF-8',
      broken: [],
      incomplete: true,
    },
    {
      reason: 'too large',
      text: `${WEB}#${'x'.repeat(MAX_FILE_BYTES)}`,
      at: '1:1  file/too-large',
      fix: 'split it into several files',
      broken: [],
      incomplete: true,
    },
    {
      reason: 'nested too deep',
      text: `# cvmsg.dev\na: ${'['.repeat(500_000)}`,
      at: '2:104  file/too-deep',
      fix: 'write the document without that nesting',
      broken: [],
      incomplete: true,
    },
  ])('$reason', expectRefusal);
});
