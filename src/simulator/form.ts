/** Form encoding: `a.0.b=x&…` as text, as pairs, and as the nested value that the dots stand for. */

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string };

export type Pair = readonly [name: string, value: string];

/** Decodes `application/x-www-form-urlencoded` text. Repeated names and broken escapes are refused. */
export function parseForm(text: string): Parsed<readonly Pair[]> {
  const pairs: Pair[] = [];
  const seen = new Set<string>();
  if (text === '') return { ok: true, value: pairs };
  for (const piece of text.split('&')) {
    if (piece === '') continue;
    const equals = piece.indexOf('=');
    const name = decode(equals < 0 ? piece : piece.slice(0, equals));
    const value = decode(equals < 0 ? '' : piece.slice(equals + 1));
    if (name === null || value === null) return { ok: false, reason: `'${piece}' is not well escaped` };
    if (name === '') return { ok: false, reason: 'a parameter has no name' };
    if (seen.has(name)) return { ok: false, reason: `the parameter '${name}' is given twice` };
    seen.add(name);
    pairs.push([name, value]);
  }
  return { ok: true, value: pairs };
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

interface Branch {
  readonly children: Map<string, Branch | string>;
}

const INDEX = /^(?:0|[1-9]\d{0,5})$/;

/**
 * Builds the nested value of dotted names. A level whose names are all whole numbers is an array, in numeric order; its indices
 * must run from 0 without a gap.
 */
export function nest(pairs: readonly Pair[]): Parsed<Readonly<Record<string, unknown>>> {
  const root: Branch = { children: new Map() };
  for (const [name, value] of pairs) {
    const parts = name.split('.');
    if (parts.length > 10) return { ok: false, reason: `the parameter '${name}' is nested too deeply` };
    const leaf = parts.pop() ?? '';
    let branch = root;
    for (const part of parts) {
      let next = branch.children.get(part);
      if (typeof next === 'string') return { ok: false, reason: `'${name}' is both a value and a list` };
      if (next === undefined) {
        next = { children: new Map() };
        branch.children.set(part, next);
      }
      branch = next;
    }
    if (branch.children.has(leaf)) return { ok: false, reason: `'${name}' is both a value and a list` };
    branch.children.set(leaf, value);
  }
  const result: Record<string, unknown> = Object.create(null);
  for (const [name, child] of root.children) {
    const built = build(child, name);
    if (!built.ok) return built;
    result[name] = built.value;
  }
  return { ok: true, value: result };
}

function build(node: Branch | string, path: string): Parsed<unknown> {
  if (typeof node === 'string') return { ok: true, value: node };
  const names = [...node.children.keys()];
  if (names.every((name) => INDEX.test(name))) return buildList(node, path);
  const object: Record<string, unknown> = Object.create(null);
  for (const [name, child] of node.children) {
    const built = build(child, `${path}.${name}`);
    if (!built.ok) return built;
    object[name] = built.value;
  }
  return { ok: true, value: object };
}

function buildList(node: Branch, path: string): Parsed<unknown> {
  const list: unknown[] = [];
  for (let index = 0; index < node.children.size; index++) {
    const child = node.children.get(String(index));
    if (child === undefined) return { ok: false, reason: `the list '${path}' has no element ${index}` };
    const built = build(child, `${path}.${index}`);
    if (!built.ok) return built;
    list.push(built.value);
  }
  return { ok: true, value: list };
}
