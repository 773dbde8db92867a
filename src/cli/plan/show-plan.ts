/** Prints a plan in the form that the user asked for. */
import type { CommandContext } from '../commands/command.ts';
import { structured } from '../output/structured.ts';
import { planData } from './plan-data.ts';
import { planMarkdown } from './plan-markdown.ts';
import { type PlanView, planText } from './plan-text.ts';

export async function renderPlan({ globals }: CommandContext, view: PlanView): Promise<string> {
  switch (globals.output) {
    case 'json':
    case 'yaml':
      return structured(planData(view), globals.output);
    case 'markdown':
      return planMarkdown(view);
    case 'text':
    case 'sarif':
      return planText(view);
    default:
      return globals.output satisfies never;
  }
}
