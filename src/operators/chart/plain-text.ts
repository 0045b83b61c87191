/**
 * Texts as charts can have them: names come from data and may hold anything. No control character gets
 * into a chart, where it could end a line, a drawing or the settings of a terminal.
 */

/** The text in one line, each control character as a space; what is no character, as `�`. */
export function plainText(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]/gu, ' ')
    .replace(/[\ufffe\uffff]/g, '\ufffd')
}

/** The text for XML, in a node or between double quotes. */
export function escapeXml(text: string): string {
  return plainText(text)
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
