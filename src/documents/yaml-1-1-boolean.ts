/** What YAML 1.1 takes for a boolean and YAML 1.2 for a text, when it is not in quotes. */
export const YAML_1_1_BOOLEAN = /^(?:y|n|yes|no|on|off)$/i;
