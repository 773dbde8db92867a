/** Moments that processes of one machine can compare. */

/** Milliseconds of the machine's monotonic clock, with fractions: whole ones hide what two controllers differ by. */
export function momentMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
