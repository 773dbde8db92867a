import { describe, expect, it } from 'vitest';
import type { Problem } from '../../api/problem.ts';
import { withoutInvalid } from './invalid-object.ts';

const ANNOTATIONS = { 'cvmsg.dev/emergency': 'never', 'cvmsg.dev/approved-plan': 'what?', other: 'kept' };
const problem = (path: Problem['path'], severity: Problem['severity'] = 'error') =>
  ({ severity, path, message: 'it is wrong' }) as Problem;
const annotation = (name: string) => problem(['metadata', 'annotations', name]);

describe('an object with faulty annotations', () => {
  it.each([
    { problems: [], left: Object.keys(ANNOTATIONS), reason: 'nothing is wrong' },
    {
      problems: [annotation('cvmsg.dev/emergency')],
      left: ['cvmsg.dev/approved-plan', 'other'],
      reason: 'one is wrong',
    },
    {
      problems: [annotation('cvmsg.dev/emergency'), annotation('cvmsg.dev/approved-plan')],
      left: ['other'],
      reason: 'two are wrong',
    },
    { problems: [problem(['metadata', 'annotations'])], left: [], reason: 'all together are wrong' },
    {
      problems: [annotation('other'), problem(['spec', 'sgIds'], 'warning')],
      left: ['cvmsg.dev/emergency', 'cvmsg.dev/approved-plan'],
      reason: 'a warning is no error',
    },
    {
      problems: [annotation('other'), problem(['spec', 'sgIds'])],
      left: undefined,
      reason: 'something else is wrong as well',
    },
    {
      problems: [problem(['spec', 'sgIds']), annotation('other')],
      left: undefined,
      reason: 'something else is wrong as well, whatever comes first',
    },
    { problems: [problem(['metadata', 'labels', 'a'])], left: undefined, reason: 'a label is no annotation' },
    {
      problems: [problem(['spec', 'annotations', 'a'])],
      left: undefined,
      reason: 'nor is a field of that name',
    },
    { problems: [problem([])], left: undefined, reason: 'the object as a whole is wrong' },
  ])('keeps $left: $reason', ({ problems, left, reason }) => {
    const kept = withoutInvalid(ANNOTATIONS, problems);
    expect(kept === undefined ? undefined : Object.keys(kept), reason).toEqual(left);
  });

  it('keeps none where it has none', () => {
    expect(withoutInvalid(undefined, [])).toEqual({});
  });
});
