import { describe, expect, it } from 'vitest';
import { FLUX_RECONCILE_ANNOTATION, RECONCILE_ANNOTATION, reconcileRequest } from './reconcile-request.ts';

const early = '2026-01-01T00:00:00Z';
const late = '2026-01-01T00:00:01.5Z';

describe('a request to reconcile', () => {
  it.each([
    { reason: 'no annotation', own: undefined, flux: undefined, request: undefined },
    { reason: 'an empty value asks for nothing', own: '', flux: undefined, request: undefined },
    { reason: 'our own', own: 'now', flux: undefined, request: 'now' },
    { reason: "Flux's", own: undefined, flux: 'now', request: 'now' },
    { reason: 'the later time, ours', own: late, flux: early, request: late },
    { reason: "the later time, Flux's", own: early, flux: late, request: late },
    { reason: 'ours, when one is no time', own: 'now', flux: late, request: 'now' },
  ])('is read: $reason', ({ own, flux, request }) => {
    const annotations = {
      ...(own === undefined ? {} : { [RECONCILE_ANNOTATION]: own }),
      ...(flux === undefined ? {} : { [FLUX_RECONCILE_ANNOTATION]: flux }),
    };
    expect(reconcileRequest(annotations)).toBe(request);
  });

  it('is cut to what a status may hold', () => {
    expect(reconcileRequest({ [RECONCILE_ANNOTATION]: 'x'.repeat(300) })).toHaveLength(256);
  });
});
