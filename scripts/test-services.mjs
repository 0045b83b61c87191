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
 * and gives its path within it, or throws.
 */
const SERVICES = {
  promtool: {
    what: 'Debian package prometheus, 23 MB',
    find: () => onPath('promtool'),
    fetch: folder => fromDebianPackage('prometheus', 'usr/bin/promtool', folder),
  },
}

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
    return `!${name} could not be fetched: ${error.message}`
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
  const download = options => run('apt-get', [...options, 'download', name], folder)
  try {
    await download([])
  } catch {
    // The machine's lists are missing or old: read them into a folder of our own.
    const own = [
      `-oDir::State::Lists=${path.join(folder, 'lists')}`,
      `-oDir::Cache=${path.join(folder, 'cache')}`,
      '-oAPT::Sandbox::User=root',
    ]
    fs.mkdirSync(path.join(folder, 'lists', 'partial'), { recursive: true })
    fs.mkdirSync(path.join(folder, 'cache', 'archives', 'partial'), { recursive: true })
    await run('apt-get', [...own, 'update'], folder)
    await download(own)
  }
  const archive = fs.readdirSync(folder).find(entry => entry.endsWith('.deb'))
  if (!archive) throw new Error(`apt-get download ${name} left no package behind`)
  await run('sh', ['-c', 'dpkg-deb --fsys-tarfile "$0" | tar -x "$1"', archive, `./${file}`], folder)
  for (const entry of [archive, 'lists', 'cache'])
    fs.rmSync(path.join(folder, entry), { recursive: true, force: true })
  return file
}

function run(program, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
    let errors = ''
    child.stderr.setEncoding('utf8').on('data', text => {
      errors = (errors + text).slice(-2000)
    })
    child.on('error', reject)
    child.on('close', code => {
      if (code === 0) resolve()
      else reject(new Error(`${program} ${args.join(' ')} ended with ${code}: ${errors.trim()}`))
    })
  })
}
