/** What a program is in a browser: one script, its size, and what in it only Node has. */
import { isBuiltin } from 'node:module'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type Metafile, type Plugin } from 'esbuild'

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
    metafile: true,
    plugins: [LEAVE_BUILTINS],
  })
  const code = result.outputFiles[0]?.text ?? ''
  const used = code.matchAll(new RegExp(`\\b${MARK}(\\w+)`, 'g'))
  return {
    code,
    gzipBytes: gzipSync(code, { level: 9 }).length,
    builtins: builtinsOf(result.metafile),
    globals: [...new Set([...used].map(([, name = '']) => name))],
  }
}

/** Leaves built-in modules out of the bundle, where they would stop it. */
const LEAVE_BUILTINS: Plugin = {
  name: 'leave-builtins',
  setup({ onResolve }) {
    onResolve({ filter: /.*/ }, ({ path: wanted }) =>
      isBuiltin(wanted) ? { path: wanted, external: true } : undefined,
    )
  },
}

/** What is left of imports once everything that nobody uses is gone, and which files want it. */
function builtinsOf({ inputs, outputs }: Metafile): readonly string[] {
  return Object.values(outputs).flatMap(output =>
    [...new Set(output.imports.map(({ path: wanted }) => wanted).filter(isBuiltin))].flatMap(wanted =>
      Object.keys(output.inputs)
        .filter(file => inputs[file]?.imports.some(({ path: imported }) => imported === wanted))
        .map(file => `${file} imports ${wanted}`),
    ),
  )
}
