/** Bindings as text, and what is to be found in them when they are damaged. */
import { expect } from 'vitest';
import { readDocuments } from '../../src/documents/document-reader.ts';
import type { ParsedFile } from '../../src/documents/parsed-file.ts';

export const WEB = `apiVersion: cvmsg.dev/v1alpha1
kind: CvmSecurityGroupBinding
metadata:
  name: web
  namespace: shop
spec:
  region: ap-guangzhou
  instanceIds:
    - ins-4q118hl2
    - ins-0a1b2c3d
  sgIds:
    - sg-1sdj39df
    - sg-o8sk37is
`;
export const API = WEB.replace('name: web', 'name: api')
  .replace('ins-4q118hl2', 'ins-aaaaaaaa')
  .replace('ins-0a1b2c3d', 'ins-bbbbbbbb');

/** Two documents, which differ in name and instances. */
export const BOTH = `${WEB}---\n${API}`;

export const LIST = `apiVersion: v1\nkind: List\nitems:\n${item(WEB)}\n${item(API)}\n`;

/** The document as an item of a list, indented. */
function item(document: string): string {
  return document.replaceAll(/^/gm, '    ').replace('    ', '  - ').trimEnd();
}

export function read(text: string | Uint8Array): ParsedFile {
  return readDocuments('web.yaml', typeof text === 'string' ? new TextEncoder().encode(text) : text);
}

/** The keys of the valid documents. */
export function names(reading: ParsedFile): readonly string[] {
  return reading.documents.map(({ binding }) => `${binding.metadata.namespace}/${binding.metadata.name}`);
}

/** A text with one mistake, and what is said of it. */
export interface Refusal {
  readonly reason: string;
  readonly text: string | Uint8Array;
  /** `line:column path rule`. */
  readonly at: string;
  /** Further ones, in the order of the file. */
  readonly more?: readonly string[];
  readonly fix: string;
  /** The documents that stay valid; none when absent. */
  readonly names?: readonly string[];
  /** `shop/web` when absent. */
  readonly broken?: readonly string[];
  readonly incomplete?: boolean;
}

export function expectRefusal(refusal: Refusal): void {
  const { reason, text, at, more = [], fix } = refusal;
  const { names: valid = [], broken = ['shop/web'], incomplete = false } = refusal;
  const reading = read(text);
  const places = reading.diagnostics.map(
    ({ line, column, path, rule }) => `${line}:${column} ${path} ${rule}`,
  );
  expect(places, reason).toEqual([at, ...more]);
  expect(reading.diagnostics[0]?.fix, reason).toBe(fix);
  expect(names(reading), reason).toEqual(valid);
  expect([reading.broken.map(({ key }) => key), reading.incomplete], reason).toEqual([broken, incomplete]);
}
