/** The lists that a directory declares: each one once, with everybody who declares it. */
import type { BindingKey } from '../../api/ids.ts';
import type { FieldPath } from '../../api/problem.ts';
import { type GroupList, type Scope, scopeKey } from '../../core/model.ts';
import { toBinding } from '../../directory/declarations.ts';
import type { Place } from '../../documents/parsed-file.ts';
import { byPlace } from '../validate/document-diagnostics.ts';
import { placesIn } from '../validate/place-in-document.ts';
import type { PathsReading } from '../validate/read-paths.ts';

/** A binding that declares a list. */
export interface Declaration extends Place {
  readonly binding: BindingKey;
  readonly file: string;
}

export interface DeclaredList {
  readonly scope: Scope;
  readonly sgIds: GroupList;
  /** At least one, by file and then by line. */
  readonly declarations: readonly Declaration[];
}

/** By the first who declares it. */
export function declaredLists({ parsedFiles }: Pick<PathsReading, 'parsedFiles'>): DeclaredList[] {
  const documents = parsedFiles.flatMap((one) => one.documents).sort(byPlace);
  const lists = new Map<string, DeclaredList & { readonly declarations: Declaration[] }>();
  for (const document of documents) {
    const { key: binding, scope, sgIds } = toBinding(document, '');
    const { file, line, column } = document;
    const key = `${scopeKey(scope)} ${sgIds.join()}`;
    const list = lists.get(key) ?? { scope, sgIds, declarations: [] };
    lists.set(key, list);
    list.declarations.push({ binding, file, line, column });
  }
  return [...lists.values()];
}

/** A function that finds where a field of a declaration stands; each file is parsed once, and only when it is asked about. */
export function placesOf({
  textOf,
}: Pick<PathsReading, 'textOf'>): (declaration: Declaration, path: FieldPath) => Place {
  const files = new Map<string, ReturnType<typeof placesIn>>();
  return (declaration, path) => {
    const { file } = declaration;
    const places = files.get(file) ?? placesIn(textOf(file));
    files.set(file, places);
    return places(declaration, path);
  };
}
