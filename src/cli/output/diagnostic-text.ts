/** Findings as people read them: place, rule, message, and what to write instead. */
import type { Diagnostic } from '../../api/diagnostic.ts';
import { visible } from '../../core/text/visible.ts';
import { someOf } from '../../core/text/words.ts';
import { placeText } from '../../manager/logging/diagnostic-line.ts';
import type { Palette } from './palette.ts';

/** A diagnostic of a document, or of what a document leads to. */
export interface ShownDiagnostic extends Omit<Diagnostic, 'severity'> {
  /** `info` asks nobody to change anything. */
  readonly severity: Diagnostic['severity'] | 'info';
  /** Other places of which the same is true. */
  readonly elsewhere?: readonly Pick<Diagnostic, 'file' | 'line' | 'column'>[];
}

/** One diagnostic in two to four lines. */
export function diagnosticText(diagnostic: ShownDiagnostic, palette: Palette, directory = ''): string {
  const severity = severityText(diagnostic.severity, palette);
  const field = diagnostic.path === '' ? '' : ` ${palette.faint(visible(diagnostic.path))}`;
  const fix = diagnostic.fix === '' ? '' : `    ${palette.note('fix:')} ${visible(diagnostic.fix)}\n`;
  return (
    `${palette.strong(placeText(diagnostic, directory))}: ${severity} ${palette.faint(`[${diagnostic.rule}]`)}${field}\n` +
    `    ${visible(diagnostic.message)}\n${fix}${elsewhereText(diagnostic, directory)}`
  );
}

function severityText(severity: ShownDiagnostic['severity'], palette: Palette): string {
  switch (severity) {
    case 'error':
      return palette.bad(severity);
    case 'warning':
      return palette.changed(severity);
    case 'info':
      return palette.note(severity);
    default:
      return severity satisfies never;
  }
}

function elsewhereText({ elsewhere = [] }: ShownDiagnostic, directory: string): string {
  if (elsewhere.length === 0) return '';
  return `    also at ${someOf(elsewhere.map((place) => placeText(place, directory)))}\n`;
}

export function hasErrors(diagnostics: readonly Pick<ShownDiagnostic, 'severity'>[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}
