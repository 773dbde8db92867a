/** One status for each file of `documents/`: what a Kubernetes API server says of it, and what a directory's reader says. */

export interface DocumentResult {
  /** The file's name without `.yaml`. */
  readonly document: string;
  readonly reason: string;
  /**
   * What a server answers to a create without strict field validation. It differs from the directory's status only for
   * what a server drops in silence, where a directory is stricter.
   */
  readonly server: 'accepts' | 'refuses';
  readonly directory: 'accepts' | 'refuses';
  /** Each diagnostic of the directory's reader as `severity rule path`. */
  readonly diagnostics: readonly string[];
}

function good(document: string, reason: string, diagnostics: readonly string[] = []): DocumentResult {
  return { document: `good-${document}`, reason, server: 'accepts', directory: 'accepts', diagnostics };
}

function bad(document: string, reason: string, ...diagnostics: readonly string[]): DocumentResult {
  return { document: `bad-${document}`, reason, server: 'refuses', directory: 'refuses', diagnostics };
}

function strict(document: string, reason: string, ...diagnostics: readonly string[]): DocumentResult {
  return { document: `strict-${document}`, reason, server: 'accepts', directory: 'refuses', diagnostics };
}

export const DOCUMENT_RESULTS: readonly DocumentResult[] = [
  good('small', 'only what is required'),
  good('selector', 'tags, one with an empty value, a VPC and a pattern'),
  good('selector-any-name', 'a pattern that fits all narrows nothing beside tags'),
  good('all-fields', 'every field of the spec'),
  good('short-region', 'the short region codes of API 2.0 are understood'),
  good('new-region', 'a region that nobody has heard of may be new'),
  good('six-character-ids', 'ids of six characters exist'),
  good('50-groups', 'the bound itself is allowed'),
  good('1000-instances', 'the bound itself is allowed'),
  good('suspend-until', 'a time in UTC'),
  good('suspend-until-offset', 'a time with an offset and fractions of a second'),
  good('interval-shortest', 'the bound itself is allowed'),
  good('interval-longest', 'the bound itself is allowed'),
  good('interval-sum', 'units may be combined'),
  good('restore', 'the list from before comes back'),
  good('status-dropped', 'a status is dropped by both', ['warning document/status status']),
  bad('no-region', 'the region is required', 'error schema/required spec'),
  bad('region-underscore', 'a usual typing error', 'error schema/pattern spec.region'),
  bad('region-upper-case', 'a usual typing error', 'error schema/pattern spec.region'),
  bad('no-instances', 'a binding without instances does nothing', 'error schema/min-items spec.instanceIds'),
  bad('nothing-named', 'neither a list nor a selector', 'error cel/invalid spec'),
  bad('named-twice', 'a list and a selector', 'error cel/invalid spec'),
  bad('1001-instances', 'one above the bound', 'error schema/max-items spec.instanceIds'),
  bad('instance-twice', 'instances are a set', 'error schema/unique-items spec.instanceIds[1]'),
  bad('instance-is-group', 'a group among the instances', 'error schema/pattern spec.instanceIds[1]'),
  bad('instance-upper-case', 'ids are lower case', 'error schema/pattern spec.instanceIds[1]'),
  bad('no-groups', 'an instance without groups is never meant', 'error schema/min-items spec.sgIds'),
  bad('51-groups', 'one above the bound', 'error schema/max-items spec.sgIds'),
  bad('group-twice', 'the order would be ambiguous', 'error cel/duplicate spec.sgIds[1]'),
  bad('group-short', 'five characters are too few', 'error schema/pattern spec.sgIds[1]'),
  bad('groups-as-text', 'one group is still a list', 'error schema/type spec.sgIds'),
  bad('mode', 'modes are written with a capital', 'error schema/enum spec.mode'),
  bad('suspend-text', 'a boolean in quotes is a text', 'error schema/type spec.suspend'),
  bad('suspend-until-day', 'February has no 30th', 'error cel/invalid spec.suspendUntil'),
  bad('suspend-until-date-only', 'a day is not a moment', 'error schema/pattern spec.suspendUntil'),
  bad('suspend-until-no-zone', 'an hour without a zone is many', 'error schema/pattern spec.suspendUntil'),
  bad('interval-short', 'one below the bound', 'error cel/invalid spec.interval'),
  bad('interval-long', 'one above the bound', 'error cel/invalid spec.interval'),
  bad('interval-number', 'a number has no unit', 'error schema/type spec.interval'),
  bad('interval-no-unit', 'a number has no unit', 'error schema/pattern spec.interval'),
  bad('interval-milliseconds', 'units are hours, minutes and seconds', 'error schema/pattern spec.interval'),
  bad('deletion-policy', 'policies are written with a capital', 'error schema/enum spec.deletionPolicy'),
  bad('credentials-name', 'names are DNS names', 'error schema/pattern spec.credentialsRef.name'),
  bad('credentials-no-name', 'a reference needs a name', 'error schema/required spec.credentialsRef'),
  bad('selector-tag-without-key', 'a tag has a key', 'error cel/invalid spec.instanceSelector.tags'),
  bad('selector-nine-tags', 'one above the bound', 'error schema/max-properties spec.instanceSelector.tags'),
  bad(
    'selector-no-tags',
    'no tags would be those of every instance',
    'error schema/min-properties spec.instanceSelector.tags',
  ),
  bad(
    'selector-of-everything',
    'what is left out selects nothing',
    'error cel/invalid spec.instanceSelector',
  ),
  bad(
    'selector-of-every-name',
    'a pattern without a letter fits every name',
    'error cel/invalid spec.instanceSelector',
  ),
  bad('selector-vpc', 'an id is not empty', 'error schema/pattern spec.instanceSelector.vpcId'),
  bad('metadata-name', 'names are DNS names', 'error schema/pattern metadata.name'),
  bad('label-value', 'label values have no spaces', 'error schema/pattern metadata.labels.app'),
  bad('label-key', 'label keys have no spaces', 'error schema/property-names metadata.labels["two words"]'),
  strict('unknown-field', 'a server drops it in silence', 'error schema/unknown-field spec.suspended'),
  good('null-field', 'a server takes the default in silence'),
  good('null-fields', 'what a server drops is not there, as templates write it that leave values unset'),
  bad('null-region', 'what is required is not there', 'error schema/type spec.region'),
  bad('null-entry', 'a list has no empty entries', 'error schema/type spec.sgIds[1]'),
  strict(
    'null-tag',
    'a server drops it in silence, and the selector takes more',
    'error schema/type spec.instanceSelector.tags.env',
  ),
  strict('null-label', 'a server takes an empty text in silence', 'error schema/type metadata.labels.app'),
];
