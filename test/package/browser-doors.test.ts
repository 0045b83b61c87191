/** What is said to work in browsers needs nothing of Node: neither its modules nor its globals. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import test from 'node:test'
import { pathToFileURL } from 'node:url'

/** Takes from a process what browsers do not have, then runs a program. */
function runWithoutNode(program: string): string {
  const bare = `
    const { isBuiltin, registerHooks } = process.getBuiltinModule('node:module')
    registerHooks({
      resolve(specifier, context, next) {
        if (isBuiltin(specifier)) throw new Error('no ' + specifier + ' in a browser, wanted by ' + context.parentURL)
        return next(specifier, context)
      },
    })
    const print = process.stdout.write.bind(process.stdout)
    for (const name of ['Buffer', 'process', 'setImmediate', 'global', 'require']) delete globalThis[name]
  `
  const args = ['--input-type=module', '-e', `${bare}${program}`]
  return execFileSync(process.execPath, args, { encoding: 'utf8' }).trim()
}

function doorOf(connector: string): string {
  const door = path.resolve(import.meta.dirname, '..', '..', 'src', 'connectors', connector, 'index.ts')
  return JSON.stringify(pathToFileURL(door).href)
}

test('the sources in memory run without Node', () => {
  const output = runWithoutNode(`
    const { fromIterable, periodic, queue } = await import(${doorOf('memory')})
    const stop = new AbortController()
    const clock = {
      now: () => 0, monotonic: () => 0, yield: async () => {},
      sleep: (ms, signal) => new Promise(resolve => signal.addEventListener('abort', resolve)),
    }
    const seen = []
    const host = { clock, signal: stop.signal, emit: value => { seen.push(value) } }
    await fromIterable([1, 2]).run(host)
    const q = queue()
    await q.put(3)
    q.end()
    await q.run(host)
    const ticks = periodic(() => 4, { every: 1 }).run(host)
    while (seen.length < 4) await null
    stop.abort()
    await ticks
    print(seen.join())
  `)
  assert.equal(output, '1,2,3,4')
})

test('the WebSocket client and sink load and run without Node', () => {
  const output = runWithoutNode(`
    class FakeSocket extends EventTarget {
      OPEN = 1; CLOSED = 3; readyState = 0; bufferedAmount = 0
      constructor(url) {
        super()
        queueMicrotask(() => {
          this.readyState = 1
          this.dispatchEvent(new Event('open'))
          for (const data of ['text', new Uint8Array([0xc3, 0xa9]).buffer]) {
            this.dispatchEvent(Object.assign(new Event('message'), { data }))
          }
        })
      }
      send(data) { seen.push('sent ' + data) }
      close() {
        this.readyState = 3
        this.dispatchEvent(Object.assign(new Event('close'), { code: 1000, wasClean: true }))
      }
    }
    globalThis.WebSocket = FakeSocket
    const { toWebSocket, webSocket } = await import(${doorOf('websocket')})
    const stop = new AbortController()
    const seen = []
    const clock = { sleep: async () => {} }
    await webSocket('ws://x').run({ clock, signal: stop.signal, emit: value => {
      seen.push(value)
      if (seen.length === 2) stop.abort()
    } })
    const sink = toWebSocket('ws://x', { clock }).open({})
    sink.write('one')
    await sink.prepare(1)
    await sink.close()
    print(seen.join())
  `)
  assert.equal(output, 'text,é,sent one')
})
