/**
 * Makes the text of a file declare what it shall, by as small an edit as possible: a document that says so already stays as it
 * is, a list is changed where it stands, and comments, labels, order and layout stay. Pure.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseAllDocuments,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { longRegionName } from '../../api/region.ts';
import type { Binding } from '../../core/model.ts';
import { parseDuration } from '../../core/text/duration.ts';
import { bindingDocument } from '../output/binding-document.ts';

type Spec = Readonly<Record<string, unknown>>;

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A binding where it stands: in a document of its own, or as an item of a list. */
interface Place {
  readonly document: Document;
  readonly node: YAMLMap;
}

/** What a field that is left out means. */
const DEFAULTS: Spec = { mode: 'Enforce', suspend: false, deletionPolicy: 'Retain' };

/** @param render documents for bindings that the text does not hold. Undefined when the text cannot be edited so. */
export function editedText(
  text: string,
  bindings: readonly Binding[],
  render: (documents: readonly object[]) => string,
): string | undefined {
  const documents = parseAllDocuments(text, { keepSourceTokens: true, version: '1.2' });
  if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0)) return undefined;
  const places = placesIn(documents);
  const edits: Edit[] = [];
  const added: object[] = [];
  for (const binding of bindings) {
    const wanted = bindingDocument(binding);
    const place = places.get(`${binding.namespace}/${binding.name}`);
    if (place === undefined) added.push(wanted);
    else {
      const made = editsOf(text, place, wanted.spec);
      if (made === undefined) return undefined;
      edits.push(...made);
    }
  }
  const edited = applied(text, edits);
  if (added.length === 0) return edited;
  // A file of JSON holds one document.
  if (/^\s*[{[]/.test(text)) return undefined;
  const gap = edited === '' || edited.endsWith('\n') ? '' : '\n';
  const isEmpty = documents.every(({ contents }) => contents === null);
  return `${edited}${gap}${isEmpty ? '' : '---\n'}${render(added)}`;
}

function placesIn(documents: readonly Document[]): Map<string, Place> {
  const places = new Map<string, Place>();
  const note = (document: Document, node: unknown): void => {
    if (!isMap(node)) return;
    const kind = node.get('kind');
    if (kind === 'CvmSecurityGroupBinding') {
      const namespace = String(node.getIn(['metadata', 'namespace']) ?? 'default');
      places.set(`${namespace}/${String(node.getIn(['metadata', 'name']))}`, { document, node });
      return;
    }
    const items = node.get('items');
    if (isSeq(items)) for (const item of items.items) note(document, item);
  };
  for (const document of documents) note(document, document.contents);
  return places;
}

/** Undefined for what cannot be changed in its place. */
function editsOf(text: string, { document, node }: Place, wanted: Spec): Edit[] | undefined {
  const spec = node.get('spec');
  if (!isMap(spec)) return undefined;
  const present = spec.toJS(document) as Spec;
  const keys = [...new Set([...Object.keys(present), ...Object.keys(wanted)])];
  const edits: Edit[] = [];
  for (const key of keys) {
    const value = wanted[key] ?? DEFAULTS[key];
    if (same(key, present[key] ?? DEFAULTS[key], value)) continue;
    const edit = editOf(text, spec, { key, value: wanted[key] });
    if (edit === undefined) return undefined;
    edits.push(edit);
  }
  return edits;
}

function same(key: string, a: unknown, b: unknown): boolean {
  return JSON.stringify(normal(key, a)) === JSON.stringify(normal(key, b));
}

/** The same meaning in the same form. */
function normal(key: string, value: unknown): unknown {
  if (typeof value !== 'string') {
    if (key !== 'instanceIds' || !Array.isArray(value)) return value;
    // Their order means nothing.
    return [...value].sort();
  }
  if (key === 'region') return longRegionName(value);
  if (key === 'suspendUntil') return Date.parse(value);
  if (key === 'interval') return parseDuration(value);
  return value;
}

/** Changes, adds or removes one field of the spec. */
function editOf(
  text: string,
  spec: YAMLMap,
  { key, value }: { readonly key: string; readonly value: unknown },
): Edit | undefined {
  const pair = spec.items.find((one) => isScalar(one.key) && one.key.value === key);
  const node = pair?.value as Node | null | undefined;
  if (pair === undefined || node === undefined || node === null) {
    return value === undefined ? undefined : addition(text, spec, `${key}: ${flow(value, text)}`);
  }
  const [start = 0, end = 0] = node.range ?? [];
  if (value === undefined) return removal(text, spec, pair);
  // What an anchor names is used elsewhere too.
  if (!isAlias(node) && 'anchor' in node && node.anchor !== undefined) return undefined;
  if (isSeq(node) && Array.isArray(value) && node.flow !== true)
    return blockEdit(text, node, value.map(String));
  // A comment in the middle of a list in brackets has no place to go.
  if (text.slice(start, end).includes('#')) return undefined;
  const isBlockMap = isMap(node) && node.flow !== true;
  return isBlockMap ? undefined : { start, end, text: flow(value, text.slice(start, end)) };
}

/** A value in one line, quoted as its neighbours are. */
function flow(value: unknown, like: string): string {
  if (/^\s*[{["]/.test(like) && like.includes('"')) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((one) => flow(one, '')).join(', ')}]`;
  return typeof value === 'string' && /^[a-z][\w-]*$/i.test(value) ? value : JSON.stringify(value);
}

/** Lines of a list in block style: those of items that stay keep their comments. */
function blockEdit(text: string, node: YAMLSeq, wanted: readonly string[]): Edit | undefined {
  const lines = new Map<string, string>();
  let start = Number.POSITIVE_INFINITY;
  let end = 0;
  for (const item of node.items) {
    if (!isScalar(item) || item.range === undefined || item.range === null) return undefined;
    const from = text.lastIndexOf('\n', item.range[0]) + 1;
    const to = lineEnd(text, item.range[1]);
    const line = text.slice(from, to);
    if (!/^\s*-\s/.test(line)) return undefined;
    lines.set(String(item.value), line);
    start = Math.min(start, from);
    end = Math.max(end, to);
  }
  const [first = ''] = lines.values();
  const indent = /^\s*-\s+/.exec(first)?.[0] ?? '- ';
  const kept = text.slice(start, end);
  const own = [...lines.values()].join('');
  // Lines between the items are comments on what follows; they stay where the order of the others cannot move them.
  if (kept.length !== own.length) {
    const appended = wanted.slice(lines.size).map((one) => `${indent}${one}\n`);
    const startsSame = [...lines.keys()].every((one, index) => one === wanted[index]);
    return startsSame ? { start: end, end, text: withBreak(text, end, appended.join('')) } : undefined;
  }
  const result = wanted.map((one) => lines.get(one) ?? `${indent}${one}\n`);
  return { start, end, text: result.map((line) => (line.endsWith('\n') ? line : `${line}\n`)).join('') };
}

function withBreak(text: string, at: number, added: string): string {
  return at > 0 && text[at - 1] !== '\n' ? `\n${added}` : added;
}

function addition(text: string, spec: YAMLMap, line: string): Edit | undefined {
  const last = spec.items.at(-1)?.key;
  const first = spec.items[0]?.key;
  if (!isScalar(last) || !isScalar(first) || !first.range || !spec.range) return undefined;
  if (spec.flow === true) {
    const close = text.lastIndexOf('}', spec.range[1]);
    const quoted = text[first.range[0]] === '"' ? line.replace(/^(\w+)/, '"$1"') : line;
    return { start: close, end: close, text: `, ${quoted}` };
  }
  const indent = text.slice(text.lastIndexOf('\n', first.range[0]) + 1, first.range[0]);
  const at = lineEnd(text, spec.range[1] - 1);
  return { start: at, end: at, text: withBreak(text, at, `${indent}${line}\n`) };
}

function removal(text: string, spec: YAMLMap, pair: YAMLMap['items'][number]): Edit | undefined {
  const { key, value } = pair as { key: Node; value: Node };
  if (spec.flow === true || !key.range || !value.range) return undefined;
  const start = text.lastIndexOf('\n', key.range[0]) + 1;
  if (text.slice(start, key.range[0]).trim() !== '') return undefined;
  return { start, end: lineEnd(text, value.range[1] - 1), text: '' };
}

/** Just behind the end of the line that a position stands in. */
function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', Math.max(0, at));
  return end < 0 ? text.length : end + 1;
}

function applied(text: string, edits: readonly Edit[]): string {
  return edits
    .toSorted((a, b) => b.start - a.start)
    .reduce((result, edit) => result.slice(0, edit.start) + edit.text + result.slice(edit.end), text);
}
