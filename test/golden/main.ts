/** `npm run golden -- FOLDER…`: plays the recorded cases in folders. */
import fs from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { playCase } from './formats.ts'

const folders = process.argv.slice(2)
if (folders.length === 0) {
  console.error('usage: npm run golden -- FOLDER…: folders with cases as .jsonl or .jsonl.gz')
  process.exit(2)
}
let passed = 0
let failed = 0
const unbuilt = new Map<string, number>()
for (const folder of folders) {
  for (const name of fs
    .readdirSync(folder)
    .filter(file => /\.jsonl(\.gz)?$/.test(file))
    .sort()) {
    for (const [number, line] of readLines(path.join(folder, name)).entries())
      await playLine(line, `${name}:${number + 1}`)
  }
}
for (const [format, count] of unbuilt)
  console.error(`${count} cases of ${format} were left out: not built yet`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0

async function playLine(line: string, place: string): Promise<void> {
  if (line.trim() === '') return
  const recorded: unknown = parse(line)
  if (typeof recorded !== 'object' || recorded === null || Array.isArray(recorded)) {
    return fail(place, ['is no case: expected one JSON object'])
  }
  const verdict = await playCase(recorded as Readonly<Record<string, unknown>>)
  switch (verdict.kind) {
    case 'passed':
      passed++
      return
    case 'failed':
      return fail(String((recorded as { id?: unknown }).id ?? place), verdict.why)
    case 'unbuilt':
      unbuilt.set(verdict.format, (unbuilt.get(verdict.format) ?? 0) + 1)
      return
    case 'uncounted':
      return
  }
}

function fail(name: string, why: readonly string[]): void {
  failed++
  console.log(`FAILED ${name}`)
  for (const reason of why) console.log(`  ${reason}`)
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function readLines(file: string): readonly string[] {
  const bytes = fs.readFileSync(file)
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().split('\n')
}
