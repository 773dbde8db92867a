/** Says what the YAML parser found in the words of a person. */
import type { YAMLError } from 'yaml';
import { bounded, type Problem } from '../api/problem.ts';

/** An error of the parser as a problem, which always is an error: what is ambiguous is not applied. */
export function yamlProblem(error: YAMLError): Problem {
  return {
    severity: 'error',
    rule: `yaml/${error.code.toLowerCase().replaceAll('_', '-')}`,
    // The parser quotes whole tokens.
    message: bounded(firstLine(error.message), 200),
    fix: fixOf(error),
    path: [],
    at: 'value',
    offset: error.pos[0],
  };
}

function fixOf(error: YAMLError): string {
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return 'indent with spaces';
    case 'TAG_RESOLVE_FAILED':
      return 'remove the tag, or put the text in quotes';
    case 'BAD_INDENT':
      return 'indent the fields of one mapping alike';
    case 'BAD_ALIAS':
      return 'define the anchor (`&name`) above its first alias, or put the text in quotes';
    case 'MISSING_CHAR':
      return 'close the quote or bracket, or put the text in quotes';
    case 'MULTILINE_IMPLICIT_KEY':
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'write `name: value`, and indent what belongs under a name';
    case 'UNEXPECTED_TOKEN':
    case 'BAD_SCALAR_START':
    case 'BLOCK_IN_FLOW':
      return 'put the text in quotes';
    default:
      return 'correct the YAML at this place';
  }
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}
