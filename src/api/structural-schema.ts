/** The form of a schema in a CustomResourceDefinition. */

/** One rule of `x-kubernetes-validations`. */
export interface CelRule {
  readonly rule: string;
  /** How to mend a value that breaks the rule. */
  readonly message?: string;
  /** `FieldValueInvalid`, `FieldValueForbidden`, `FieldValueRequired` or `FieldValueDuplicate`. */
  readonly reason?: string;
}

/** The part of a structural OpenAPI v3 schema that this project uses. */
export interface StructuralSchema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly items?: StructuralSchema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-validations'?: readonly CelRule[];
  readonly [keyword: string]: unknown;
}
