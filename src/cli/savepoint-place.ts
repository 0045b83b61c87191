/** Where savepoints are: by name in a folder beside the broker file, or any file. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { UsageError } from '../errors.ts'

const ENDING = '.savepoint'
const NAME = /^[A-Za-z0-9._-]+$/

/** The file of a savepoint: a NAME of the app's, or a path, which has a slash. */
export function savepointFile(url: string, app: string, name: string): string {
  if (/[/\\]/.test(name)) return resolve(name)
  return join(folderOf(url, app), `${checkName(name)}${ENDING}`)
}

/** The same, of one that must be there. */
export function existingSavepoint(url: string, app: string, name: string): string {
  const file = savepointFile(url, app, name)
  if (existsSync(file)) return file
  const known = savepointNames(url, app).join(', ') || 'none'
  throw new UsageError(
    `there is no savepoint ${file}; those of app "${app}" are: ${known}. A file elsewhere is named with its folder, such as ./${name}`,
  )
}

/** Where a new savepoint goes; its folder is made. */
export function newSavepointFile(url: string, app: string, name: string): string {
  const file = join(folderOf(url, app), `${checkName(name)}${ENDING}`)
  mkdirSync(folderOf(url, app), { recursive: true })
  return file
}

/** The names of the savepoints of an app that lie beside the broker file. */
export function savepointNames(url: string, app: string): readonly string[] {
  if (!url.startsWith('file:')) return []
  const folder = folderOf(url, app)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter(name => name.endsWith(ENDING))
    .map(name => name.slice(0, -ENDING.length))
    .sort()
}

function folderOf(url: string, app: string): string {
  if (url.startsWith('file:') && url.length > 5) {
    return join(`${resolve(url.slice(5))}-savepoints`, encodeURIComponent(app))
  }
  throw new UsageError(
    `the broker "${url}" is no file beside which savepoints lie: name a file, such as ./x.savepoint`,
  )
}

function checkName(name: string): string {
  if (NAME.test(name) && !name.startsWith('.')) return name
  throw new UsageError(
    `${JSON.stringify(name)} is no name for a savepoint: letters, digits, ".", "_" and "-" are allowed, no "." in front; or name a file by --to`,
  )
}
