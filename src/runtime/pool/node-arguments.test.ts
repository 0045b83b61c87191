import assert from 'node:assert/strict'
import test from 'node:test'
import { inheritableByProcesses, inheritableByThreads } from './node-arguments.ts'

test('a process inherits how modules load, and options of V8', () => {
  const options = ['--conditions=sluice-source', '-C', 'other', '--import', './hook.mjs', '--expose-gc']
  assert.deepEqual(inheritableByProcesses(options), options)
})

test('a process inherits nothing that is for the main program alone, with its values', () => {
  const own = ['--test', '--test-isolation=none', '--test-reporter', 'spec', '--input-type=module']
  const more = ['--inspect-brk=9229', '--watch', '--watch-path', './src', '--eval', 'run()', '-e', 'run()']
  assert.deepEqual(inheritableByProcesses([...own, ...more, '--no-warnings']), ['--no-warnings'])
})

test('a thread inherits everything, unless that would keep it from loading files', () => {
  assert.equal(inheritableByThreads(['--expose-gc', '--conditions=a']), undefined)
  assert.deepEqual(
    inheritableByThreads([
      '--expose-gc',
      '-C',
      'a',
      '--input-type=module',
      '-e',
      'run()',
      '--import=./b.mjs',
    ]),
    ['-C', 'a', '--import=./b.mjs'],
  )
})
