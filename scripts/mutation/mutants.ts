/** Every small change of one TypeScript source that a test should find. Types, imports and log lines are left alone. */
import { parseSync } from '@swc/core';

export interface Mutant {
  readonly file: string;
  readonly line: number;
  /** What is changed to what, on one line. */
  readonly change: string;
  /** The whole source with the change. */
  readonly text: string;
}

interface Node {
  readonly type: string;
  readonly span: { readonly start: number; readonly end: number };
  readonly [field: string]: unknown;
}

/** Bytes of the source, and what takes their place. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly with: string;
}

const OPERATORS: ReadonlyMap<string, string> = new Map([
  ['&&', '||'],
  ['||', '&&'],
  ['<', '<='],
  ['<=', '<'],
  ['>', '>='],
  ['>=', '>'],
  ['===', '!=='],
  ['!==', '==='],
  ['+', '-'],
  ['-', '+'],
  ['*', '/'],
  ['/', '*'],
]);
const METHODS: ReadonlyMap<string, string> = new Map([
  ['some', 'every'],
  ['every', 'some'],
  ['min', 'max'],
  ['max', 'min'],
  ['find', 'findLast'],
  ['findLast', 'find'],
  ['indexOf', 'lastIndexOf'],
]);
/** Larger numbers are limits and durations, where one more changes nothing that matters. */
const MOST = 100;
const PLAIN = new Set(['BooleanLiteral', 'NullLiteral', 'Identifier']);
const WORD = /^[a-z]+(-[a-z]+)*$/;
const LOGS = /^(this\.)?#?(\w+\.)*#?(log|logger|telemetry)\b/;

/** The mutants of a source, in the order of its lines. */
export function mutantsOf(file: string, text: string): Mutant[] {
  // A first statement tells where the parser begins to count.
  const module = parseSync(`;${text}`, { syntax: 'typescript' }) as unknown as Node & { body: Node[] };
  const offset = (module.body[0]?.span.start ?? 0) + 1;
  const bytes = Buffer.from(text);
  const words = new Set<string>();
  for (const node of nodesOf(module)) {
    if (node.type === 'StringLiteral' && WORD.test(String(node.value))) words.add(String(node.value));
  }
  const source = (node: Node) => bytes.toString('utf8', node.span.start - offset, node.span.end - offset);
  const mutants: Mutant[] = [];
  for (const node of nodesOf(module)) {
    for (const edit of editsOf(node, { source, words: [...words] })) {
      const [start, end] = [edit.start - offset, edit.end - offset];
      const before = bytes.toString('utf8', 0, start);
      const changed = `${before}${edit.with}${bytes.toString('utf8', end)}`;
      const line = before.split('\n').length;
      const change = `${shortened(bytes.toString('utf8', start, end))} -> ${shortened(edit.with) || '(nothing)'}`;
      mutants.push({ file, line, change, text: changed });
    }
  }
  return mutants.sort((a, b) => a.line - b.line);
}

/** A node and all below it that are no types. */
function* nodesOf(node: unknown): Generator<Node> {
  if (Array.isArray(node)) {
    for (const one of node) yield* nodesOf(one);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  const { type, ...fields } = node as Node;
  if (type === 'ImportDeclaration' || type === 'ExportNamedDeclaration') return;
  if (type?.startsWith('Ts') && !/^Ts(As|Satisfies|NonNull|Const)/.test(type)) return;
  if (type !== undefined && 'span' in fields) yield node as Node;
  for (const [name, value] of Object.entries(fields)) {
    if (name !== 'typeAnnotation' && name !== 'typeArguments' && name !== 'typeParameters')
      yield* nodesOf(value);
  }
}

interface EditContext {
  readonly source: (node: Node) => string;
  /** The words of the file, which are values of its unions. */
  readonly words: readonly string[];
}

function* editsOf(node: Node, context: EditContext): Generator<Edit> {
  const { source, words } = context;
  const replace = (target: Node, text: string): Edit => ({ ...target.span, with: text });
  switch (node.type) {
    case 'IfStatement':
    case 'ConditionalExpression': {
      const test = node.test as Node;
      yield replace(test, `!(${source(test)})`);
      return;
    }
    case 'BinaryExpression': {
      const [left, right] = [node.left as Node, node.right as Node];
      const other = OPERATORS.get(String(node.operator));
      const isText = [left, right].some(({ type }) => type === 'StringLiteral' || type === 'TemplateLiteral');
      if (other === undefined || (isText && other === '-')) return;
      yield replace(node, `${source(left)} ${other} ${source(right)}`);
      return;
    }
    case 'UnaryExpression':
      if (node.operator === '!') yield replace(node, source(node.argument as Node));
      return;
    case 'BooleanLiteral':
      yield replace(node, String(node.value !== true));
      return;
    case 'NumericLiteral':
      if (Number(node.value) <= MOST) yield replace(node, String(Number(node.value) + 1));
      return;
    case 'StringLiteral': {
      const at = words.indexOf(String(node.value));
      const other = words[(at + 1) % words.length];
      if (at >= 0 && other !== undefined && words.length > 1) yield replace(node, `'${other}'`);
      return;
    }
    case 'MemberExpression': {
      const property = node.property as Node;
      const other = property.type === 'Identifier' ? METHODS.get(String(property.value)) : undefined;
      if (other !== undefined) yield replace(property, other);
      return;
    }
    case 'ExpressionStatement':
      if (!LOGS.test(source(node)) && !source(node).startsWith('super(')) yield replace(node, ';');
      return;
    case 'ContinueStatement':
    case 'BreakStatement':
      yield replace(node, ';');
      return;
    case 'ReturnStatement': {
      const value = node.argument as Node | undefined;
      // What is as good as undefined is changed elsewhere.
      if (value !== undefined && value !== null && !PLAIN.has(value.type))
        yield replace(value, 'undefined as never');
      return;
    }
  }
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 90 ? `${line.slice(0, 89)}…` : line;
}
