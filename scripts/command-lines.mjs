/**
 * Checks the `sluice …` command lines that pages name against what the command says of itself: the
 * words against `sluice --help` and `sluice COMMAND --help`, the options against the latter.
 */
import fs from 'node:fs'
import path from 'node:path'
import { runAndCapture } from './build.mjs'
import { root, SOURCE_CONDITION } from './setup.mjs'

const MAIN = path.join('src', 'cli', 'main.ts')
const COMMAND_LINE = /^(?:npx (?:--?\S+ )*|npm run (?:--silent |-s )?)?sluice(?: --)?(?: (.*))?$/

/** What is wrong with the command lines in `texts`, each `{ file, line, text }`. */
export async function checkCommandLines(node, texts) {
  const lines = texts
    .flatMap(each =>
      each.text.split(/\s*(?:\||&&|;|>)\s*/).flatMap(part => {
        const match = COMMAND_LINE.exec(part.trim())
        return match
          ? [{ place: `${each.file}:${each.line}`, words: (match[1] ?? '').split(/\s+/).filter(Boolean) }]
          : []
      }),
    )
    .filter(({ words }) => words.length > 0)
  if (lines.length === 0) return []
  if (!fs.existsSync(path.join(root, MAIN)))
    return [`${lines[0].place}: names a command line, but there is no ${MAIN}`]
  const help = helpReader(node)
  const problems = []
  for (const { place, words } of lines) {
    const problem = await judge(words, help)
    if (problem) problems.push(`${place}: ${problem}`)
  }
  return problems
}

async function judge(words, help) {
  const [command, second] = words
  const options = words.map(word => /^--[a-z][\w-]*/.exec(word)?.[0]).filter(Boolean)
  const top = await help([])
  if (!isWord(command)) return unknownOption(options, top, 'sluice')
  if (!hasCommand(top, command)) return `names "sluice ${command}", which "sluice --help" does not know`
  const own = await help([command])
  const parts = new Set(
    [...own.matchAll(new RegExp(`sluice ${command} ([a-z][a-z-]*)`, 'g'))].map(([, part]) => part),
  )
  if (parts.size > 0 && isWord(second) && !parts.has(second)) {
    return `names "sluice ${command} ${second}", which "sluice ${command} --help" does not know`
  }
  return unknownOption(options, own, `sluice ${command}`)
}

function unknownOption(options, help, name) {
  const unknown = options.find(option => option !== '--help' && !new RegExp(`${option}(?![\\w-])`).test(help))
  return unknown ? `names the option ${unknown}, which "${name} --help" does not know` : undefined
}

function isWord(word) {
  return word !== undefined && /^[a-z][a-z-]*$/.test(word)
}

function hasCommand(help, command) {
  return new RegExp(`^\\s*(?:sluice )?${command}\\b`, 'm').test(help)
}

function helpReader(node) {
  const read = new Map()
  return async words => {
    const key = words.join(' ')
    if (!read.has(key)) {
      const done = await runAndCapture(node, [SOURCE_CONDITION, path.join(root, MAIN), ...words, '--help'])
      read.set(key, done.output)
    }
    return read.get(key)
  }
}
