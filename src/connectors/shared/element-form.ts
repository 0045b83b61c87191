/** In which form a source gives what came as bytes. */
import { describeValue, GraphError } from '../../errors.ts'

/** The forms, and the type of an element in each. */
export interface ElementForms {
  readonly text: string
  readonly bytes: Uint8Array
}

/** `text`: decoded as UTF-8, what is not UTF-8 replaced by U+FFFD; `bytes`: as they came. */
export type ElementForm = keyof ElementForms

const READERS: { readonly [Form in ElementForm]: (bytes: Buffer) => ElementForms[Form] } = {
  text: bytes => bytes.toString('utf8'),
  bytes: bytes => new Uint8Array(bytes),
}

/** How bytes become an element; bytes are copied. Throws `OPTION_INVALID` for a form that is none. */
export function readerOf<Form extends ElementForm>(
  as: Form | undefined,
  what: string,
): (bytes: Buffer) => ElementForms[Form] {
  // Where nothing is said, Form is its default, which is text everywhere.
  const form = as ?? ('text' as Form)
  if (Object.hasOwn(READERS, form)) return READERS[form]
  const forms = Object.keys(READERS).map(name => `"${name}"`)
  throw new GraphError(
    'OPTION_INVALID',
    `${what}: as is ${describeValue(form)}; expected ${forms.join(' or ')}`,
  )
}
