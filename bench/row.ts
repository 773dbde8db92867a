/** What a row of the table is, and what it is given. */

export interface RowContext {
  /** Smaller sizes, for a look while developing. */
  readonly quick: boolean;
  /** Says what is being done. */
  readonly progress: (line: string) => void;
}

/** One line of the table. */
export interface Measurement {
  /** What was done, sizes included. */
  readonly what: string;
  /** What was measured, in words. */
  readonly measured: string;
  /** What it is held against, in words; empty for information. */
  readonly bar: string;
  /** Undefined for information. */
  readonly met?: boolean;
  /** The raw numbers, with units in their names. */
  readonly values: Readonly<Record<string, number>>;
}

/** What was measured, before it is held against anything. */
export type Taken<Value extends string> = Pick<Measurement, 'what' | 'measured'> & {
  readonly values: Readonly<Record<Value, number>>;
};

export interface Row {
  readonly name: string;
  /** Measured only when it is named. */
  readonly optIn?: true;
  run(context: RowContext): Promise<readonly Measurement[]>;
}

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `10,000`. */
export const count = (value: number): string => whole.format(value);

/** `10.25 s` of milliseconds. */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

/** `84.3 MiB` of bytes. */
export const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
