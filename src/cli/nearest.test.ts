import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearest } from './nearest.ts'

const COMMANDS = ['run', 'topic', 'group', 'graph', 'doctor']

test('a slip of the finger finds the word that was meant', () => {
  assert.equal(nearest('tpoic', COMMANDS), 'topic')
  assert.equal(nearest('grpah', COMMANDS), 'graph')
  assert.equal(nearest('doctr', COMMANDS), 'doctor')
  assert.equal(nearest('rum', COMMANDS), 'run')
})

test('the beginning of a word finds it', () => {
  assert.equal(nearest('doc', COMMANDS), 'doctor')
})

test('another word finds nothing', () => {
  assert.equal(nearest('table', COMMANDS), undefined)
  assert.equal(nearest('x', []), undefined)
})
