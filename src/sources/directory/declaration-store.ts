/** Remembers what each binding last validly said, so that a document which is broken at a restart keeps its claims. */
import type { BindingKey } from '../../api/ids.ts';
import type { Binding } from '../../core/model.ts';

/** The store; the state file's table of declarations is one. */
export interface DeclarationStore {
  all(): readonly { readonly binding: string; readonly file: string; readonly body: string }[];
  change(
    put: readonly { readonly binding: string; readonly file: string; readonly body: string }[],
    drop: readonly string[],
    /** See {@link order}. */
    order?: string,
  ): void;
  /** What is remembered of the order of revisions; undefined when nothing is. */
  order?(): string | undefined;
}

/** The bindings of an earlier run. An entry that cannot be read is left out: it then counts as never declared. */
export function loadBindings(store: DeclarationStore): Map<BindingKey, Binding> {
  const bindings = new Map<BindingKey, Binding>();
  for (const { body } of store.all()) {
    try {
      const binding = JSON.parse(body) as Binding;
      if (binding.origin.kind === 'directory') bindings.set(binding.key, binding);
    } catch {
      // Written by a program that failed in the middle; the file declares it anew.
    }
  }
  return bindings;
}

/** Stores a revision's changes. @param order see {@link DeclarationStore.order}. */
export function storeBindings(
  store: DeclarationStore,
  put: readonly Binding[],
  drop: readonly BindingKey[],
  order?: string,
): void {
  store.change(
    put.map((binding) => ({
      binding: binding.key,
      file: binding.origin.kind === 'directory' ? binding.origin.file : '',
      body: JSON.stringify(binding),
    })),
    drop,
    order,
  );
}
