/**
 * The pictures of operators, windows and time: what came out of running code, so that they cannot show
 * anything else. `npm run check` compares them, `npm run fix` draws them anew.
 */
import fs from 'node:fs'
import path from 'node:path'
import { runAndCapture } from './build.mjs'
import { SOURCE_CONDITION } from './setup.mjs'

/** Programs that print pictures as JSON, by their names in one folder, or by their paths in several. */
const DRAWN = [
  { program: 'test/marbles/main.ts', folders: ['docs/reference/operators/marbles'] },
  {
    program: 'test/time-pictures/main.ts',
    folders: ['docs/guide/time', 'docs/reference/operators/windows'],
  },
]

/** The problems of the pictures: none, or which are not up to date. */
export async function checkMarbles(root, node) {
  const problems = []
  for (const { program, folders } of DRAWN) {
    const pictures = await drawAll(root, node, { program, folders })
    const old = Object.entries(pictures).filter(([file, svg]) => readPicture(root, file) !== svg)
    const left = folders
      .flatMap(folder => drawnFiles(root, folder))
      .filter(file => !Object.hasOwn(pictures, file))
    problems.push(
      ...old.map(([file]) => `${file}: is not what the code gives; run npm run fix`),
      ...left.map(file => `${file}: is drawn by nothing; run npm run fix`),
    )
  }
  return problems
}

/** Draws the pictures anew. */
export async function fixMarbles(root, node) {
  for (const { program, folders } of DRAWN) {
    const pictures = await drawAll(root, node, { program, folders })
    for (const folder of folders) {
      fs.rmSync(path.join(root, folder), { recursive: true, force: true })
      fs.mkdirSync(path.join(root, folder), { recursive: true })
    }
    for (const [file, svg] of Object.entries(pictures)) fs.writeFileSync(path.join(root, file), svg)
  }
}

/** The pictures by their paths. */
async function drawAll(root, node, { program, folders: [folder, ...others] }) {
  const done = await runAndCapture(node, [SOURCE_CONDITION, path.join(root, program)], { cwd: root })
  if (done.code !== 0) throw new Error(`${program} failed with exit code ${done.code}\n${done.output}`)
  const pictures = Object.entries(JSON.parse(done.stdout))
  const isNamed = others.length === 0
  return Object.fromEntries(pictures.map(([name, svg]) => [isNamed ? `${folder}/${name}` : name, svg]))
}

function drawnFiles(root, folder) {
  const place = path.join(root, folder)
  return fs.existsSync(place) ? fs.readdirSync(place).map(name => `${folder}/${name}`) : []
}

function readPicture(root, file) {
  const place = path.join(root, file)
  return fs.existsSync(place) ? fs.readFileSync(place, 'utf8') : undefined
}
