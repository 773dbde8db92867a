/** Remembers what each binding last validly said, so that a document which is broken at a restart keeps its claims. */
import type { BindingKey } from '../api/ids.ts';
import type { Binding } from '../core/model.ts';

/** A binding as it is stored. */
export interface StoredDeclaration {
  readonly binding: string;
  readonly file: string;
  readonly body: string;
}

/** The store; the state file's table of declarations is one. */
export interface DeclarationStore {
  all(): readonly StoredDeclaration[];
  /** Writes a revision's changes, which do not count before {@link commit}; yields when other work may go on. */
  stage(put: Iterable<StoredDeclaration>, drop: Iterable<string>): Generator<void, void>;
  /** What was staged counts from now on, all of it. @param order see {@link DeclarationStore.order}; absent: as it was. */
  commit(order?: string): void;
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

/** Stages a revision's changes, see {@link DeclarationStore.stage}. */
export function stageBindings(
  store: DeclarationStore,
  put: Iterable<Binding>,
  drop: Iterable<BindingKey>,
): Generator<void, void> {
  return store.stage(storedForms(put), drop);
}

function* storedForms(bindings: Iterable<Binding>): Generator<StoredDeclaration> {
  for (const binding of bindings) {
    const { key, origin } = binding;
    const file = origin.kind === 'directory' ? origin.file : '';
    yield { binding: key, file, body: JSON.stringify(binding) };
  }
}
