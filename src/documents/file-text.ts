/** Turns the bytes of a file into text, or says why it cannot be done. */
import { isUtf8 } from 'node:buffer';

/** Larger files are refused: 1 MiB. */
export const MAX_FILE_BYTES = 1024 * 1024;

export type FileText =
  | { readonly ok: true; readonly text: string }
  | {
      readonly ok: false;
      readonly rule: string;
      readonly message: string;
      readonly fix: string;
      readonly line: number;
      readonly column: number;
    };

/** What is outside YAML's printable characters, which may not stand even in quotes; a file that has it is not a text file. */
const FORBIDDEN_CHARACTER = /[^\t\n\r\x20-\x7e\x85\xa0-\ufffd]/;

const UTF_8 = new TextDecoder('utf-8');

/** At the start of a file, and of a document where several files were joined. */
const BYTE_ORDER_MARK = /^\ufeff/gm;

/** Decodes UTF-8; byte order marks at the start of lines are dropped. */
export function decodeFile(bytes: Uint8Array): FileText {
  if (bytes.length > MAX_FILE_BYTES) {
    return {
      ok: false,
      rule: 'file/too-large',
      message: `the file has ${bytes.length} bytes; at most ${MAX_FILE_BYTES} are read`,
      fix: 'split it into several files',
      line: 1,
      column: 1,
    };
  }
  if (!isUtf8(bytes)) {
    return {
      ok: false,
      rule: 'file/not-utf-8',
      message: 'the file is not UTF-8 text',
      fix: 'save it as UTF-8',
      ...firstBadLine(bytes),
    };
  }
  const text = UTF_8.decode(bytes).replace(BYTE_ORDER_MARK, '');
  const control = text.search(FORBIDDEN_CHARACTER);
  if (control >= 0) {
    const code = text.charCodeAt(control).toString(16).toUpperCase().padStart(4, '0');
    return {
      ok: false,
      rule: 'file/control-character',
      message: `the control character U+${code} may not stand in YAML`,
      fix: 'remove it, or write it as an escape in double quotes',
      ...positionIn(text, control),
    };
  }
  return { ok: true, text };
}

function firstBadLine(bytes: Uint8Array): { line: number; column: number } {
  let start = 0;
  for (let line = 1; ; line++) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    if (!isUtf8(bytes.subarray(start, end)))
      return { line, column: firstBadColumn(bytes.subarray(start, end)) };
    if (newline < 0) return { line, column: 1 };
    start = newline + 1;
  }
}

/** The first column (in UTF-16 units) whose bytes are not UTF-8. */
function firstBadColumn(line: Uint8Array): number {
  let good = 0;
  let bad = line.length;
  // Invariant: the first `good` bytes are UTF-8, the first `bad` bytes are not.
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (isUtf8(completeCharacters(line, middle))) good = middle;
    else bad = middle;
  }
  return UTF_8.decode(completeCharacters(line, good)).length + 1;
}

/** The first `length` bytes without a character that was cut at their end. */
function completeCharacters(line: Uint8Array, length: number): Uint8Array {
  let end = length;
  // Bytes 10xxxxxx continue a character.
  while (end > 0 && ((line[end] ?? 0) & 0xc0) === 0x80 && length - end < 4) end--;
  return line.subarray(0, end);
}

function positionIn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lastNewline = before.lastIndexOf('\n');
  return { line: before.split('\n').length, column: offset - lastNewline };
}
