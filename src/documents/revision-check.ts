/** Judges the documents of one revision against each other. */

import type { Diagnostic } from '../api/diagnostic.ts';
import { longRegionName } from '../api/region.ts';
import { allAtOnce } from '../api/steps.ts';
import type { BindingDocument, ParsedFile } from './parsed-file.ts';

/** Documents that are sorted without a pause. */
const DOCUMENTS_AT_ONCE = 1_000;
/** Instances that are looked at before other work may go on. */
const INSTANCES_AT_ONCE = 5_000;
/** Most pairs of bindings that are told of; who mends those sees the others. */
const MAX_CONTESTS = 10_000;
/** Most instances that one message names. */
const MAX_NAMED = 3;

/** The account of a binding that names no credentials: the same as of one that names this profile. */
const DEFAULT_ACCOUNT = 'default';

/** Who may declare what, where a policy tells. */
export interface RevisionRights {
  /** Whether two documents take the same instance from each other; otherwise the policy decides between them. */
  areContenders(a: BindingDocument, b: BindingDocument): boolean;
  /** Whether a document may name an instance, as far as that can be told without reading it. */
  mayName(document: BindingDocument, instanceId: string): boolean;
  /** The one of several of one name that counts; undefined for none. */
  inForce(same: readonly BindingDocument[]): BindingDocument | undefined;
}

/** Everybody may everything. */
const EQUAL_RIGHTS: RevisionRights = {
  areContenders: () => true,
  mayName: () => true,
  inForce: () => undefined,
};

/**
 * Finds a `namespace/name` that is declared more than once, and instances that more than one binding claims within
 * one region and account. Each place gets a diagnostic that names the other. Sorted by file, line and column; the
 * order of the readings makes no difference.
 */
export function checkRevision(parsedFiles: readonly ParsedFile[], rights?: RevisionRights): Diagnostic[] {
  return allAtOnce(checkInSteps(parsedFiles, rights));
}

/** As {@link checkRevision}, and yields each time when other work may go on. */
export function* checkInSteps(
  parsedFiles: readonly ParsedFile[],
  rights: RevisionRights = EQUAL_RIGHTS,
): Generator<void, Diagnostic[]> {
  const documents = parsedFiles.flatMap((reading) => reading.documents).sort(byPlace);
  const isLarge = documents.length > DOCUMENTS_AT_ONCE;
  if (isLarge) yield;
  const duplicates = duplicateBindings(documents, rights);
  if (isLarge) yield;
  return [...duplicates, ...(yield* contestedInstances(documents, rights))].sort(byPlace);
}

interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

function byPlace(left: Place, right: Place): number {
  if (left.file !== right.file) return left.file < right.file ? -1 : 1;
  return left.line - right.line || left.column - right.column;
}

function keyOf({ binding: { metadata } }: BindingDocument): string {
  return `${metadata.namespace ?? 'default'}/${metadata.name}`;
}

function placeOf({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}

function duplicateBindings(documents: readonly BindingDocument[], rights: RevisionRights): Diagnostic[] {
  return [...Map.groupBy(documents, keyOf)].flatMap(([key, same]) => {
    const [first, second] = same;
    if (first === undefined || second === undefined) return [];
    const inForce = rights.inForce(same);
    return same.flatMap((document): readonly Diagnostic[] => {
      if (document === inForce) return [];
      const other = inForce ?? (document === first ? second : first);
      const counts =
        inForce === undefined ? '' : ', which is the one that counts by the tenants of the policy';
      return [
        {
          severity: 'error',
          rule: 'revision/duplicate-binding',
          message: `"${key}" is declared ${same.length} times, also at ${placeOf(other)}${counts}`,
          fix: inForce === undefined ? 'rename one of them, or delete it' : 'rename this one, or delete it',
          file: document.file,
          line: document.line,
          column: document.column,
          path: 'metadata.name',
        },
      ];
    });
  });
}

function* contestedInstances(
  documents: readonly BindingDocument[],
  rights: RevisionRights,
): Generator<void, Diagnostic[]> {
  let seen = 0;
  let pairs = 0;
  const claims = new Map<string, Map<string, BindingDocument[]>>();
  for (const document of documents) {
    const { region, credentialsRef, instanceIds } = document.binding.spec;
    const account = `${credentialsRef?.name ?? DEFAULT_ACCOUNT}@${longRegionName(region)}`;
    let claimed = claims.get(account);
    if (claimed === undefined) {
      claimed = new Map();
      claims.set(account, claimed);
    }
    for (const instanceId of instanceIds ?? []) {
      if (++seen % INSTANCES_AT_ONCE === 0) yield;
      if (!rights.mayName(document, instanceId)) continue;
      const claimants = claimed.get(instanceId);
      if (claimants === undefined) claimed.set(instanceId, [document]);
      else claimants.push(document);
    }
  }
  const contests = new Map<BindingDocument, Map<BindingDocument, string[]>>();
  for (const claimed of claims.values()) {
    for (const [instanceId, claimants] of claimed) {
      if (++seen % INSTANCES_AT_ONCE === 0) yield;
      const [first] = claimants;
      if (first === undefined || claimants.length < 2) continue;
      // One binding that is declared twice is told of already.
      const second = claimants.find((candidate) => keyOf(candidate) !== keyOf(first));
      if (second === undefined) continue;
      for (const document of claimants) {
        if (++seen % INSTANCES_AT_ONCE === 0) yield;
        const other = keyOf(document) === keyOf(first) ? second : first;
        let contenders = contests.get(document);
        if (contenders === undefined) {
          contenders = new Map();
          contests.set(document, contenders);
        }
        const contested = contenders.get(other);
        if (contested !== undefined) contested.push(instanceId);
        else if (pairs++ < MAX_CONTESTS) contenders.set(other, [instanceId]);
      }
    }
  }
  return [...contests].flatMap(([document, contenders]) =>
    [...contenders].map(([other, instanceIds]) =>
      contest(document, other, { instanceIds, areContenders: rights.areContenders(document, other) }),
    ),
  );
}

function contest(
  document: BindingDocument,
  other: BindingDocument,
  {
    instanceIds,
    areContenders,
  }: { readonly instanceIds: readonly string[]; readonly areContenders: boolean },
): Diagnostic {
  const named = [...instanceIds]
    .sort()
    .slice(0, MAX_NAMED)
    .map((id) => `"${id}"`)
    .join(', ');
  const more = instanceIds.length > MAX_NAMED ? ` and ${instanceIds.length - MAX_NAMED} more` : '';
  const place = { file: other.file, line: other.instanceIdsLine, column: other.instanceIdsColumn };
  return {
    severity: areContenders ? 'error' : 'warning',
    rule: 'revision/contested-instance',
    message: `${named}${more}: also claimed by "${keyOf(other)}" at ${placeOf(place)}${areContenders ? '' : ", which is another tenant's: the policy decides once the instance is read"}`,
    fix: 'let one binding have each instance, and remove it from the other',
    file: document.file,
    line: document.instanceIdsLine,
    column: document.instanceIdsColumn,
    path: 'spec.instanceIds',
  };
}
