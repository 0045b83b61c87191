/** In which form messages become elements, in browsers too. */
import type { ElementForm, ElementForms } from '../shared/element-form.ts'
import { oneOf } from '../shared/options.ts'

/** A larger message is refused unless an option says otherwise. */
export const DEFAULT_MAX_MESSAGE_BYTES: number = 16 * 1024 * 1024

/** Makes an element of a message; the bytes are copied where they stay bytes. */
export type MessageReader<Form extends ElementForm> = (data: string | Uint8Array) => ElementForms[Form]

/** The reader of a form; throws `OPTION_INVALID` for a form that is none. */
export function messageReader<Form extends ElementForm>(
  as: Form | undefined,
  what: string,
): MessageReader<Form> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const encoder = new TextEncoder()
  const readers: { readonly [Each in ElementForm]: MessageReader<Each> } = {
    text: data => (typeof data === 'string' ? data : decoder.decode(data)),
    bytes: data => (typeof data === 'string' ? encoder.encode(data) : new Uint8Array(data)),
  }
  // Where nothing is said, Form is its default, which is text.
  const form = as ?? ('text' as Form)
  // `oneOf` gives back what it was given.
  return readers[oneOf<ElementForm>(form, `${what}: as`, ['text', 'bytes']) as Form]
}
