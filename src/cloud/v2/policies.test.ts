import { describe, expect, it } from 'vitest';
import { readPolicies } from './policies.ts';

const read = (data: unknown) => readPolicies({ ok: true, envelope: 'code', payload: { code: 0, data } });

describe('the rules of a group by API 2.0', () => {
  it('come in the order of their indices, and what is left out is for all', () => {
    const data = {
      ingress: [
        { index: 1, action: 'ACCEPT', version: '3' },
        {
          index: 0,
          action: 'drop',
          ipProtocol: 'tcp',
          portRange: '22',
          cidrIp: '10.0.0.0/8',
          desc: 'no',
        },
      ],
      egress: [
        { index: 0, action: 'accept', sgId: 'sg-00000002', serviceModule: 'ppm-1', addressModule: '' },
      ],
    };
    expect(read(data)).toEqual({
      ok: true,
      value: {
        ingress: [
          { action: 'DROP', protocol: 'tcp', port: '22', cidrBlock: '10.0.0.0/8' },
          { action: 'ACCEPT' },
        ],
        egress: [{ action: 'ACCEPT', securityGroupId: 'sg-00000002', serviceTemplate: 'ppm-1' }],
      },
    });
  });

  it.each([
    { what: 'the one that all rules tell', rows: ['3', '3'], version: '3' },
    { what: 'none where they differ', rows: ['3', '4'], version: undefined },
    { what: 'none where they tell none', rows: [undefined, ''], version: undefined },
  ])('have a version: $what', ({ rows, version }) => {
    const [one, other] = rows.map((row) => [{ index: 0, action: 'ACCEPT', version: row }]);
    const answer = read({ ingress: one, egress: other });
    expect(answer.ok && answer.value.version).toBe(version);
  });

  it('are none where a direction is left out', () => {
    expect(read({})).toEqual({ ok: true, value: { ingress: [], egress: [] } });
  });

  it.each([
    { reason: 'no data', data: undefined },
    { reason: 'a direction that is no list', data: { ingress: {} } },
    { reason: 'a rule without an action', data: { egress: [{ index: 0 }] } },
    { reason: 'a gap between rules', data: { ingress: [{ index: 1, action: 'accept' }] } },
  ])('are refused whole for $reason', ({ data }) => {
    expect(read(data)).toMatchObject({ ok: false, kind: 'network', code: 'UNREADABLE' });
  });

  it('are refused in the envelope of API 3.0', () => {
    expect(readPolicies({ ok: true, envelope: 'response', payload: { data: {} } })).toMatchObject({
      ok: false,
      message: expect.stringContaining('wrapped otherwise'),
    });
  });
});
