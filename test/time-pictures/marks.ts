/** What both pictures of time are drawn with: colours that are seen on white and on black, and letters. */

/** The colours of a mark. */
export interface Colours {
  readonly fill: string
  readonly stroke: string
}

const STYLE = `text{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;text-anchor:middle;dominant-baseline:central}
.value{font-size:13px;font-weight:600;fill:#1f2937}.code{font-size:13px;font-weight:600;fill:#1f2937}.scale{font-size:12px;fill:#7d8590}
.late{font-size:12px;font-weight:600;fill:#e5484d}.begin{text-anchor:start}.end{text-anchor:end}
.border{stroke:#7d8590;stroke-width:1;stroke-dasharray:2 3}.tick{stroke:#7d8590;stroke-width:1;fill:none}.drain{stroke:#7d8590;stroke-width:2;stroke-dasharray:6 4}
.line{fill:none;stroke-linejoin:round}.watermark{stroke:#8257e6;stroke-width:2.5}.own{stroke:#7d8590;stroke-width:1.5}.own-1{stroke-dasharray:4 3}
.box{fill:#ede9fe;stroke:#8257e6;stroke-width:1.5}.gone{stroke:#d1242f;stroke-width:1.5}`

const BANDS: readonly Colours[] = [
  { fill: '#dbeafe', stroke: '#3b82f6' },
  { fill: '#fef3c7', stroke: '#c98a04' },
  { fill: '#dcfce7', stroke: '#22a355' },
  { fill: '#fce7f3', stroke: '#db4a96' },
  { fill: '#cffafe', stroke: '#0e9bb3' },
  { fill: '#ffedd5', stroke: '#e8730c' },
]

/** What belongs to no window. */
export const NOBODY: Colours = { fill: '#ffffff', stroke: '#d1242f' }

const LETTER_PX = 7.9

/** The colours of a window by its number. */
export function bandColour(number: number): Colours {
  return BANDS[((number % BANDS.length) + BANDS.length) % BANDS.length] ?? NOBODY
}

/** The lines that begin a picture; its description is already escaped. */
export function openSvg(
  { width, height }: { readonly width: number; readonly height: number },
  description: string,
): readonly string[] {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${description}</title>`,
    `<style>${STYLE}</style>`,
  ]
}

/** A result in a rounded box, whose left end is at x. */
export function pill(
  mark: Colours & { readonly x: number; readonly y: number; readonly text: string },
): string {
  const width = Math.ceil(mark.text.length * LETTER_PX) + 12
  return `<rect x="${mark.x}" y="${mark.y - 9}" width="${width}" height="18" rx="4" fill="${mark.fill}" stroke="${mark.stroke}" stroke-width="1.5"/><text class="value" x="${mark.x + width / 2}" y="${mark.y}">${mark.text}</text>`
}

/** Text as it may stand in XML. */
export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
