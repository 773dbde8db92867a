/** Points at each value of a list that stood there before. */
import { formatPath, type Problem, quote } from '../api/problem.ts';

type Base = Pick<Problem, 'severity' | 'rule' | 'path' | 'at'>;

/** One problem for each repeated value of the list at `base.path`; none when all differ or the value is no list. */
export function duplicateProblems(base: Base, list: unknown, fix: string): readonly Problem[] {
  if (!Array.isArray(list)) return [];
  const firstIndex = new Map<unknown, number>();
  return list.flatMap((item: unknown, index) => {
    const first = firstIndex.get(item);
    if (first === undefined) {
      firstIndex.set(item, index);
      return [];
    }
    return [
      {
        ...base,
        path: [...base.path, index],
        message: `${quote(item)} stands twice in ${formatPath(base.path)}`,
        fix,
        first: [...base.path, first],
      },
    ];
  });
}
