/** A label selector as an API server takes it; follows k8s.io/apimachinery `labels.Parse`. */
import { LABEL_KEY_PATTERN, LABEL_VALUE_PATTERN } from '../../api/object-meta-schema.ts';

const EXAMPLES = 'write requirements such as team=shop, tier in (web,db), or !old, with commas between them';

const KEY = new RegExp(LABEL_KEY_PATTERN);
const VALUE = new RegExp(LABEL_VALUE_PATTERN);

/** A comma that stands in no brackets. */
const BETWEEN = /,(?![^()]*\))/;
const HAS = /^!?\s*([^\s=!<>()]+)$/;
const COMPARED = /^([^\s=!<>()]+)\s*(==|=|!=|<|>)\s*([^\s=!<>()]*)$/;
const AMONG = /^([^\s=!<>()]+)\s+(?:in|notin)\s*\(([^()]*)\)$/;

/** What is wrong with `text` and what to write instead; undefined when a server would take it. */
export function labelSelectorProblem(text: string): string | undefined {
  if (text.trim() === '') return `Expected labels, got nothing; ${EXAMPLES}`;
  const parts = text.split(BETWEEN).map((part) => part.trim());
  const empty = parts.indexOf('');
  if (empty === 0) return `Expected a requirement, got nothing before a comma in "${text}"; remove the comma`;
  if (empty === parts.length - 1)
    return `Expected a requirement, got nothing after a comma in "${text}"; remove the comma`;
  if (empty > 0) return `Expected a requirement, got nothing between two commas in "${text}"; remove one`;
  for (const part of parts) {
    const problem = requirementProblem(part);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function requirementProblem(part: string): string | undefined {
  const [, single] = HAS.exec(part) ?? [];
  if (single !== undefined && KEY.test(single)) return undefined;
  const [, compared, operator, value = ''] = COMPARED.exec(part) ?? [];
  if (compared !== undefined) {
    const isNumeric = operator === '<' || operator === '>';
    if (isNumeric && !/^[+-]?\d+$/.test(value))
      return `"${part}" compares with no number; compare with a whole number`;
    return keyProblem(compared) ?? (isNumeric ? undefined : valueProblem(value));
  }
  const [, key, values] = AMONG.exec(part) ?? [];
  if (key !== undefined && values !== undefined) {
    if (values.trim() === '') return `"${part}" fits no object; name a value between the brackets`;
    return (
      keyProblem(key) ??
      values
        .split(',')
        .map((one) => valueProblem(one.trim()))
        .find(Boolean)
    );
  }
  return `"${part}" is no requirement of a label selector; ${repairOf(part) ?? EXAMPLES}`;
}

function keyProblem(key: string): string | undefined {
  if (KEY.test(key)) return undefined;
  return (
    `"${key}" is no key of a label; begin and end with a letter or digit, with "-", "_" and "." between them, at most 63 ` +
    'characters; a prefix before "/" is a lower-case domain name'
  );
}

function valueProblem(value: string): string | undefined {
  if (VALUE.test(value)) return undefined;
  return `"${value}" is no value of a label; begin and end with a letter or digit, with "-", "_" and "." between them, at most 63 characters`;
}

/** What was probably meant, where that is a selector. */
function repairOf(part: string): string | undefined {
  const candidates = [
    part.replaceAll(/\s*[;&]+\s*/g, ','),
    part.replace(/\s*:\s*/, '='),
    part.replaceAll(/(?<=[\w.])\s+(?=[\w./-]+\s*!?=)/g, ','),
    part.replace(/\s+(in|notin)\s+([^\s()]+)$/, ' $1 ($2)'),
  ];
  const found = candidates.find(
    (one) => one !== part && one.split(BETWEEN).every((each) => isFine(each.trim())),
  );
  return found === undefined ? undefined : `write "${found}"`;
}

function isFine(part: string): boolean {
  const [, single] = HAS.exec(part) ?? [];
  return (
    (single !== undefined && KEY.test(single)) ||
    ((COMPARED.test(part) || AMONG.test(part)) && requirementProblem(part) === undefined)
  );
}
