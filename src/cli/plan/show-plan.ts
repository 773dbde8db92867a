/** Prints a plan in the form that the user asked for. */
import type { CommandContext } from '../command.ts';
import { structured } from '../output/structured.ts';
import { planData } from './plan-data.ts';
import { planMarkdown } from './plan-markdown.ts';
import { type PlanView, planText } from './plan-text.ts';

/** @param maxLength most characters of Markdown; 0 for any number. */
export async function renderPlan(
  { globals }: CommandContext,
  view: PlanView,
  maxLength?: number,
): Promise<string> {
  switch (globals.output) {
    case 'json':
    case 'yaml':
      return structured(planData(view), globals.output);
    case 'markdown':
      return planMarkdown(view, maxLength);
    case 'text':
    case 'wide':
    case 'sarif':
      return planText(view);
    default:
      return globals.output satisfies never;
  }
}
