import { describe, expect, it } from 'vitest';
import { BOTH, expectRefusal, LIST, type Refusal, read, WEB } from './binding-text.ts';

const PATCH_FIX =
  'give what `kustomize build` makes of it, and name the folder of patches in `.cvmsgignore`; or write all fields that a binding needs';

describe('documents that are refused, each with its place and its fix', () => {
  it.each<Refusal>([
    {
      reason: 'unknown field',
      text: BOTH.replace('sgIds', 'sgids'),
      at: '11:3 spec.sgids schema/unknown-field',
      fix: 'write `sgIds` in place of `sgids`',
      names: ['shop/api'],
    },
    {
      reason: 'unknown field like no other',
      text: WEB.replace('spec:', 'spec:\n  color: red'),
      at: '7:3 spec.color schema/unknown-field',
      fix: 'remove it; the fields here are region, instanceIds, instanceSelector, sgIds, mode, suspend, suspendUntil, interval, deletionPolicy, credentialsRef',
    },
    {
      reason: 'YAML 1.1 boolean',
      text: `${WEB}  suspend: yes\n`,
      at: '14:12 spec.suspend schema/type',
      fix: 'write `true`, without quotes',
    },
    {
      reason: 'YAML 1.1 boolean under a directive',
      text: `%YAML 1.1\n---\n${WEB}  suspend: off\n`,
      at: '16:12 spec.suspend schema/type',
      fix: 'write `false`, without quotes',
    },
    {
      reason: 'number for a name',
      text: WEB.replace('name: web', 'name: 123'),
      at: '4:9 metadata.name schema/type',
      fix: 'put it in quotes: `"123"`',
      broken: [],
      incomplete: true,
    },
    {
      reason: 'number for a label',
      text: WEB.replace('metadata:', 'metadata:\n  labels: { tier: 1 }'),
      at: '4:19 metadata.labels.tier schema/type',
      fix: 'put it in quotes: `"1"`',
    },
    {
      reason: 'upper-case id',
      text: WEB.replace('ins-0a1b2c3d', 'INS-0A1B2C3D'),
      at: '10:7 spec.instanceIds[1] schema/pattern',
      fix: 'write `ins-0a1b2c3d`',
    },
    {
      reason: 'id without its prefix',
      text: WEB.replace('ins-0a1b2c3d', 'a1b2c3d4'),
      at: '10:7 spec.instanceIds[1] schema/pattern',
      fix: 'write `ins-a1b2c3d4`',
    },
    {
      reason: 'a group among the instances',
      text: WEB.replace('ins-0a1b2c3d', 'sg-o8sk37is'),
      at: '10:7 spec.instanceIds[1] schema/pattern',
      fix: 'move "sg-o8sk37is" to `spec.sgIds`, where it belongs',
    },
    {
      reason: 'an id that is beyond repair',
      text: WEB.replace('sg-o8sk37is', 'web servers'),
      at: '13:7 spec.sgIds[1] schema/pattern',
      fix: 'write the id of a security group, `sg-` and 6 to 16 lower-case letters or digits',
    },
    {
      reason: 'region with an underscore',
      text: WEB.replace('ap-guangzhou', 'ap_guangzhou'),
      at: '7:11 spec.region schema/pattern',
      fix: 'write `ap-guangzhou`',
    },
    {
      reason: 'region by its city',
      text: WEB.replace('ap-guangzhou', 'Guangzhou'),
      at: '7:11 spec.region schema/pattern',
      fix: 'write `ap-guangzhou`',
    },
    {
      reason: 'nothing where a value is due',
      text: WEB.replace(' ap-guangzhou', ''),
      at: '7:10 spec.region schema/type',
      fix: 'write a value, or remove the line',
    },
    {
      reason: 'a missing list',
      text: WEB.replace(/ {2}sgIds:.*/s, ''),
      at: '6:1 spec schema/required',
      fix: 'add `sgIds`: The security groups that each instance shall have',
    },
    {
      reason: 'metadata.namespace is a DNS label',
      text: WEB.replace('namespace: shop', 'namespace: shop.web'),
      at: '5:14 metadata.namespace schema/pattern',
      fix: 'write a namespace of lower-case letters, digits and `-`',
      broken: [],
      incomplete: true,
    },
    {
      reason: 'misspelt kind',
      text: BOTH.replace('kind: CvmSecurityGroupBinding', 'kind: CvmSecurityGroupBindng'),
      at: '2:7 kind document/kind',
      fix: 'write `kind: CvmSecurityGroupBinding`',
      names: ['shop/api'],
    },
    {
      reason: 'wrong version',
      text: WEB.replace('v1alpha1', 'v1'),
      at: '1:13 apiVersion document/api-version',
      fix: 'write `apiVersion: cvmsg.dev/v1alpha1`',
    },
    {
      reason: 'wrong group',
      text: WEB.replace('cvmsg.dev', 'cvmsg.io'),
      at: '1:13 apiVersion document/api-version',
      fix: 'write `apiVersion: cvmsg.dev/v1alpha1`',
    },
    {
      reason: 'no kind at all, but a spec like ours',
      text: WEB.replace(/^.*\n.*\n/, ''),
      at: '1:1 kind document/kind',
      fix: 'write `kind: CvmSecurityGroupBinding`',
    },
    {
      reason: 'a text',
      text: 'kind CvmSecurityGroupBinding # cvmsg.dev\n',
      at: '1:1  document/not-an-object',
      fix: 'start it with `apiVersion: cvmsg.dev/v1alpha1` and `kind: CvmSecurityGroupBinding`, or remove it',
      broken: [],
      incomplete: true,
    },
    {
      reason: 'a bad item of a List leaves the other alone',
      text: LIST.replace('ins-4q118hl2', 'ins-4Q118HL2'),
      at: '12:11 items[0].spec.instanceIds[0] schema/pattern',
      fix: 'write `ins-4q118hl2`',
      names: ['shop/api'],
    },
    {
      reason: 'bindings that stand as a list, without a List around them',
      text: `- ${WEB.replaceAll('\n', '\n  ')}`,
      at: '1:1  document/not-an-object',
      fix: 'start it with `apiVersion: cvmsg.dev/v1alpha1` and `kind: CvmSecurityGroupBinding`, or remove it',
      broken: [],
      incomplete: true,
    },
    {
      reason: 'a kustomize patch of a binding',
      text: WEB.replace(/ {2}region:.*?(?= {2}sgIds)/s, ''),
      at: '6:1 spec document/patch',
      fix: PATCH_FIX,
    },
    {
      reason: 'a kustomize patch without a spec',
      text: WEB.replace(/spec:.*/s, '  annotations: { team: shop }\n'),
      at: '1:1  document/patch',
      fix: PATCH_FIX,
    },
    {
      reason: 'a kustomize patch that deletes',
      text: `$patch: delete\n${WEB}`,
      at: '1:1  document/patch',
      fix: PATCH_FIX,
    },
    {
      reason: 'a kustomize patch with a mistake of its own says the patch first',
      text: WEB.replace(/ {2}region:.*/s, '  suspend: "yes"\n'),
      at: '6:1 spec document/patch',
      more: ['7:12 spec.suspend schema/type'],
      fix: PATCH_FIX,
    },
    {
      reason: 'a List without items',
      text: 'apiVersion: v1\nkind: List\nitem: [] # cvmsg.dev\n',
      at: '1:1 items document/list-items',
      fix: 'write the objects under `items`, each after `- `',
      broken: [],
      incomplete: true,
    },
    {
      reason: 'a List in a List',
      text: 'apiVersion: v1\nkind: List\nitems:\n  - { apiVersion: v1, kind: List, items: [] } # cvmsg.dev\n',
      at: '4:5 items[0] document/nested-list',
      fix: 'write its items into the outer list',
      broken: [],
      incomplete: true,
    },
  ])('$reason', expectRefusal);

  it('names the first of two duplicates', () => {
    const { diagnostics } = read(
      WEB.replace('ins-0a1b2c3d', 'ins-4q118hl2').replace('sg-o8sk37is', 'sg-1sdj39df'),
    );
    expect(diagnostics.map(({ line, message }) => `${line} ${message}`)).toEqual([
      '10 "ins-4q118hl2" stands twice in spec.instanceIds, first at line 9, column 7',
      '13 "sg-1sdj39df" stands twice in spec.sgIds, first at line 12, column 7',
    ]);
  });

  it('lists diagnostics in the order of the file, and counts those that are too many', () => {
    const groups = Array.from({ length: 50 }, (_, index) => `    - SG-${10_000_000 + index}\n`).join('');
    const { diagnostics } = read(`${WEB}${groups}---\n`.repeat(30));
    const lines = diagnostics.slice(0, -1).map(({ line }) => line);
    expect(lines).toEqual(lines.toSorted((left, right) => left - right));
    expect(diagnostics.at(-1)?.message).toMatch(/^and \d+ more findings in this file$/);
  });
});
