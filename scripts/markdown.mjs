/** Reads what the checks need of a Markdown page: links, headings, inline code and fenced blocks. */

/**
 * The parts of a page, each with its line (from 1). A fenced block is `{ line, info, text }`; `info`
 * is what stands behind the opening fence.
 */
export function readMarkdown(page) {
  const parts = { links: [], anchors: new Set(), codes: [], blocks: [] }
  let block
  page.split('\n').forEach((text, index) => {
    const line = index + 1
    const fence = /^\s*(`{3,}|~{3,})(.*)$/.exec(text)
    if (block) {
      const closes = fence && fence[2].trim() === '' && fence[1].startsWith(block.fence)
      if (!closes) block.lines.push(text)
      else {
        parts.blocks.push({ line: block.line, info: block.info, text: block.lines.join('\n') })
        block = undefined
      }
    } else if (fence) block = { fence: fence[1], info: fence[2].trim(), line, lines: [] }
    else readProse(text, line, parts)
  })
  return parts
}

/** The doc comments of a source file, read as one page with the file's own lines. */
export function readComments(source) {
  let inside = false
  const page = source.split('\n').map(text => {
    if (/^\s*\/\*\*/.test(text)) inside = true
    const content = inside ? text.replace(/^\s*(?:\/\*\*|\*(?!\/)) ?/, '').replace(/\*\/\s*$/, '') : ''
    if (text.includes('*/')) inside = false
    return content
  })
  return readMarkdown(page.join('\n'))
}

function readProse(text, line, { links, anchors, codes }) {
  const heading = /^#{1,6}\s+(.*)$/.exec(text)
  if (heading) anchors.add(anchorOf(heading[1]))
  for (const [, name] of text.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(name)
  const prose = text.replace(/(`+)(.+?)\1(?!`)/g, (_, ticks, code) => {
    codes.push({ line, code: code.trim() })
    return ticks
  })
  for (const [, target] of prose.matchAll(/\]\(\s*<?([^)>\s]+)>?(?:\s+"[^"]*")?\s*\)/g))
    links.push({ line, target })
  for (const [, target] of prose.matchAll(/^\s*\[[^\]]+\]:\s+<?([^>\s]+)/g)) links.push({ line, target })
}

/** As GitHub makes anchors of headings. */
function anchorOf(heading) {
  const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[`*]/g, '')
  return plain
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-')
}
