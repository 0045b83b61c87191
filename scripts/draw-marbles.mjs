/**
 * The marble pictures of docs/reference/operators: what came out of running operators, so that they
 * cannot show anything else. `npm run check` compares them, `npm run fix` draws them anew.
 */
import fs from 'node:fs'
import path from 'node:path'
import { runAndCapture } from './build.mjs'
import { SOURCE_CONDITION } from './setup.mjs'

const PROGRAM = 'test/marbles/main.ts'
const FOLDER = 'docs/reference/operators/marbles'

/** The problems of the pictures: none, or which are not up to date. */
export async function checkMarbles(root, node) {
  const pictures = await drawAll(root, node)
  const old = Object.entries(pictures).filter(([name, svg]) => readPicture(root, name) !== svg)
  const left = drawnFiles(root).filter(name => !Object.hasOwn(pictures, name))
  return [
    ...old.map(([name]) => `${FOLDER}/${name}: is not what the operator gives; run npm run fix`),
    ...left.map(name => `${FOLDER}/${name}: is drawn by nothing; run npm run fix`),
  ]
}

/** Draws the pictures anew. */
export async function fixMarbles(root, node) {
  const pictures = await drawAll(root, node)
  fs.rmSync(path.join(root, FOLDER), { recursive: true, force: true })
  fs.mkdirSync(path.join(root, FOLDER), { recursive: true })
  for (const [name, svg] of Object.entries(pictures)) fs.writeFileSync(path.join(root, FOLDER, name), svg)
}

async function drawAll(root, node) {
  const done = await runAndCapture(node, [SOURCE_CONDITION, path.join(root, PROGRAM)], { cwd: root })
  if (done.code !== 0) throw new Error(`${PROGRAM} failed with exit code ${done.code}\n${done.output}`)
  return JSON.parse(done.stdout)
}

function drawnFiles(root) {
  const folder = path.join(root, FOLDER)
  return fs.existsSync(folder) ? fs.readdirSync(folder) : []
}

function readPicture(root, name) {
  const file = path.join(root, FOLDER, name)
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined
}
