/**
 * Texts as pictures can have them: names come from programs and may hold anything.
 *
 * Invariant: no control character gets into a picture, where it could end a line, a drawing or the
 * settings of a terminal.
 */

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u

/** The text in one line, each control character as a space; what is no character, as `�`. */
export function plainText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]/gu, ' ')
    .replace(/[\ufffe\uffff]/g, '\ufffd')
}

/** The text for XML and HTML, in a node or between double quotes. */
export function escapeXml(text: string): string {
  return plainText(text)
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}

/** How many characters of the usual width a text is as wide as. */
export function displayWidth(text: string): number {
  let width = 0
  for (const character of text) width += WIDE.test(character) ? 2 : 1
  return width
}
