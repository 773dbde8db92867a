/** Findings as people read them: place, rule, message, and what to write instead. */
import { join } from 'node:path';
import type { Finding } from '../../api/finding.ts';
import type { Palette } from './palette.ts';
import { visible } from './visible.ts';

/** `dir/web.yaml:3:5`. */
export function placeText(finding: Finding, directory = ''): string {
  return `${visible(join(directory, finding.file))}:${finding.line}:${finding.column}`;
}

/** One finding in a line of a log. */
export function lineText(finding: Finding, directory = ''): string {
  const fix = finding.fix === '' ? '' : `; ${finding.fix}`;
  return `${placeText(finding, directory)}: ${finding.message}${fix}`;
}

/** One finding in two or three lines. */
export function findingText(finding: Finding, palette: Palette, directory = ''): string {
  const severity = finding.severity === 'error' ? palette.bad('error') : palette.changed('warning');
  const field = finding.path === '' ? '' : ` ${palette.faint(visible(finding.path))}`;
  const fix = finding.fix === '' ? '' : `    ${palette.note('fix:')} ${visible(finding.fix)}\n`;
  return (
    `${palette.strong(placeText(finding, directory))}: ${severity} ${palette.faint(`[${finding.rule}]`)}${field}\n` +
    `    ${visible(finding.message)}\n${fix}`
  );
}

export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some((finding) => finding.severity === 'error');
}
