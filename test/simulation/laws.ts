/**
 * What holds even where windows are closed early, by idle partitions and drains: no window gives two
 * results; each element is in one result or in the late stream; and one that is on time by its own
 * partition comes too late only for a window that something written before it had passed.
 */
import assert from 'node:assert/strict'
import type { TestDriver } from 'sluice/testing'
import type { Built } from './build.ts'
import { referenceOf } from './compare.ts'
import type { Element } from './elements.ts'
import { above, type Node, type Program } from './program.ts'
import type { Item, Reference } from './reference.ts'

/** When records were written. */
export interface Journal {
  /** By the number of a record: how many were written before those that it was written with. */
  readonly writtenBefore: readonly number[]
  /** How many records had been written when the input was ended in the middle. */
  readonly drains: readonly number[]
}

type WindowNode = Extract<Node, { op: 'window' }>

/** Throws where a law is broken. */
export async function checkLaws(
  driver: TestDriver,
  program: Program,
  built: Built,
  journal: Journal,
): Promise<void> {
  const reference = await referenceOf(driver, program, built)
  for (const [number, node] of program.nodes.entries()) {
    if (node.op !== 'window') continue
    const results = await readOutput(driver, program, built, number)
    const ids = results.map(result => result.id)
    assert.deepEqual(ids.toSorted(), [...new Set(ids)].sort(), `the results of n${number}, each once`)
    if (above(program, node.from).some(({ op }) => op === 'window' || op === 'late')) continue
    const counted = results.flatMap(result => result.list)
    const items = reference.streams.get(node.from) ?? []
    const lateNode = program.nodes.findIndex(other => other.op === 'late' && other.from === number)
    if (lateNode < 0) {
      assertContains(items, counted, `what n${number} counted`)
      continue
    }
    const late = (await readOutput(driver, program, built, lateNode)).map(element => element.id)
    const all = items.map(item => item.element.id)
    assert.deepEqual([...counted, ...late].sort(), all.sort(), `what n${number} counted or found late`)
    checkExcuses(program, node, reference, journal, late)
  }
}

/** An element that is on time by its own partition needs an excuse to be late. */
function checkExcuses(
  program: Program,
  node: WindowNode,
  reference: Reference,
  journal: Journal,
  late: readonly string[],
): void {
  const isByClock = above(program, node.from).some(
    ({ op, ...rest }) => op === 'time' && 'kind' in rest && rest.kind === 'clock',
  )
  if (isByClock) return
  const passed = watermarksWhenWritten(program, reference, journal)
  const items = new Map((reference.streams.get(node.from) ?? []).map(item => [item.element.id, item]))
  for (const id of late) {
    const item = items.get(id)
    if (item === undefined) continue
    const end = endOf(node, item.time)
    if (end - 1 <= item.entry) continue
    const before = journal.writtenBefore[recordOf(id)] ?? 0
    const isDrained = journal.drains.some(written => written > 0 && written <= before)
    assert.ok(
      isDrained || end - 1 <= passed(before),
      `${id} was late for the window up to ${end}, though nothing written before it had passed ${passed(before)}`,
    )
  }
}

/** The largest watermark that any time step can have had when so many records had been written. */
function watermarksWhenWritten(
  program: Program,
  reference: Reference,
  { writtenBefore }: Journal,
): (written: number) => number {
  const times = program.nodes.flatMap((node, number) => {
    const items = reference.streams.get(number) ?? []
    if (node.op === 'source')
      return items.map(item => ({ id: recordOf(item.element.id), watermark: item.timestamp - 1 }))
    if (node.op !== 'time') return []
    return items.map(item => ({ id: recordOf(item.element.id), watermark: item.time - node.boundMs - 1 }))
  })
  return written => {
    let watermark = Number.NEGATIVE_INFINITY
    for (const time of times) {
      if ((writtenBefore[time.id] ?? 0) < written) watermark = Math.max(watermark, time.watermark)
    }
    return watermark
  }
}

function endOf({ sizeMs, offsetMs }: WindowNode, time: number): number {
  return Math.floor((time - offsetMs) / sizeMs) * sizeMs + offsetMs + sizeMs
}

function recordOf(id: string): number {
  return Number(/^\d+/.exec(id)?.[0])
}

async function readOutput(
  driver: TestDriver,
  program: Program,
  built: Built,
  node: number,
): Promise<readonly Element[]> {
  for (const [number, topic] of built.outputs) {
    const sink = program.nodes[number]
    if (sink?.op === 'to' && sink.from === node) return (await driver.values(topic)).flatMap(e => e ?? [])
  }
  return []
}

function assertContains(all: readonly Item[], some: readonly string[], name: string): void {
  const left = new Map<string, number>()
  for (const { element } of all) left.set(element.id, (left.get(element.id) ?? 0) + 1)
  for (const id of some) {
    const count = left.get(id) ?? 0
    assert.ok(count > 0, `${name}: ${id} too often`)
    left.set(id, count - 1)
  }
}
