/**
 * Pieces of the source in pages: copied from the code as it is, so that they cannot grow old. `npm run
 * check` compares them, `npm run fix` copies them anew.
 *
 * A block between `<!-- source FILE NAME: drawn by npm run fix -->` and `<!-- end -->` is the function, the
 * method or the constant NAME of FILE, the implementation where there are overloads; `CLASS.NAME` is a method of
 * that class.
 */
import fs from 'node:fs'
import path from 'node:path'
import { listFiles } from './test-files.mjs'

const BLOCK = /(<!-- source (\S+) (\S+): drawn by npm run fix -->\n)[\s\S]*?(<!-- end -->\n)/g

/** The pages whose pieces are old, or are not to be found. */
export function checkSourcePieces(root) {
  return pagesOf(root).flatMap(({ file, text }) => {
    try {
      return text === withPieces(root, text) ? [] : [`${file}: a piece of the source is old; run npm run fix`]
    } catch (error) {
      return [`${file}: ${error.message}`]
    }
  })
}

/** Copies all pieces anew. */
export function fixSourcePieces(root) {
  for (const { file, text } of pagesOf(root)) fs.writeFileSync(path.join(root, file), withPieces(root, text))
}

function pagesOf(root) {
  return listFiles(root)
    .filter(file => /^docs\/.*\.md$/.test(file))
    .map(file => ({ file, text: fs.readFileSync(path.join(root, file), 'utf8') }))
    .filter(({ text }) => text.includes('<!-- source '))
}

function withPieces(root, page) {
  return page.replace(BLOCK, (_, open, file, name, close) => {
    const piece = pieceOf(fs.readFileSync(path.join(root, file), 'utf8').split('\n'), name)
    if (piece === undefined)
      throw new Error(`${file} has no function, method or constant ${name}, which the page shows`)
    return `${open}\`\`\`ts\n${piece.join('\n')}\n\`\`\`\n${close}`
  })
}

/** From the line that names it to the one that closes it, without the indentation. */
function pieceOf(lines, name) {
  const [method, className] = name.split('.').reverse()
  const from = className === undefined ? 0 : lines.findIndex(line => line.includes(`class ${className}`))
  const begins = new RegExp(
    `^( *)(?:(?:export |protected |override |async |function )*#?${method}[<(]|(?:export )?const ${method}\\b)`,
  )
  let start = lines.findIndex((line, index) => from >= 0 && index >= from && begins.test(line))
  if (start < 0) return undefined
  const indent = begins.exec(lines[start])[1]
  const end = lines.findIndex(
    (line, index) => index >= start && /^\}\)?$/.test(line.slice(indent.length)) && line.startsWith(indent),
  )
  // Overloads come before the implementation.
  for (let index = start; index < end; index++) if (begins.test(lines[index])) start = index
  return lines.slice(start, end + 1).map(line => line.slice(indent.length))
}
