/** A revision in which as many bindings as it may have select instances by the same tag, so that one listing serves all of them. */
import type { InstanceId } from '../../src/api/ids.ts';
import type { CloudClient, CloudProvider } from '../../src/ports/cloud.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import {
  BINDINGS,
  cloudWith,
  DECLARED,
  INSTANCE,
  type LargeRun,
  publishTexts,
  SETTINGS,
  startRun,
} from './large-revision.ts';
import { selectingBinding } from './worst-files.ts';

/** Each is a pattern of names, and fits ten instances; as many bindings have each. */
const PATTERNS = 5;
const INSTANCES_OF_PATTERN = 10;
const LIST_EVERY_MS = 2_000;

/** Publishes the revision with so many bindings. */
export function publishSelectors(folder: string, commit: string, bindings = BINDINGS): void {
  publishTexts(folder, commit, (n) =>
    n < bindings
      ? selectingBinding(`web-${n}`, `{ tags: { app: web }, namePattern: web-${n % PATTERNS}-* }`)
      : '',
  );
}

/** What the cloud says to a listing. */
export type Listing = 'these' | 'others' | 'none' | 'refused';

export interface SelectionRun extends LargeRun {
  /** Has the cloud answer so from now on, and waits until that was listed. */
  list(answer: Listing): Promise<void>;
}

/** `cvmsg run` over such a revision. */
export function startSelectionRun(folder: string): SelectionRun {
  let answer: Listing = 'these';
  let listed = 0;
  const listInstances: CloudClient['listInstances'] = async () => {
    listed++;
    return answer === 'refused' ? REFUSED : { ok: true, requestId: 'r', api: 'v3', value: page(answer) };
  };
  const { client } = cloudWith(DECLARED);
  const cloud: CloudProvider = { client: (scope) => ({ ...client(scope), listInstances }) };
  const run = startRun(folder, cloud, { ...SETTINGS, sweepIntervalMs: LIST_EVERY_MS });
  return {
    ...run,
    async list(next) {
      answer = next;
      const before = listed;
      while (listed === before || run.controller.isTakingIn) await systemClock.sleep(50);
    },
  };
}

const REFUSED = {
  ok: false,
  error: {
    kind: 'denied',
    api: 'v3',
    action: 'DescribeInstances',
    code: 'UnauthorizedOperation',
    message: 'no',
    requestId: 'r',
    sent: true,
  },
} as const;

function page(answer: Exclude<Listing, 'refused'>) {
  const first = { these: 0, others: PATTERNS * INSTANCES_OF_PATTERN, none: 0 }[answer];
  const items = Array.from({ length: PATTERNS * INSTANCES_OF_PATTERN }, (_, n) => ({
    ...INSTANCE,
    instanceId: `ins-${(first + n).toString(36).padStart(8, '0')}` as InstanceId,
    name: `web-${n % PATTERNS}-${first + n}`,
    tags: { app: answer === 'none' ? 'db' : 'web' },
    sgIds: [DECLARED],
  }));
  return { items, total: items.length };
}
