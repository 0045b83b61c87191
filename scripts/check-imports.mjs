/**
 * Which file may import which: the order of the rooms, their doors, and who may use vendors.
 *
 * A room is a folder of src (or `errors.ts`); it imports only rooms above it in the list, and only
 * through their `index.ts`. Below `connectors` every connector has a door of its own.
 */
import fs from 'node:fs'
import { builtinModules } from 'node:module'
import path from 'node:path'
import { findImports } from './source-text.mjs'
import { listFiles } from './test-files.mjs'

/** From the ground up; `index.ts`, the public door, stands over all. */
export const ROOMS = [
  'errors',
  'time',
  'observe',
  'codec',
  'broker',
  'connect',
  'state',
  'graph',
  'operators',
  'engine',
  'runtime',
  'app',
  'connectors',
  'storm',
  'testing',
  'dashboard',
  'cli',
]
const DOOR = 'index'
const VENDOR_ROOMS = new Set(['connectors', 'storm', 'codec', 'dashboard', 'cli'])

/** All forbidden imports in the checkout at `root`, as `file:line: message with the fix`. */
export function checkImports(root) {
  const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'))
  const problems = []
  for (const file of listFiles(root)) {
    if (!/^(src|examples)\/.*\.tsx?$/.test(file)) continue
    const text = fs.readFileSync(path.join(root, file), 'utf8')
    const room = roomOf(file)
    if (file.startsWith('src/') && room === undefined) {
      problems.push(`${file}:1: is in no room; move it into one of ${ROOMS.join(', ')}`)
      continue
    }
    for (const { line, specifier } of findImports(text)) {
      const problem = file.startsWith('examples/')
        ? judgeExample(file, specifier)
        : judge({ root, file, room, specifier, manifest })
      if (problem) problems.push(`${file}:${line}: ${problem}`)
    }
  }
  return problems
}

/** The room of a file in src; `index` for the public door. */
export function roomOf(file) {
  const match = /^src\/(?:([^/]+)\/|(errors|index)(?:\.test)?\.ts$)/.exec(file)
  const room = match?.[1] ?? match?.[2]
  return room === DOOR || ROOMS.includes(room) ? room : undefined
}

function judge({ root, file, room, specifier, manifest }) {
  const isTest = /\.test\.tsx?$/.test(file)
  if (specifier.startsWith('node:')) return undefined
  if (builtinModules.includes(specifier)) return `imports "${specifier}"; write "node:${specifier}"`
  if (specifier.startsWith('.')) return judgeRelative({ root, file, room, specifier, isTest })
  return judgePackage({ room, specifier, isTest, manifest })
}

function judgeRelative({ root, file, room, specifier, isTest }) {
  const target = path.posix.join(path.posix.dirname(file), specifier)
  if (!/\.(ts|tsx|json|css)$/.test(specifier))
    return `imports "${specifier}"; write the file name with its ending`
  if (!fs.existsSync(path.join(root, target))) return `imports ${target}, which does not exist`
  if (!target.startsWith('src/')) return `imports ${target}; nothing in src may depend on files outside src`
  const other = roomOf(target)
  if (other === undefined || other === room) return undefined
  if (other === DOOR) {
    return room === DOOR
      ? undefined
      : `imports the public door, which stands over all rooms; import the room that has it`
  }
  const isAllowed = rank(other) < rank(room) || (isTest && other === 'testing')
  if (!isAllowed) {
    const shared = other === 'testing' ? 'an earlier room' : `${room} or an earlier room`
    return `room ${room} may not import room ${other}, which comes later; move what both need into ${shared}, or hand it in as an argument`
  }
  const doors = doorsOf(other, target)
  if (!doors.includes(target))
    return `imports ${target} past its door; export it from ${doors[0]} and import that`
  return undefined
}

function rank(room) {
  return room === DOOR ? ROOMS.length : ROOMS.indexOf(room)
}

function doorsOf(room, target) {
  if (room === 'errors') return ['src/errors.ts']
  if (room !== 'connectors') return [`src/${room}/index.ts`]
  const connector = /^src\/connectors\/([^/]+)\//.exec(target)?.[1]
  return [`src/connectors/${connector ? `${connector}/` : ''}index.ts`, 'src/connectors/index.ts']
}

function judgePackage({ room, specifier, isTest, manifest }) {
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
  if (name === manifest.name)
    return `imports "${specifier}" from inside the package; import the room's door by its path`
  const forUsers = { ...manifest.dependencies, ...manifest.peerDependencies }
  if (isTest && (name in forUsers || name in (manifest.devDependencies ?? {}))) return undefined
  if (!(name in forUsers))
    return `imports "${name}", which is neither in dependencies nor in peerDependencies`
  if (!VENDOR_ROOMS.has(room)) {
    return `room ${room} imports the vendor package "${name}"; only ${[...VENDOR_ROOMS].join(', ')} may: move it there`
  }
  return undefined
}

/** An example is a program of a user: it knows the package, not its inside. */
function judgeExample(file, specifier) {
  if (!specifier.startsWith('.')) return undefined
  const target = path.posix.join(path.posix.dirname(file), specifier)
  return target.startsWith('examples/')
    ? undefined
    : `imports ${target}; an example imports "sluice" as a user does`
}
