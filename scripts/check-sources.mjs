/** Rules about the text of the files in src: clocks, sizes, and nothing left unfinished. */
import fs from 'node:fs'
import path from 'node:path'
import { lineOf, maskText } from './source-text.mjs'
import { listFiles } from './test-files.mjs'

const MAX_LINES = 500
const MANY_LINES = 400

const CLOCKS = [
  { what: 'Date.now', pattern: /\bDate\s*\.\s*now\b/g },
  { what: 'new Date() without an argument', pattern: /\bnew\s+Date\b(?!\s*\(\s*[^\s)])/g },
  { what: 'performance.now', pattern: /\bperformance\s*\.\s*(?:now|timeOrigin)\b/g },
  { what: 'process.hrtime', pattern: /\bprocess\s*\.\s*(?:hrtime|uptime)\b/g },
  { what: 'AbortSignal.timeout', pattern: /\bAbortSignal\s*\.\s*timeout\b/g },
  {
    what: 'a timer function',
    pattern: /(?:(?<![.\w$])|\b(?:globalThis|window)\s*\.\s*)set(?:Timeout|Interval|Immediate)\b(?!\s*\??:)/g,
  },
]
const CLOCK_MODULES = /['"]node:(?:timers(?:\/promises)?|perf_hooks)['"]/g
const UNFINISHED = /\b(?:TODO|FIXME|XXX|HACK)\b|\bnot (?:yet )?implemented\b|\bunimplemented\b/gi

/** Uses of a clock outside the room that may read one. The page of the dashboard runs in a browser. */
export function checkClocks(root) {
  return eachSource(root, (file, text) => {
    if (isTest(file) || file.startsWith('src/time/') || file.startsWith('src/dashboard/ui/')) return []
    const code = maskText(text)
    const uses = CLOCKS.flatMap(({ what, pattern }) =>
      [...code.matchAll(pattern)].map(match => ({ what, at: match.index })),
    )
    const modules = [...text.matchAll(CLOCK_MODULES)]
      .filter(match => code[match.index] === match[0][0])
      .map(match => ({ what: match[0].slice(1, -1), at: match.index }))
    return [...uses, ...modules].map(
      ({ what, at }) => `${file}:${lineOf(text, at)}: uses ${what}; only src/time may: take a Clock`,
    )
  })
}

/** Files that have grown too long. */
export function checkSizes(root) {
  return eachSource(root, (file, text) => {
    const lines = lineCount(text)
    return lines > MAX_LINES ? [`${file}: ${lines} lines, at most ${MAX_LINES} are allowed; split it`] : []
  })
}

/** Files that are long, though still allowed. */
export function noteSizes(root) {
  return eachSource(root, (file, text) => {
    const lines = lineCount(text)
    return lines > MANY_LINES && lines <= MAX_LINES
      ? [`${file}: ${lines} lines; think about splitting it`]
      : []
  })
}

/** Words that say something is still to be done. */
export function checkUnfinished(root) {
  return eachSource(root, (file, text) =>
    [...text.matchAll(UNFINISHED)].map(
      match => `${file}:${lineOf(text, match.index)}: says "${match[0]}"; finish it or take it out`,
    ),
  )
}

function eachSource(root, judge) {
  return listFiles(root)
    .filter(file => /^src\/.*\.tsx?$/.test(file))
    .flatMap(file => judge(file, fs.readFileSync(path.join(root, file), 'utf8')))
}

function lineCount(text) {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
}

function isTest(file) {
  return /\.test\.tsx?$/.test(file)
}
