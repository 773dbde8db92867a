/** A flag as data: one description serves the command line, the environment, the config file, `--help` and completion. */
import { nearestName } from '../../api/nearest-name.ts';
import { parseDuration } from '../../core/text/duration.ts';

/** What a value completes to in a shell. */
export type Completion = 'file' | 'directory' | 'none';

export interface Flag<T> {
  /** `switch` takes no value on the command line; `list` may be given more than once. */
  readonly kind: 'value' | 'switch' | 'list';
  /** Placeholder of the value in `--help`; empty for a switch. */
  readonly value: string;
  readonly description: string;
  /** One letter. */
  readonly short?: string;
  readonly choices?: readonly string[];
  readonly completion: Completion;
  /** What `--help` says the default is; empty when there is none to tell. */
  readonly defaultText: string;
  /** The value when nobody gives one. */
  readonly fallback: T;
  /** The value of one or more texts. @throws FlagValueError when they are not valid. */
  readonly read: (texts: readonly string[]) => T;
}

// biome-ignore lint/suspicious/noExplicitAny: a set of flags holds values of every type; `FlagValues` gives each its own back.
export type Flags = Readonly<Record<string, Flag<any>>>;

export type FlagValues<F extends Flags> = {
  readonly [K in keyof F]: F[K] extends Flag<infer T> ? T : never;
};

/** What is wrong with a value; completes "--name: …". */
export class FlagValueError extends Error {
  override readonly name = 'FlagValueError';
}

interface Description {
  readonly value?: string;
  readonly description: string;
  readonly short?: string;
}

/** What is wrong with a text and what to write instead; undefined when it is valid. */
type Check = (text: string) => string | undefined;

const last = (texts: readonly string[]): string => texts.at(-1) ?? '';

/** Free text that may be absent. Of several the last counts, except where `severalFix` says what to do instead. */
export function text({
  severalFix,
  check,
  ...about
}: Description & {
  readonly completion?: Completion;
  readonly check?: Check;
  readonly severalFix?: string;
}): Flag<string | undefined> {
  return {
    kind: 'value',
    value: 'TEXT',
    completion: 'none',
    defaultText: '',
    fallback: undefined,
    ...about,
    read(texts) {
      refuse(last(texts), check);
      if (severalFix !== undefined && texts.length > 1) {
        throw new FlagValueError(`Expected one, got ${texts.length}; ${severalFix}`);
      }
      return last(texts);
    },
  };
}

function refuse(text: string, check?: Check): void {
  const problem = text === '' ? 'Expected a value, got nothing' : check?.(text);
  if (problem !== undefined) throw new FlagValueError(problem);
}

/** One of a few words. */
export function choice<const C extends string, const D extends C | undefined>(
  about: Description & {
    readonly choices: readonly C[];
    readonly fallback: D;
    readonly defaultText?: string;
  },
): Flag<C | D> {
  const { choices, fallback } = about;
  return {
    kind: 'value',
    value: choices.join('|'),
    completion: 'none',
    defaultText: fallback ?? '',
    ...about,
    read(texts) {
      const given = last(texts);
      const found = choices.find((one) => one === given);
      if (found !== undefined) return found;
      const nearest = nearestName(given, choices);
      const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
      throw new FlagValueError(`Expected one of ${choices.join(', ')}, got "${given}"${hint}`);
    },
  };
}

/** A whole number of at least `min`. */
export function wholeNumber<const D extends number | undefined>(
  about: Description & { readonly min: number; readonly fallback: D; readonly defaultText?: string },
): Flag<number | D> {
  return {
    kind: 'value',
    value: 'N',
    completion: 'none',
    defaultText: String(about.fallback ?? ''),
    ...about,
    read(texts) {
      const given = last(texts);
      const number = Number(given);
      if (/^\d+$/.test(given) && Number.isSafeInteger(number) && number >= about.min) return number;
      throw new FlagValueError(`Expected a whole number of ${about.min} or more, got "${given}"`);
    },
  };
}

/** A time span such as `90s`, in milliseconds. */
export function duration(about: Description & { readonly fallbackText: string }): Flag<number> {
  const read = (texts: readonly string[]): number => {
    const ms = parseDuration(last(texts));
    if (ms !== undefined && ms > 0) return ms;
    throw new FlagValueError(`Expected a duration such as 30s, 15m or 2h, got "${last(texts)}"`);
  };
  const { fallbackText, ...rest } = about;
  return {
    kind: 'value',
    value: 'DURATION',
    completion: 'none',
    defaultText: fallbackText,
    fallback: read([fallbackText]),
    ...rest,
    read,
  };
}

/** A time span that may be zero; a bare number counts milliseconds. */
export function milliseconds(about: Description): Flag<number> {
  return {
    kind: 'value',
    value: 'MS',
    completion: 'none',
    defaultText: '0',
    fallback: 0,
    ...about,
    read(texts) {
      const given = last(texts);
      const ms = /^\d+$/.test(given) ? Number(given) : parseDuration(given);
      if (ms !== undefined) return ms;
      throw new FlagValueError(`Expected milliseconds such as 50, or a duration such as 2s, got "${given}"`);
    },
  };
}

/** On or off; off when it is not given. */
export function toggle(about: Description): Flag<boolean> {
  return {
    kind: 'switch',
    value: '',
    completion: 'none',
    defaultText: '',
    fallback: false,
    ...about,
    read(texts) {
      if (last(texts) === 'true') return true;
      if (last(texts) === 'false') return false;
      throw new FlagValueError(`Expected true or false, got "${last(texts)}"`);
    },
  };
}

/** Texts, given more than once. */
export function list({
  check,
  ...about
}: Description & { readonly completion?: Completion; readonly check?: Check }): Flag<readonly string[]> {
  return {
    kind: 'list',
    value: 'TEXT',
    completion: 'none',
    defaultText: '',
    fallback: [],
    ...about,
    read(texts) {
      for (const one of texts) refuse(one, check);
      return texts;
    },
  };
}

/** `stateDir` becomes `state-dir`. */
export function flagName(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
