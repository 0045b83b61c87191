/**
 * The picture of the rooms in docs/architecture.md: drawn from the imports as they are, so it cannot
 * grow old. `npm run check` compares it, `npm run fix` draws it anew.
 */
import fs from 'node:fs'
import path from 'node:path'
import { ROOMS, roomOf } from './check-imports.mjs'
import { findImports } from './source-text.mjs'
import { listFiles } from './test-files.mjs'

const PAGE = 'docs/architecture.md'
const BLOCK = /(<!-- rooms: drawn by npm run fix -->\n```mermaid\n)[\s\S]*?(```\n)/

/** The problems of the picture: none, or that it is not up to date. */
export function checkRoomPicture(root) {
  const page = fs.readFileSync(path.join(root, PAGE), 'utf8')
  return page === withPicture(root, page) ? [] : [`${PAGE}: the picture of the rooms is old; run npm run fix`]
}

/** Draws the picture anew. */
export function fixRoomPicture(root) {
  const file = path.join(root, PAGE)
  const page = fs.readFileSync(file, 'utf8')
  fs.writeFileSync(file, withPicture(root, page))
}

function withPicture(root, page) {
  if (!BLOCK.test(page)) throw new Error(`${PAGE} has no block for the picture of the rooms`)
  return page.replace(BLOCK, (_, open, close) => `${open}${drawRooms(root)}${close}`)
}

/** Arrows point down, to what a room uses; what follows from two other arrows is left out. */
function drawRooms(root) {
  const uses = readUses(root)
  const lines = ['flowchart TD']
  for (const room of [...ROOMS].reverse()) {
    for (const used of uses.get(room) ?? []) {
      const isImplied = [...uses.get(room)].some(between => between !== used && reaches(uses, between, used))
      if (!isImplied) lines.push(`  ${room} --> ${used}`)
    }
  }
  return `${lines.join('\n')}\n`
}

function readUses(root) {
  const uses = new Map()
  for (const file of listFiles(root)) {
    if (!/^src\/.*\.ts$/.test(file) || /\.(test|fuzz)\.ts$/.test(file)) continue
    const room = roomOf(file)
    if (room === undefined || room === 'index') continue
    for (const { specifier } of findImports(fs.readFileSync(path.join(root, file), 'utf8'))) {
      if (!specifier.startsWith('.')) continue
      const used = roomOf(path.posix.join(path.posix.dirname(file), specifier))
      if (used === undefined || used === room || used === 'index') continue
      uses.set(room, (uses.get(room) ?? new Set()).add(used))
    }
  }
  for (const [room, used] of uses) {
    uses.set(room, new Set([...used].sort((a, b) => ROOMS.indexOf(a) - ROOMS.indexOf(b))))
  }
  return uses
}

function reaches(uses, from, to) {
  return [...(uses.get(from) ?? [])].some(next => next === to || reaches(uses, next, to))
}
