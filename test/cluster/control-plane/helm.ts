/** Helm, which judges the chart. */
import { type GoProgram, programBinary, whyNoProgram } from './go-program.ts';

const HELM: GoProgram = {
  name: 'Helm',
  module: 'helm',
  package: 'helm.sh/helm/v4/cmd/helm',
  file: 'helm',
  takes: 'about two minutes',
};

/** Why there can be none here, in a sentence for the summary of a test run. */
export const WHY_NO_HELM = whyNoProgram(HELM);

/** Helm, if it is here or can be built here. */
export const helmIsAvailable = (): boolean => WHY_NO_HELM === undefined;

/** Finds or builds Helm; says on stderr what it builds. @throws Error when the build fails. */
export const helmBinary = (): Promise<string> => programBinary(HELM);
