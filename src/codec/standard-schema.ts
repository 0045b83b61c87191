/**
 * Validators of other libraries, by the interface that they share: https://standardschema.dev
 *
 * The interface is the one of the specification, which allows that its types are copied, so that
 * Sluice depends on no library; only what `json` needs of it stands here.
 */
import { CodecError, describeValue, GraphError, messageOf } from '../errors.ts'

/** A validator of zod, valibot, arktype, or any other library that follows Standard Schema. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    /** The library that it comes from. */
    readonly vendor: string
    readonly validate: (
      value: unknown,
    ) => StandardSchemaResult<Output> | Promise<StandardSchemaResult<Output>>
    /** Only for the compiler; absent at run time. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** What a validator answers: the value as it is to be used, or what is wrong with it. */
export type StandardSchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardSchemaIssue[] }

/** One thing that is wrong with a value. */
export interface StandardSchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** The type of the values that a validator gives. */
export type StandardSchemaOutput<S extends StandardSchema> = NonNullable<S['~standard']['types']>['output']

/** So many issues are told; a validator may find one per element of a long array. */
const MAX_ISSUES = 3

/** Whether `schema`, an object or a function, is such a validator; a field may have the name as well. */
export function isStandardSchema(schema: unknown): schema is StandardSchema {
  if ((typeof schema !== 'object' && typeof schema !== 'function') || schema === null) return false
  const standard = (schema as Partial<StandardSchema>)['~standard']
  return typeof standard === 'object' && typeof standard.validate === 'function'
}

/**
 * What the validator makes of `value`. Throws `DECODE_FAILED` that names the fields with issues; also
 * for a validator that answers later, since some do so only because a function in them threw.
 */
export function validateWith(schema: StandardSchema, value: unknown): unknown {
  const { vendor, validate } = schema['~standard']
  let result: StandardSchemaResult<unknown> | Promise<StandardSchemaResult<unknown>>
  try {
    result = validate(value)
  } catch (thrown) {
    throw new CodecError('DECODE_FAILED', `the ${vendor} schema threw: ${messageOf(thrown)}`, {
      cause: thrown,
    })
  }
  if (result instanceof Promise) throw asynchronous(result, vendor)
  if (result.issues === undefined) return result.value
  throw new CodecError('DECODE_FAILED', issuesText(result.issues))
}

function asynchronous(result: Promise<unknown>, vendor: string): CodecError {
  // what it would have said matters to nobody any more
  result.catch(() => {})
  return new CodecError(
    'DECODE_FAILED',
    `the ${vendor} schema answered with a promise: it validates asynchronously, or a function in it threw. ` +
      'Records are decoded one after another: do asynchronous checks in mapAsync, not in the schema',
  )
}

function issuesText(issues: readonly StandardSchemaIssue[]): string {
  const texts = issues.slice(0, MAX_ISSUES).map(issueText)
  const more = issues.length - texts.length
  return `${texts.join('; ')}${more > 0 ? `; and ${more} more` : ''}`
}

function issueText({ message, path }: StandardSchemaIssue): string {
  let place = ''
  for (const segment of path ?? []) {
    const key = typeof segment === 'object' ? segment.key : segment
    place += typeof key === 'number' ? `[${key}]` : `${place === '' ? '' : '.'}${String(key)}`
  }
  return place === '' ? `the value: ${message}` : `field "${place}": ${message}`
}

/** Refuses a validator of a version of the interface that is not known. */
export function checkStandardSchema(schema: StandardSchema): void {
  const { version, vendor } = schema['~standard']
  if (version === 1) return
  throw new GraphError(
    'OPTION_INVALID',
    `json(schema): the ${vendor} schema follows version ${describeValue(version)} of Standard Schema; expected version 1`,
  )
}
