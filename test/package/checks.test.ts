/** The project's own checks, each against a small project that breaks the rule and one that keeps it. */
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { pathToFileURL } from 'node:url'

type Check = (root: string) => readonly string[]

interface TestFiles {
  readonly unit: readonly string[]
  readonly integration: readonly string[]
  readonly long: readonly string[]
  readonly unmatched: readonly string[]
}

const scripts = path.resolve(import.meta.dirname, '..', '..', 'scripts')
const { checkImports } = await load<{ checkImports: Check }>('check-imports.mjs')
const sources = await load<{ checkClocks: Check; checkSizes: Check; checkUnfinished: Check }>(
  'check-sources.mjs',
)
const { findTestFiles } = await load<{ findTestFiles: (root: string) => TestFiles }>('test-files.mjs')

const MANIFEST = JSON.stringify({
  name: 'sluice',
  dependencies: { avsc: '1' },
  peerDependencies: { kafkajs: '1' },
  devDependencies: { 'fast-check': '1' },
})
const ROOMS = {
  'package.json': MANIFEST,
  'src/errors.ts': '',
  'src/index.ts': '',
  'src/time/index.ts': '',
  'src/time/clock.ts': '',
  'src/codec/index.ts': '',
  'src/broker/index.ts': '',
  'src/broker/memory/index.ts': '',
  'src/testing/index.ts': '',
  'src/connectors/kafka/index.ts': '',
  'src/connectors/kafka/member.ts': '',
  'src/cli/index.ts': '',
}

suite('imports between rooms', () => {
  const allowed = [
    ['src/codec/a.ts', "import type { Clock } from '../time/index.ts'"],
    ['src/codec/a.ts', "import { SluiceError } from '../errors.ts'"],
    ['src/codec/a.ts', "import { Type } from 'avsc'"],
    ['src/codec/a.ts', "// import { open } from '../broker/index.ts'"],
    ['src/codec/a.ts', 'const text = "from \'../broker/index.ts\'"'],
    ['src/codec/a.test.ts', "import { fixture } from '../testing/index.ts'"],
    ['src/codec/a.test.ts', "import fc from 'fast-check'"],
    ['src/broker/a.ts', "import { MemoryBroker } from './memory/index.ts'"],
    ['src/cli/a.ts', "import { kafka } from '../connectors/kafka/index.ts'"],
    ['src/connectors/kafka/a.ts', "import { Kafka } from 'kafkajs'"],
    ['src/index.ts', "export { open } from './broker/index.ts'"],
    ['examples/a.ts', "import { App } from 'sluice'"],
  ] as const
  for (const [file, line] of allowed) {
    test(`${file} may say: ${line}`, async t => {
      const root = await project(t, { ...ROOMS, [file]: line })
      assert.deepEqual(checkImports(root), [])
    })
  }

  const forbidden = [
    [
      'src/codec/a.ts',
      "import type { Broker } from '../broker/index.ts'",
      /room codec may not import room broker/,
    ],
    ['src/codec/a.ts', "const broker = await import('../broker/index.ts')", /may not import room broker/],
    [
      'src/codec/a.ts',
      "import {\n  now,\n} from '../time/clock.ts'",
      /^src\/codec\/a\.ts:3: .* past its door/,
    ],
    ['src/codec/a.test.ts', "import { open } from '../broker/index.ts'", /may not import room broker/],
    ['src/codec/a.ts', "import { App } from '../index.ts'", /public door/],
    ['src/codec/a.ts', "import { App } from 'sluice'", /from inside the package/],
    ['src/codec/a.ts', "import fs from 'fs'", /write "node:fs"/],
    ['src/codec/a.ts', "import { x } from './nowhere.ts'", /does not exist/],
    ['src/broker/a.ts', "import { Type } from 'avsc'", /vendor package/],
    ['src/broker/a.ts', "import { Kafka } from 'kafkajs'", /vendor package/],
    ['src/broker/a.ts', "import fc from 'fast-check'", /neither in dependencies nor/],
    ['src/cli/a.ts', "import { Memory } from '../broker/memory/index.ts'", /past its door/],
    ['src/cli/a.ts', "import { Member } from '../connectors/kafka/member.ts'", /past its door/],
    ['src/attic/a.ts', '', /is in no room/],
    ['examples/a.ts', "import { App } from '../src/index.ts'", /as a user does/],
  ] as const
  for (const [file, line, message] of forbidden) {
    test(`${file} may not say: ${line.replaceAll('\n', ' ')}`, async t => {
      const root = await project(t, { ...ROOMS, [file]: line })
      const problems = checkImports(root)
      assert.equal(problems.length, 1, problems.join('\n'))
      assert.match(problems[0] ?? '', message)
    })
  }
})

suite('clocks', () => {
  for (const line of ['Date.now()', 'new Date()', 'new Date', 'performance.now()', 'setTimeout(f, 1)']) {
    test(`${line} belongs to the room time`, async t => {
      const root = await project(t, {
        'src/app/a.ts': line,
        'src/time/a.ts': line,
        'src/app/a.test.ts': line,
      })
      const problems = sources.checkClocks(root)
      assert.equal(problems.length, 1, problems.join('\n'))
      assert.match(problems[0] ?? '', /^src\/app\/a\.ts:1: /)
    })
  }
  for (const line of [
    'new Date(ms)',
    'clock.now()',
    '// Date.now()',
    "'setTimeout()'",
    'clock.setTimeout(f)',
  ]) {
    test(`${line} reads no clock`, async t => {
      assert.deepEqual(sources.checkClocks(await project(t, { 'src/app/a.ts': line })), [])
    })
  }
})

test('a file of 500 lines is allowed, one of 501 is not', async t => {
  const root = await project(t, { 'src/app/a.ts': 'x\n'.repeat(500), 'src/app/b.ts': 'x\n'.repeat(501) })
  assert.deepEqual(sources.checkSizes(root), ['src/app/b.ts: 501 lines, at most 500 are allowed; split it'])
})

test('words that say something is unfinished are found, also in comments', async t => {
  const word = ['TO', 'DO'].join('')
  const root = await project(t, { 'src/app/a.ts': `\n// ${word}: later` })
  assert.equal(sources.checkUnfinished(root).length, 1)
  assert.match(sources.checkUnfinished(root)[0] ?? '', /^src\/app\/a\.ts:2: /)
})

test('each test file belongs to one part of the run, and one that nobody runs is found', async t => {
  const files = [
    'src/a.test.ts',
    'test/b.test.ts',
    'test/long/c.test.ts',
    'bench/d.test.ts',
    'src/e.spec.ts',
    'test/f.test.js',
  ]
  const root = await project(t, Object.fromEntries(files.map(file => [file, ''])))
  assert.deepEqual(findTestFiles(root), {
    unit: ['src/a.test.ts'],
    integration: ['test/b.test.ts'],
    long: ['test/long/c.test.ts'],
    unmatched: ['bench/d.test.ts', 'src/e.spec.ts', 'test/f.test.js'],
  })
})

async function load<T>(script: string): Promise<T> {
  return (await import(pathToFileURL(path.join(scripts, script)).href)) as T
}

/** A folder with these files, removed after the test. */
async function project(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(path.join(tmpdir(), 'sluice-checks-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, file)), { recursive: true })
    await writeFile(path.join(root, file), text)
  }
  return root
}
