/** Loads the module that a user names: a file whose default export is an `App`. */
import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describeValue, GraphError, messageOf, SluiceError, UsageError } from '../errors.ts'
import type { Program } from '../runtime/index.ts'
import './own-package.ts'

/** A program, and where it was loaded from, as an absolute path. */
export interface LoadedProgram {
  readonly program: Program
  readonly path: string
}

const ENDINGS = ['.ts', '.mts', '.js', '.mjs']
const EXPECTED = 'expected a TypeScript or JavaScript file whose default export is an App'

/** Throws `UsageError` for a file that is none or exports no app, `GraphError` for one that cannot be loaded. */
export async function loadProgram(module: string): Promise<LoadedProgram> {
  const path = resolve(module)
  checkFile(module, path)
  const exported = await load(module, path)
  const program = exported['default']
  if (isProgram(program)) return { program, path }
  throw new UsageError(wrongExport(module, exported))
}

function checkFile(module: string, path: string): void {
  if (!existsSync(path)) {
    const ending = ENDINGS.find(candidate => existsSync(path + candidate))
    const hint = ending === undefined ? EXPECTED : `did you mean ${module}${ending}?`
    throw new UsageError(`there is no file ${module}; ${hint}`)
  }
  if (statSync(path).isDirectory()) throw new UsageError(`${module} is a folder; ${EXPECTED}`)
}

async function load(module: string, path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>
  } catch (thrown) {
    if (thrown instanceof SluiceError) throw thrown
    throw new GraphError('GRAPH_INVALID', loadMessage(module, thrown), { cause: thrown })
  }
}

/** What Node says of `import` and `export` in a file that it takes for CommonJS. */
const NOT_A_MODULE = /import statement outside a module|Unexpected token 'export'/
const MODULE_FIX = '; its package.json says "type": "commonjs": run "npm pkg set type=module"'

function loadMessage(module: string, thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return `${module} cannot run as it is: ${messageOf(thrown)}; Node only leaves types out, so write what it names as plain JavaScript\n${sourceLines(thrown)}`
  }
  if (thrown instanceof SyntaxError) {
    const fix = NOT_A_MODULE.test(thrown.message) ? MODULE_FIX : ''
    return `${module} cannot be read: ${thrown.name}: ${thrown.message}${fix}\n${sourceLines(thrown)}`.trimEnd()
  }
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION') return `${module} cannot be loaded by Node; ${EXPECTED}`
  const name = thrown instanceof Error ? `${thrown.name}: ` : ''
  return `${module} failed while it was loaded: ${name}${messageOf(thrown)}`
}

/** Where Node found what it cannot read: it says so only at the head of the stack. */
function sourceLines(thrown: unknown): string {
  const lines = thrown instanceof Error ? (thrown.stack ?? '').split('\n') : []
  const end = lines.findIndex(line => line.startsWith('SyntaxError'))
  return lines
    .slice(0, Math.max(0, end))
    .filter(line => line.trim() !== '')
    .map(line => `    ${line}`)
    .join('\n')
}

/** An app of whatever copy of the package the module has imported. */
function isProgram(value: unknown): value is Program {
  if (typeof value !== 'object' || value === null) return false
  return (
    'name' in value && typeof value.name === 'string' && 'graph' in value && typeof value.graph === 'function'
  )
}

function wrongExport(module: string, exported: Readonly<Record<string, unknown>>): string {
  const name = Object.keys(exported).find(key => key !== 'default' && isProgram(exported[key]))
  const fix = name === undefined ? 'end it with "export default app"' : `end it with "export default ${name}"`
  if (!('default' in exported)) return `${module} has no default export; ${fix}, where app is an App`
  const found = exported['default']
  return `the default export of ${module} is ${describeValue(found)}, not an App; ${fix}`
}
