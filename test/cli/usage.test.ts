/** What the command says of itself, and to those who call it wrongly. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Place } from './command.ts'

test('without words, and with --help, it lists the commands', async t => {
  const place = new Place(t)
  const [bare, help] = await Promise.all([place.run([]), place.run(['--help'])])
  assert.equal(bare.code, 0)
  assert.equal(bare.stdout, help.stdout)
  assert.match(help.stdout, /^ {2}run MODULE /m)
  assert.match(help.stdout, /^ {2}topic create NAME /m)
})

test('--help of a family shows each of its commands with all options', async t => {
  const { code, stdout } = await new Place(t).run(['topic', '--help'])
  assert.equal(code, 0)
  for (const line of ['list', 'create NAME', 'describe NAME', 'write NAME [FILE]', 'read NAME']) {
    assert.ok(stdout.includes(`sluice topic ${line}`), line)
  }
  for (const option of ['--partitions', '--key', '--values', '--from', '--follow', '--all', '--json']) {
    assert.ok(stdout.includes(option), option)
  }
})

test('--help of one command shows its options and examples', async t => {
  const { code, stdout } = await new Place(t).run(['run', '--help'])
  assert.equal(code, 0)
  assert.match(stdout, /^sluice run MODULE \[--broker URL\] \[--workers N\]/)
  assert.match(stdout, /Examples:\n\s+sluice run sums\.ts/)
})

test('--version is that of the package', async t => {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  const { stdout } = await new Place(t).run(['--version'])
  assert.equal(stdout.trim(), (manifest as { readonly version: string }).version)
})

const WRONG: readonly (readonly [words: string, message: RegExp])[] = [
  ['tpoic list', /there is no command "tpoic"; did you mean "sluice topic"\?/],
  ['topic lsit', /did you mean "sluice topic list"\?/],
  ['topic', /say what to do: "sluice topic list"/],
  ['--verison', /there is no option "--verison"/],
  ['table list', /there is no command "table"/],
  ['run', /"sluice run" needs MODULE/],
  ['run a.ts b.ts', /found "b\.ts" besides/],
  ['run a.ts --drian', /did you mean --drain\?/],
  ['run a.ts --for', /--for needs a value: --for DURATION/],
  ['run a.ts --for --json', /--for needs a value/],
  ['run a.ts --for soon', /--for is "soon"; expected/],
  ['run a.ts --workers none', /--workers is "none"; expected a whole number ≥ 1/],
  ['run a.ts --workers 2 --broker memory:', /needs a broker that processes can share/],
  ['run a.ts --drain --until-caught-up', /give one of them/],
  ['run a.ts --json=yes', /--json takes no value/],
  ['run missing.ts', /there is no file missing\.ts/],
  ['run .', /\. is a folder/],
  ['topic create readings', /say how many partitions/],
  ['topic create readings --partitions 0', /expected a whole number ≥ 1/],
  ['topic list --broker memory:', /ends with the process/],
  ['topic list --broker tape:1', /"tape:1" is not a broker/],
  ['topic read readings --from yesterday', /expected earliest, latest, an offset, or a time/],
  ['graph a.ts --format gif', /expected one of text, mermaid, dot, json, svg/],
]

test('wrong usage is exit code 2, one line that says what is right, and no stack', async t => {
  const place = new Place(t)
  for (let from = 0; from < WRONG.length; from += 4) {
    await Promise.all(
      WRONG.slice(from, from + 4).map(async ([words, message]) => {
        const { code, stdout, stderr } = await place.run(words.split(' '))
        assert.match(stderr, message, words)
        assert.equal(stderr.trim().split('\n').length, 1, words)
        assert.equal(stdout, '', words)
        assert.equal(code, 2, words)
      }),
    )
  }
})

const MODULES: readonly (readonly [lines: string, code: number, message: RegExp])[] = [
  ['export const n = 1', 2, /has no default export; end it with "export default app"/],
  ["import { App } from 'sluice'\nexport const app = new App('a')", 2, /end it with "export default app"/],
  ['export default 42', 2, /the default export of \S+ is 42, not an App/],
  ['enum Colour { Red }\nexport default Colour', 1, /enum is not supported[\s\S]*enum Colour/],
  ['export default = 1', 1, /cannot be read: SyntaxError/],
  [
    'const n: any = undefined\nexport default n.x',
    1,
    /failed while it was loaded: TypeError[\s\S]*module-\d\.ts:2/,
  ],
  ["import 'left-pad-of-nobody'", 1, /Cannot find package 'left-pad-of-nobody'/],
  [
    "import { App } from 'sluice'\nexport default new App('a b')",
    1,
    /name "a b" is not allowed[\s\S]*module-\d\.ts:2/,
  ],
  ["import { App } from 'sluice'\nexport default new App('a')", 1, /app "a" reads nothing/],
  ['await new Promise(() => {})', 1, /waits for something that can no longer happen/],
]

test('a module that is no program is refused with the reason and the place', async t => {
  const place = new Place(t)
  const outcomes = MODULES.map(async ([lines, code, message], index) => {
    const outcome = await place.run(['run', place.file(`module-${index}.ts`, lines)])
    assert.match(outcome.stderr, message)
    assert.equal(outcome.code, code, outcome.stderr)
    assert.doesNotMatch(outcome.stderr, /src\/cli/)
  })
  await Promise.all(outcomes)
})

test('colours are for terminals, or where they are asked for', async t => {
  const place = new Place(t)
  const plain = await place.run(['run', 'missing.ts'])
  assert.ok(plain.stderr.startsWith('error: '))
  const coloured = await place.run(['run', 'missing.ts'], '', { FORCE_COLOR: '1' })
  assert.ok(coloured.stderr.startsWith('\u001b[31merror:\u001b[39m '))
})

test('a program that lies anywhere may import sluice', async t => {
  const place = new Place(t)
  const file = place.file(
    'elsewhere.ts',
    "import { App } from 'sluice'",
    "const app = new App('elsewhere')",
    "app.stream(app.topic('in', { partitions: 1 })).print()",
    'export default app',
  )
  const outcome = await place.run(['run', file, '--until-caught-up'])
  assert.equal(outcome.code, 0, outcome.stderr)
  const several = await place.run(['run', file, '--until-caught-up', '--workers', '2'])
  assert.equal(several.code, 0, several.stderr)
})
