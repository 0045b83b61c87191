/**
 * What somebody gets who installs the package: it is built, packed and installed as from the
 * registry, into an empty project, with install scripts switched off.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, suite, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const MAX_INSTALLED_BYTES = 4_000_000
const INSTALL_TIMEOUT_MS = 240_000
const root = path.resolve(import.meta.dirname, '..', '..')
const execute = promisify(execFile)

interface Manifest {
  readonly name: string
  readonly scripts?: Readonly<Record<string, string>>
}

interface PackResult {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

suite('the installed package', { timeout: INSTALL_TIMEOUT_MS }, () => {
  let folder = ''
  let project = ''
  let packed: readonly string[] = []

  before(
    async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'sluice-install-'))
      const stage = path.join(folder, 'package')
      const [pack] = await packStage(stage)
      assert.ok(pack)
      packed = pack.files.map(file => file.path)
      project = path.join(folder, 'project')
      await mkdir(project)
      await writeFile(
        path.join(project, 'package.json'),
        '{ "name": "empty", "private": true, "type": "module" }',
      )
      const tarball = path.join(stage, pack.filename)
      await run(
        'npm',
        ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', tarball],
        project,
      )
    },
    { timeout: INSTALL_TIMEOUT_MS },
  )
  after(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  test('has what belongs into it, and no tests', () => {
    for (const file of [
      'LICENSE',
      'README.md',
      'CHANGELOG.md',
      'package.json',
      'dist/index.js',
      'dist/index.d.ts',
    ]) {
      assert.ok(packed.includes(file), `${file} is missing`)
    }
    assert.deepEqual(
      packed.filter(file => /\.(test|spec|fuzz)\./.test(file)),
      [],
    )
  })

  test('brings nothing else with it', async () => {
    const names = (await installed(project)).map(each => each.manifest.name)
    assert.deepEqual(names, ['sluice'])
  })

  test('needs no install script and no compiler', async () => {
    for (const { place, manifest, files } of await installed(project)) {
      const scripts = ['preinstall', 'install', 'postinstall'].filter(
        name => manifest.scripts?.[name] !== undefined,
      )
      assert.deepEqual(scripts, [], `${place} has install scripts`)
      assert.deepEqual(
        files.filter(file => file.endsWith('.gyp') || file.endsWith('.node')),
        [],
        `${place} has native code`,
      )
    }
  })

  test('is small', async t => {
    const bytes = await sizeOf(path.join(project, 'node_modules'))
    t.diagnostic(`installed size: ${(bytes / 1e6).toFixed(2)} MB`)
    assert.ok(
      bytes < MAX_INSTALLED_BYTES,
      `${bytes} bytes are installed, at most ${MAX_INSTALLED_BYTES} are allowed`,
    )
  })

  test('can be imported', async () => {
    const program = "import { App } from 'sluice'; import 'sluice/testing'; console.log(typeof App)"
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], project)
    assert.equal(stdout, 'function\n')
  })

  test('has the command sluice', async () => {
    const { stdout } = await run(path.join(project, 'node_modules', '.bin', 'sluice'), ['--help'], project)
    assert.match(stdout, /\bsluice run\b/)
  })

  test('has types that a strict program compiles with', async () => {
    const program = [
      "import { App } from 'sluice'",
      "export const app: App = new App('sensors')",
      '// @ts-expect-error: a name is text',
      'export const wrong: App = new App(5)',
    ]
    await writeFile(path.join(project, 'program.ts'), `${program.join('\n')}\n`)
    await writeFile(path.join(project, 'tsconfig.json'), JSON.stringify(strictConfig()))
    const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc')
    await run(process.execPath, [compiler, '-p', project], project)
  })
})

/** The strictest a user is likely to have; the types of Node come from this checkout. */
function strictConfig(): unknown {
  return {
    compilerOptions: {
      target: 'es2024',
      module: 'nodenext',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      noEmit: true,
      types: ['node'],
      typeRoots: [path.join(root, 'node_modules', '@types')],
    },
    files: ['program.ts'],
  }
}

async function packStage(stage: string): Promise<readonly PackResult[]> {
  const script = pathToFileURL(path.join(root, 'scripts', 'check-package.mjs')).href
  const { buildStage } = (await import(script)) as {
    buildStage(node: string, folder: string): Promise<readonly string[]>
  }
  assert.deepEqual(await buildStage(process.execPath, stage), [])
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts'], stage)
  return JSON.parse(stdout) as readonly PackResult[]
}

/** Runs a program with this Node first in the path; a failure shows all that it printed. */
async function run(
  command: string,
  args: readonly string[],
  cwd: string,
): Promise<{ readonly stdout: string }> {
  const { NODE_OPTIONS: _, ...rest } = process.env
  const env = { ...rest, PATH: [path.dirname(process.execPath), rest['PATH']].join(path.delimiter) }
  try {
    return await execute(command, args, { cwd, env, encoding: 'utf8', maxBuffer: 10_000_000 })
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { readonly stdout?: string; readonly stderr?: string }
    throw new Error(`${command} ${args.join(' ')} failed\n${stdout}${stderr}`, { cause })
  }
}

interface InstalledPackage {
  readonly place: string
  readonly manifest: Manifest
  readonly files: readonly string[]
}

/** Every package below `node_modules` of a project, also nested ones, with its files. */
async function installed(project: string): Promise<readonly InstalledPackage[]> {
  const modules = path.join(project, 'node_modules')
  const files = await readdir(modules, { recursive: true })
  const isManifest = /^((?:.*\/node_modules\/)?(?:@[^/@]+\/)?[^/@]+)\/package\.json$/
  const places = files.flatMap(file => isManifest.exec(file)?.[1] ?? [])
  return Promise.all(
    places.map(async place => ({
      place,
      manifest: JSON.parse(await readFile(path.join(modules, place, 'package.json'), 'utf8')) as Manifest,
      files: files.filter(file => file.startsWith(`${place}/`)),
    })),
  )
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile())
  const stats = await Promise.all(files.map(entry => stat(path.join(entry.parentPath, entry.name))))
  return stats.reduce((sum, { size }) => sum + size, 0)
}
