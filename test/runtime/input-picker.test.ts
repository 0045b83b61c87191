/** Which input is read next, where some are those of tables. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { SourceInput, type Task } from '../../src/engine/index.ts'
import { ManualClock } from '../../src/index.ts'
import { InputPicker } from '../../src/runtime/input-picker.ts'

/** A source that has `lag` records to read; a table goes before streams. */
class Source {
  position = 0
  end: number
  readonly task: Task

  constructor(lag: number, isFirst: boolean) {
    this.end = lag
    const input: unknown = Object.create(SourceInput.prototype, {
      isFirst: { value: isFirst },
      position: { get: () => this.position },
      watermark: { value: 0 },
      poll: { value: () => this.position < this.end },
      describe: { value: () => ({ lag: this.end - this.position }) },
    })
    const parts = { inputs: [input], scope: { blocked: 0 } }
    // The picker asks for nothing else.
    this.task = { parts } as unknown as Task
  }
}

/** Reads so many records, and tells from which source each was: t(able) or s(tream). */
function read(table: Source, stream: Source, count: number, each: () => void = () => {}): string {
  const picker = new InputPicker([stream.task, table.task], new ManualClock())
  let names = ''
  for (let number = 0; number < count; number++) {
    const picked = picker.pick(0)?.task
    if (picked === undefined) break
    const source = picked === table.task ? table : stream
    source.position++
    names += source === table ? 't' : 's'
    each()
  }
  return names
}

test('a table is read before a stream, up to its end', () => {
  assert.equal(read(new Source(3, true), new Source(2, false), 9), 'tttss')
  assert.equal(read(new Source(3, false), new Source(2, false), 2), 'ss')
})

test('a table that goes on growing holds up a stream only for what was there at the start', () => {
  const table = new Source(3, true)
  const names = read(table, new Source(2, false), 5, () => table.end++)
  assert.equal(names.slice(0, 4), 'ttts')
})
