/** The three steps of a foreign-key join, with what is between them in any order that channels allow. */
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { type Kernel, type KernelFactory, type KernelHost, newContext } from '../../graph/index.ts'
import { ShardState } from '../../state/index.ts'
import type { Change } from './change.ts'
import { type Answer, answeredKernel, answerKernel, askKernel, type Question } from './foreign-key-join.ts'

/** A row names the right row that belongs to it by its first letter; `-` names none. */
const LEFT_KEYS = ['1', '2'] as const
const FOREIGN_KEYS = ['x', 'y', 'z'] as const
const SHARDS = [...FOREIGN_KEYS, '-'] as const

function foreignKeyOf(row: unknown): string | undefined {
  const [letter] = String(row)
  return letter === '-' ? undefined : letter
}

/** One of a step's shards: a kernel, with its state and what it gave out. */
class Shard<Out> {
  readonly state = new ShardState()
  readonly given: Out[] = []
  readonly #kernel: Kernel<never>
  readonly #context = newContext()

  constructor(factory: KernelFactory<never, Out>) {
    const host: Partial<KernelHost<Out>> = {
      state: this.state,
      emit: value => this.given.push(value),
      checkKey: () => {},
    }
    // These kernels ask for nothing else.
    this.#kernel = factory.open(host as KernelHost<Out>)
  }

  push(key: string, side: number, value: unknown): void {
    Object.assign(this.#context, { key, side })
    this.#kernel.push(value as never, this.#context)
  }
}

const edits = fc.array(
  fc.oneof(
    fc.record({
      side: fc.constant('left' as const),
      key: fc.constantFrom(...LEFT_KEYS),
      row: fc.option(fc.constantFrom('x0', 'x1', 'y0', 'z0', '-0', '-1')),
    }),
    fc.record({
      side: fc.constant('right' as const),
      key: fc.constantFrom(...FOREIGN_KEYS),
      row: fc.option(fc.constantFrom('A', 'B', 'C')),
    }),
  ),
  { maxLength: 20 },
)

for (const how of ['inner', 'left'] as const) {
  test(`${how}: whichever shard is faster, the joined rows are those of the last rows, and nothing is kept of what is gone`, () => {
    fc.assert(
      fc.property(edits, fc.infiniteStream(fc.nat(999)), (all, choices) => {
        const choose = choices[Symbol.iterator]()
        const ask = new Shard<Question>(askKernel(foreignKeyOf))
        const answering = new Map(SHARDS.map(key => [key, new Shard<Answer>(answerKernel())]))
        const join = new Shard<Change<unknown>>(answeredKernel(how))
        const last = { left: new Map<string, string>(), right: new Map<string, string>() }
        const questions = new Map(SHARDS.map(key => [key, [] as Question[]]))
        const ways: (() => boolean)[] = []
        const waiting = [...all]
        ways.push(() => {
          const edit = waiting.shift()
          if (edit === undefined) return false
          const rows = last[edit.side]
          const change = { before: rows.get(edit.key) ?? null, after: edit.row }
          if (edit.row === null) rows.delete(edit.key)
          else rows.set(edit.key, edit.row)
          if (edit.side === 'right') answering.get(edit.key)?.push(edit.key, 1, change)
          else ask.push(edit.key, 0, change)
          for (const question of ask.given.splice(0)) {
            questions.get((question.foreignKey ?? '-') as (typeof SHARDS)[number])?.push(question)
          }
          return true
        })
        for (const [key, shard] of answering) {
          ways.push(() => {
            const question = questions.get(key)?.shift()
            if (question !== undefined) shard.push(key, 0, question)
            return question !== undefined
          })
          ways.push(() => {
            const answer = shard.given.shift()
            if (answer !== undefined) join.push(String(answer.leftKey), 0, answer)
            return answer !== undefined
          })
        }
        for (let idle = 0; idle < 200; ) {
          idle = ways[Number(choose.next().value) % ways.length]?.() === true ? 0 : idle + 1
        }
        for (const way of ways) while (way());
        for (const way of ways) while (way());
        for (const way of ways) while (way());

        const rows = new Map<string, string>()
        for (const { before, after } of join.given) {
          if (before !== null) assert.ok(rows.delete(JSON.stringify(before)), 'it went, but was not there')
          if (after !== null) rows.set(JSON.stringify(after), '')
        }
        const expected = [...last.left].flatMap(([key, left]) => {
          const right = last.right.get(left[0] ?? '')
          return right === undefined && how === 'inner' ? [] : [JSON.stringify({ key, left, right })]
        })
        assert.deepEqual([...rows.keys()].sort(), expected.sort())
        assert.equal(join.state.size, last.left.size)
      }),
      { numRuns: Number(process.env['SLUICE_RUNS'] ?? 1500) },
    )
  })
}
