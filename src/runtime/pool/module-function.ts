/**
 * Functions that another thread or process can load: where they are, never what they close over.
 *
 * A `ModuleFunction` is plain data; the types of arguments and result exist for the compiler only.
 */
import { existsSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { ModuleFunction } from '../../connect/index.ts'
import { GraphError } from '../../errors.ts'

/** What `import` loads in every worker alike; anything else would mean another thing there. */
const PROTOCOLS: ReadonlySet<string> = new Set(['file:', 'node:', 'data:'])

/**
 * Names a function that workers of a pool load from its module, typed by the function itself.
 *
 * The module is a URL (`new URL('./work.ts', import.meta.url)`; `file:`, `node:` or `data:`) or an absolute
 * path; of a package, `import.meta.resolve('name')`. Without a name it is the default export. The module is
 * loaded once in each worker, at the function's first call there, so what it keeps in variables is that
 * worker's own. Throws `OPTION_INVALID` for a module that workers could not find.
 *
 * ```ts
 * const square = moduleFunction<typeof import('./work.ts').square>(
 *   new URL('./work.ts', import.meta.url),
 *   'square',
 * )
 * ```
 */
export function moduleFunction<Fn extends (...args: never[]) => unknown>(
  module: string | URL,
  name = 'default',
): ModuleFunction<Parameters<Fn>, Awaited<ReturnType<Fn>>> {
  return { kind: 'moduleFunction', module: moduleUrl(module), name }
}

/** A module function in a message: what it is called, and where it is. */
export function describeFunction(fn: ModuleFunction<never, unknown>): string {
  return `${fn.name === 'default' ? 'the default export' : fn.name} of ${describeModule(fn.module)}`
}

/** A module in a message: a path where it has one. */
export function describeModule(module: string): string {
  if (module.startsWith('file:')) return fileURLToPath(module)
  return module.length > 60 ? `${module.slice(0, 57)}…` : module
}

/** The likely fix for a module that is not there: compilers leave the ending in `new URL('./work.ts', …)`. */
export function describeMissing(module: string): string | undefined {
  if (!module.startsWith('file:') || existsSync(new URL(module))) return undefined
  const other = module.endsWith('.ts') ? module.replace(/\.ts$/, '.js') : module.replace(/\.js$/, '.ts')
  return other !== module && existsSync(new URL(other))
    ? `there is no such file, but ${describeModule(other)} beside it: name that one`
    : `there is no such file: name it by new URL('./work.ts', import.meta.url)`
}

function moduleUrl(module: string | URL): string {
  if (typeof module === 'string' && isAbsolute(module)) return pathToFileURL(module).href
  const url = URL.parse(String(module))
  if (url !== null && PROTOCOLS.has(url.protocol)) return url.href
  throw new GraphError(
    'OPTION_INVALID',
    `the module of a function is ${JSON.stringify(String(module))}, which workers cannot find: expected a file:, node: or data: URL or an absolute path; write new URL('./work.ts', import.meta.url) for a file beside this one, import.meta.resolve('name') for a package`,
  )
}
