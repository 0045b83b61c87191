/**
 * Writes numbered lines into a file, in pieces that end anywhere, without rest. For each message it
 * rotates: it renames the file, still finishes what it has begun in the old one, and makes a new one.
 */
import { closeSync, openSync, renameSync, writeSync } from 'node:fs'

const LINES_BETWEEN_LOOKS = 20

const [path = '', count = '0'] = process.argv.slice(2)
let rotations = 0
let number = 0
let file = openSync(path, 'a')
let isAskedToRotate = false

process.on('message', () => {
  isAskedToRotate = true
})

function write(): void {
  for (let line = 0; line < LINES_BETWEEN_LOOKS && number < Number(count); line++) writeLine()
  if (isAskedToRotate) rotate()
  if (number < Number(count)) setImmediate(write)
  else process.disconnect()
}

function writeLine(): void {
  const bytes = Buffer.from(`${rotations} ${number++} é\n`)
  const cut = number % bytes.length
  writeSync(file, bytes.subarray(0, cut))
  writeSync(file, bytes.subarray(cut))
}

function rotate(): void {
  isAskedToRotate = false
  renameSync(path, `${path}.${rotations}`)
  writeLine()
  const next = openSync(path, 'a')
  writeLine()
  closeSync(file)
  file = next
  rotations++
}

write()
