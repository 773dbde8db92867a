/** The declared and the observed list of an instance side by side, with what lies between. */
import type { SecurityGroupId } from '../../api/ids.ts';
import type { GroupList } from '../../core/model.ts';
import type { Step } from '../../core/plan.ts';
import { ordinal } from '../../core/text/words.ts';
import { type Html, html } from './html.ts';
import { groupHtml } from './pieces.ts';

export interface ListPair {
  /** Undefined: nobody declares one any more. */
  readonly declared: GroupList | undefined;
  /** Undefined: it was not read yet. */
  readonly observed: GroupList | undefined;
  /** From the observed list to the declared one. */
  readonly steps: readonly Step[];
  readonly names: Readonly<Record<string, string>>;
}

export function listPair({ declared, observed, steps, names }: ListPair): Html {
  const arriving = new Map(steps.flatMap((step) => (step.op === 'remove' ? [] : [[step.to, step] as const])));
  const leaving = new Map(steps.flatMap((step) => (step.op === 'add' ? [] : [[step.from, step] as const])));
  return html`<div class="pair">
<section aria-labelledby="declared"><h2 id="declared">Declared</h2>${listHtml(declared, { marks: arriving, names, absent: 'by nobody any more; its list stays as it is' })}</section>
<section aria-labelledby="observed"><h2 id="observed">Observed</h2>${listHtml(observed, { marks: leaving, names, absent: 'not read yet' })}</section>
</div>`;
}

function listHtml(
  list: GroupList | undefined,
  {
    marks,
    names,
    absent,
  }: {
    readonly marks: ReadonlyMap<number, Step>;
    readonly names: ListPair['names'];
    readonly absent: string;
  },
): Html {
  if (list === undefined) return html`<p class="faint">${absent}</p>`;
  if (list.length === 0) return html`<p class="faint">no group: everything is refused</p>`;
  const items = list.map((sgId, place) =>
    itemHtml(sgId, { step: marks.get(place), name: names[sgId] ?? '' }),
  );
  return html`<ol class="list">${items}</ol>`;
}

function itemHtml(
  sgId: SecurityGroupId,
  { step, name }: { readonly step: Step | undefined; readonly name: string },
): Html {
  if (step === undefined) return html`<li>${groupHtml(sgId, name)}</li>`;
  return html`<li class="${step.op}">${groupHtml(sgId, name)}<span class="step">${stepWords(step)}</span></li>`;
}

/** The words of a plan, without the group that they stand beside. */
function stepWords(step: Step): string {
  switch (step.op) {
    case 'add':
      return `add ${ordinal(step.to)}`;
    case 'move':
      return `move ${ordinal(step.from)} → ${ordinal(step.to)}`;
    case 'remove':
      return 'remove';
    default:
      return step satisfies never;
  }
}
