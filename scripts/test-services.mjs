/**
 * The programs of others that tests use: how each is found, and how it is fetched on a machine that
 * has none. What was fetched is kept outside of the checkout.
 *
 * A test asks for one with `servicePath('NAME')` (`test/service-path.ts`); the runner sees that in its
 * text and sets up what the selected tests need. One that cannot be had is told to the test, which
 * then fails by name: never a silent skip.
 */
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { root } from './setup.mjs'

const cacheHome = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache')

/** Where fetched programs are kept between runs and checkouts. */
export const SERVICE_CACHE = path.join(cacheHome, 'sluice-test')

/**
 * `find` gives the path of a program that is there; `fetch` puts one into a folder that was just made
 * and gives its path within it, or throws; `instead` is what to do then.
 */
const SERVICES = {
  promtool: {
    what: 'Debian package prometheus, 23 MB',
    find: () => onPath('promtool'),
    fetch: folder => fromDebianPackage('prometheus', 'usr/bin/promtool', folder),
  },
  chromium: {
    what: 'Debian package chromium and the libraries it needs, up to 190 MB',
    find: () => ['chromium', 'chromium-browser', 'google-chrome'].map(onPath).find(Boolean),
    fetch: fetchChromium,
    instead: 'or have a program chromium or google-chrome on the PATH',
  },
  vega: {
    what: 'npm packages vega and vega-lite, 8 MB, of which two scripts are kept',
    find: () => undefined,
    fetch: folder =>
      fromNpmPackages(folder, [
        ['vega@5.33.1', 'build/vega.min.js'],
        ['vega-lite@5.23.0', 'build/vega-lite.min.js'],
      ]),
  },
}

