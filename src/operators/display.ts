/** How things show themselves: in Node's REPL and `console.log`, and in notebooks. */

/** The method that Node, Deno and Bun call to show a value. */
const INSPECT = Symbol.for('nodejs.util.inspect.custom')
/** The method that notebooks call; it gives what to show by media type. Source: Deno's kernel for Jupyter. */
const JUPYTER = Symbol.for('Jupyter.display')

/** Lets an object, or all that have it as prototype, show itself as text, and in notebooks as more. */
export function showAs<T extends object>(
  target: T,
  text: (shown: T) => string,
  media: (shown: T) => object = shown => ({ 'text/plain': text(shown) }),
): void {
  Object.assign(target, {
    [INSPECT](this: T) {
      return text(this)
    },
    [JUPYTER](this: T) {
      return media(this)
    },
  })
}
