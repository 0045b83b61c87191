/** What a program is in a browser: one script, its size, and what in it only Node has. */
import { builtinModules } from 'node:module'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Plugin } from 'esbuild'

const ROOT = path.dirname(path.dirname(import.meta.dirname))
/** Names that a page does not have; who asks for them by `globalThis.NAME` is prepared for that. */
const NODE_GLOBALS = ['process', 'Buffer', 'setImmediate', 'clearImmediate', 'global', 'require', '__dirname']
const MARK = 'only_in_Node_'

/** A program made into one script. */
export interface Bundle {
  /** An ES module. */
  readonly code: string
  /** The size of `code` as it travels. */
  readonly gzipBytes: number
  /** Built-in modules of Node that it imports, and who does. */
  readonly builtins: readonly string[]
  /** Names of Node that it uses without asking whether they are there. */
  readonly globals: readonly string[]
}

/** Bundles and minifies a file of the project, named from its root, and all that it imports. */
export async function bundleForBrowser(entry: string): Promise<Bundle> {
  const builtins: string[] = []
  const result = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2024',
    conditions: ['sluice-source'],
    logLevel: 'silent',
    define: Object.fromEntries(NODE_GLOBALS.map(name => [name, `${MARK}${name}`])),
    plugins: [collectBuiltins(builtins)],
  })
  const code = result.outputFiles[0]?.text ?? ''
  const used = code.matchAll(new RegExp(`\\b${MARK}(\\w+)`, 'g'))
  return {
    code,
    gzipBytes: gzipSync(code, { level: 9 }).length,
    builtins,
    globals: [...new Set([...used].map(([, name = '']) => name))],
  }
}

/** Leaves built-in modules out of the bundle, and says who wanted them. */
function collectBuiltins(found: string[]): Plugin {
  return {
    name: 'collect-builtins',
    setup({ onResolve }) {
      onResolve({ filter: /.*/ }, ({ path: wanted, importer }) => {
        if (!wanted.startsWith('node:') && !builtinModules.includes(wanted)) return undefined
        found.push(`${path.relative(ROOT, importer)} imports ${wanted}`)
        return { path: wanted, external: true }
      })
    },
  }
}