/** Finds the fonts that lie beside it, and those of the machine. */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir prefix="relative">usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`

const USE = /\bservicePath\(\s*['"]([\w-]+)['"]\s*\)/g

/** Makes ready what these test files use. Gives the environment that tells the tests where it is. */
export async function ensureServices(files) {
  const names = new Set()
  for (const file of files) {
    for (const [, name] of fs.readFileSync(path.join(root, file), 'utf8').matchAll(USE)) names.add(name)
  }
  const env = {}
  for (const name of names) env[environmentName(name)] = await ensure(name)
  return env
}

/** A path, or an exclamation mark and the reason why there is none. */
async function ensure(name) {
  const service = SERVICES[name]
  if (!service) return `!there is no test service "${name}" in scripts/test-services.mjs`
  const kept = path.join(SERVICE_CACHE, name)
  const found = service.find() ?? readPath(kept)
  if (found) return found
  const started = Date.now()
  process.stdout.write(`fetching ${name} (${service.what}) … `)
  const aside = `${kept}.${process.pid}`
  try {
    fs.mkdirSync(aside, { recursive: true })
    fs.writeFileSync(path.join(aside, 'path'), await service.fetch(aside))
    // Another run may have been faster: theirs is as good.
    if (!readPath(kept)) fs.renameSync(aside, kept)
    console.log(`done in ${((Date.now() - started) / 1000).toFixed(1)} s`)
    return readPath(kept)
  } catch (error) {
    console.log('failed')
    return `!${name} could not be fetched: ${[error.message, service.instead].filter(Boolean).join('; ')}`
  } finally {
    fs.rmSync(aside, { recursive: true, force: true })
  }
}

function readPath(folder) {
  try {
    const file = path.join(folder, fs.readFileSync(path.join(folder, 'path'), 'utf8'))
    return fs.existsSync(file) ? file : undefined
  } catch {
    return undefined
  }
}

/** The variable in which a test finds a service; `test/service-path.ts` reads it. */
function environmentName(name) {
  return `SLUICE_TEST_${name.toUpperCase().replaceAll('-', '_')}`
}

function onPath(program) {
  return (process.env.PATH ?? '')
    .split(path.delimiter)
    .map(folder => path.join(folder, program))
    .find(file => fs.existsSync(file))
}

/** Takes one file out of a Debian package; needs no rights, and installs nothing. */
async function fromDebianPackage(name, file, folder) {
  await withAptLists(folder, options => run('apt-get', [...options, 'download', name], folder))
  for (const archive of archivesIn(folder)) {
    await run('sh', ['-c', 'dpkg-deb --fsys-tarfile "$0" | tar -x "$1"', archive, `./${file}`], folder)
    fs.rmSync(path.join(folder, archive))
  }
  return file
}

/**
 * Unpacks Debian packages and all that they need and this machine has not installed, as a tree below
 * `folder`; needs no rights, and installs nothing.
 */
async function unpackDebianPackages(names, folder) {
  await withAptLists(folder, async options => {
    const install = ['--simulate', '--yes', '--no-install-recommends', '-oDebug::NoLocking=1', 'install']
    const plan = await run('apt-get', [...options, ...install, ...names], folder)
    const missing = [...plan.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name).filter(isOfUse)
    await run('apt-get', [...options, 'download', ...new Set([...names, ...missing])], folder)
  })
  for (const archive of archivesIn(folder)) {
    await run('dpkg-deb', ['--extract', archive, '.'], folder)
    fs.rmSync(path.join(folder, archive))
  }
  for (const unused of ['doc', 'locale', 'man', 'icons'])
    fs.rmSync(path.join(folder, 'usr', 'share', unused), { recursive: true, force: true })
}

/** Does `work` with the machine's lists of packages; where they are missing or old, with new ones of our own. */
async function withAptLists(folder, work) {
  try {
    return await work([])
  } catch {
    for (const archive of archivesIn(folder)) fs.rmSync(path.join(folder, archive))
  }
  const [lists, cache] = [path.join(folder, 'lists'), path.join(folder, 'cache')]
  const own = [`-oDir::State::Lists=${lists}`, `-oDir::Cache=${cache}`, '-oAPT::Sandbox::User=root']
  fs.mkdirSync(path.join(lists, 'partial'), { recursive: true })
  fs.mkdirSync(path.join(cache, 'archives', 'partial'), { recursive: true })
  await run('apt-get', [...own, 'update'], folder)
  const result = await work(own)
  for (const made of [lists, cache]) fs.rmSync(made, { recursive: true, force: true })
  return result
}

/** Drivers of graphics cards are large, and a browser without a screen draws without them. */
function isOfUse(name) {
  return !/^(libllvm\d|libz3-|libgl1-mesa-dri|mesa-)/.test(name)
}

function archivesIn(folder) {
  return fs.readdirSync(folder).filter(entry => entry.endsWith('.deb'))
}

/** A browser with its libraries and one family of fonts, and a script that starts it from wherever it lies. */
async function fetchChromium(folder) {
  await unpackDebianPackages(['chromium', 'fonts-dejavu-core'], folder)
  const start = [
    '#!/bin/sh',
    'here=$(CDPATH= cd "$(dirname "$0")" && pwd)',
    `export LD_LIBRARY_PATH="${libraryFolders(folder)
      .map(name => `$here/${name}`)
      .join(':')}"`,
    'export FONTCONFIG_FILE="$here/fonts.conf"',
    'exec "$here/usr/lib/chromium/chromium" "$@"',
    '',
  ]
  fs.writeFileSync(path.join(folder, 'fonts.conf'), FONTS)
  fs.writeFileSync(path.join(folder, 'start-chromium'), start.join('\n'), { mode: 0o755 })
  await run(path.join(folder, 'start-chromium'), ['--version'], folder)
  return 'start-chromium'
}

/** Every folder below `folder`, named from there, that holds shared libraries. */
function libraryFolders(folder) {
  const found = new Set()
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (/\.so(\.|$)/.test(entry.name)) found.add(path.relative(folder, entry.parentPath))
  }
  return [...found].sort()
}

/** Takes one file out of each package, and gives the name of the last. */
async function fromNpmPackages(folder, wanted) {
  for (const [name, file] of wanted) {
    const args = ['pack', name, '--ignore-scripts', '--loglevel=error']
    const archive = (await run('npm', args, folder)).trim().split('\n').at(-1)
    const target = path.join(folder, path.basename(file))
    await run('tar', ['-xzf', archive, '--strip-components=2', `package/${file}`], folder)
    if (!fs.existsSync(target)) throw new Error(`${name} has no ${file}`)
    fs.rmSync(path.join(folder, archive))
  }
  return path.basename(wanted.at(-1)[1])
}

/** Gives what the program printed; rejects with what it said when it fails. */
function run(program, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let errors = ''
    child.stdout.setEncoding('utf8').on('data', text => {
      output += text
    })
    child.stderr.setEncoding('utf8').on('data', text => {
      errors = (errors + text).slice(-2000)
    })
    child.on('error', reject)
    child.on('close', code => {
      if (code === 0) resolve(output)
      else reject(new Error(`${program} ${args.join(' ')} ended with ${code}: ${errors.trim()}`))
    })
  })
}
