/** A view of the page that is made up, and the pages over it as a browser would ask for them. */
import type { Condition, ConditionReason } from '../../src/api/conditions.ts';
import type { BindingKey, InstanceId, SecurityGroupId } from '../../src/api/ids.ts';
import { plan } from '../../src/core/plan.ts';
import type { PlanRow } from '../../src/core/plan-row.ts';
import { ChangeStreams } from '../../src/http/page/change-streams.ts';
import { routes } from '../../src/http/page/routes.ts';
import type { PageView, ShownExplanation, ShownInstance, ShownScope } from '../../src/http/page/view.ts';
import type { BindingStatus } from '../../src/ports/status.ts';
import { silentLog } from '../../src/runtime/log.ts';
import { VirtualClock } from '../../src/runtime/virtual-clock.ts';

export const NOW_MS = Date.UTC(2026, 0, 2);
export const [A, B, C] = ['sg-aaaaaaaa', 'sg-bbbbbbbb', 'sg-cccccccc'] as SecurityGroupId[] as [
  SecurityGroupId,
  SecurityGroupId,
  SecurityGroupId,
];
export const ins = (n: number) => `ins-${String(n).padStart(8, '0')}` as InstanceId;
export const key = (name: string) => `shop/${name}` as BindingKey;
export const SCOPE = { account: 'default', region: 'ap-guangzhou' };
export const ORIGIN = {
  kind: 'directory',
  file: 'web.yaml',
  line: 3,
  column: 1,
  revision: 'sha256:1a2b3c4d',
} as const;

export function ready(status: Condition['status'], reason: ConditionReason, message = ''): Condition {
  return { type: 'Ready', status, reason, message, lastTransitionTime: '2026-01-01T23:00:00Z' };
}

export function binding(name: string, over: Partial<BindingStatus> = {}): BindingStatus {
  return {
    ...{ key: key(name), scope: SCOPE, origin: ORIGIN, sgIds: [A, B], groupNames: { [A]: 'base' } },
    ...{ conditions: [ready('True', 'InSync')], instanceCount: 1, inSyncCount: 1, instances: [] },
    ...over,
  };
}

export function scope(over: Partial<ShownScope> = {}): ShownScope {
  return {
    ...{ scope: 'default@ap-guangzhou', leader: true, api: 'v2' },
    ...{
      depth: { read: 1_200, write: 3 },
      allowed: { read: 40, write: 10 },
      inFlight: { read: 1, write: 0 },
    },
    ...{ instances: {} as ShownScope['instances'], guarded: {} as ShownScope['guarded'], exposed: {} },
    oldestObservationAgeSeconds: 62,
    ...over,
  };
}

export const instance = (n: number, over: Partial<ShownInstance> = {}): ShownInstance => ({
  ...{ instanceId: ins(n), state: 'InSync', reason: 'InSync', message: '', sgIds: [A, B] },
  ...{ binding: key('web'), scope: 'default@ap-guangzhou' },
  ...over,
});

export const row = (n: number, over: Partial<PlanRow> = {}): PlanRow => ({
  ...{ instanceId: ins(n), binding: key('web'), origin: ORIGIN, scope: SCOPE },
  ...{ observed: [B, A], desired: [A, B], steps: plan([B, A], [A, B]) },
  ...over,
});

export const LINE = {
  ...{ ids: [7], time: '2026-01-01T23:59:00Z', instanceIds: [ins(1)], instanceCount: 5, binding: 'shop/web' },
  ...{ cause: 'drift', before: [C], after: [A, B], outcome: 'accepted', authority: 'approved by ann' },
  ...{ requestId: 'r', traffic: 'closes tcp/22 from 0.0.0.0/0; open for at most 62s', declared: '' },
};

export const EXPLAINED: ShownExplanation = {
  ...{ instanceId: ins(1), name: 'web-1', binding: key('web'), scope: SCOPE, origin: ORIGIN },
  ...{
    desired: [A, B],
    groupNames: { [A]: 'base' },
    steps: plan([B, C], [A, B]),
    otherClaimants: [key('b')],
  },
  status: {
    instanceId: ins(1),
    state: 'Drifted',
    reason: 'Progressing',
    message: 'on its way',
    sgIds: [B, C],
  },
  ...{ readMs: NOW_MS - 5_000, checkEveryMs: 60_000, original: [C], history: [LINE] },
  traffic: {
    rules: [
      { direction: 'ingress', text: 'sg-bbbbbbbb #0 ACCEPT tcp:22 0.0.0.0/0' },
      { direction: 'ingress', text: 'sg-cccccccc #0 DROP all', never: 'sg-bbbbbbbb #0 comes before' },
    ],
    difference: ['opens tcp/22 from 0.0.0.0/0'],
    repair: ['closes tcp/22 from 0.0.0.0/0'],
  },
};

/** Nothing is declared, and nothing has happened. */
const NOTHING: PageView = {
  about: { version: '1.2.3', sources: ['bindings'], flags: '--state-dir state', planTarget: 'bindings' },
  nowMs: () => NOW_MS,
  bindings: () => [],
  instances: () => [],
  instance: () => undefined,
  sourceNotes: () => [],
  scopes: () => [],
  windows: () => [],
  plan: () => [],
  groupNames: () => new Map([[A as string, 'base']]),
  pendingPlans: () => [],
  history: () => ({ lines: [], more: false }),
  drift: () => [{ day: '2026-01-01', instances: 0 }],
  onChanged: () => () => {},
};

export function pagesOf(over: Partial<PageView> = {}, isKnownHost: (host: string) => boolean = () => true) {
  const logged: string[] = [];
  const view = { ...NOTHING, ...over };
  const streams = new ChangeStreams({ onChanged: view.onChanged, clock: new VirtualClock(NOW_MS) });
  const log = { ...silentLog, error: (_: object, message: string) => void logged.push(message) };
  const app = routes({ view, streams, isKnownHost, log });
  const ask = async (path: string, init?: RequestInit) => {
    const response = await app.request(path, init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  /** The words of a page, without its tags. */
  const words = async (path: string) =>
    (await ask(path)).text
      .replace(/^[\s\S]*<main/, '<main')
      .replaceAll(/<(?:script|style)[\s\S]*?<\/(?:script|style)>/g, '')
      .replaceAll(/<[^>]+>/g, ' ')
      .replaceAll(/\s+/g, ' ');
  const data = async (path: string) => JSON.parse((await ask(path)).text) as Record<string, unknown>;
  return { ask, words, data, logged };
}
