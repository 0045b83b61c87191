/** Runs the real command in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { BatchBuilder, type Broker, openBroker } from '../../src/broker/index.ts'

/** The main module of the command. */
export const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** How a command ended. */
export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A command that is running. */
export interface Running {
  readonly child: ChildProcess
  readonly pid: number
  readonly ended: Promise<Outcome>
  /** Resolves when its output, of either kind, contains the text; rejects when it ends before. */
  says(text: string): Promise<void>
  /** All its output so far. */
  heard(): string
}

/** A folder, and the commands that are run in it. */
export class Place {
  readonly folder: string
  readonly #t: TestContext

  constructor(t: TestContext) {
    this.#t = t
    const root = join(tmpdir(), 'sluice-cli-tests')
    mkdirSync(root, { recursive: true })
    this.folder = mkdtempSync(join(root, 'test-'))
    t.after(() => rmSync(this.folder, { recursive: true, force: true }))
  }

  /** The URL of the broker that commands use here by default. */
  get url(): string {
    return `file:${join(this.folder, '.sluice')}`
  }

  /** Runs `sluice …` to its end. */
  async run(words: readonly string[], input = '', env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
    const running = this.start(words, env)
    running.child.stdin?.end(input)
    return running.ended
  }

  /** Starts `sluice …`. */
  start(words: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    const { SLUICE_BROKER: _, NO_COLOR: __, FORCE_COLOR: ___, ...inherited } = process.env
    const child = spawn(process.execPath, ['-C', 'sluice-source', MAIN, ...words], {
      cwd: this.folder,
      env: { ...inherited, ...env },
    })
    this.#t.after(() => child.kill('SIGKILL'))
    child.stdin.on('error', () => {})
    return watch(child)
  }

  /** Writes a file, and gives its name. */
  file(name: string, ...lines: readonly string[]): string {
    writeFileSync(join(this.folder, name), `${lines.join('\n')}\n`)
    return name
  }

  /** Works on the broker from within the test. */
  broker<T>(work: (broker: Broker) => Promise<T>): Promise<T> {
    return this.#work(this.url, work)
  }

  /** Works on the broker in the file `NAME.broker` here. */
  brokerAt<T>(name: string, work: (broker: Broker) => Promise<T>): Promise<T> {
    return this.#work(`file:${join(this.folder, `${name}.broker`)}`, work)
  }

  async #work<T>(url: string, work: (broker: Broker) => Promise<T>): Promise<T> {
    const broker = await openBroker(url, { checkpoint: false })
    try {
      return await work(broker)
    } finally {
      await broker.close()
    }
  }

  /** Makes a topic and puts these values into it, the first into partition 0, the second into 1, and so on. */
  async topic(name: string, partitions: number, values: readonly unknown[] = []): Promise<void> {
    await this.broker(async broker => {
      await broker.createTopic({ name, partitions, kind: 'user' })
      const builders = Array.from({ length: partitions }, () => new BatchBuilder())
      values.forEach((value, index) => {
        builders[index % partitions]?.append(null, Buffer.from(JSON.stringify(value)), 1000 + index)
      })
      const appends = builders.flatMap((builder, partition) => {
        const batch = builder.build()
        return batch === undefined ? [] : [{ topic: name, partition, batch }]
      })
      if (appends.length > 0) await broker.produce(appends)
    })
  }
}

/** The absolute path of one of the programs beside this file. */
export function program(name: string): string {
  return fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url))
}

/** The JSON values of the lines of a text. */
export function jsonLines(text: string): readonly unknown[] {
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as unknown)
}

function watch(child: ChildProcess): Running {
  let stdout = ''
  let stderr = ''
  let heard = (): void => {}
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    heard()
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    heard()
  })
  const ended = new Promise<Outcome>(resolve => {
    child.once('close', code => resolve({ code, stdout, stderr }))
  })
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      heard = () => {
        if (stdout.includes(text) || stderr.includes(text)) resolve()
      }
      heard()
      void ended.then(({ code }) => {
        reject(new Error(`ended with ${code} before it said ${text}: ${stdout}${stderr}`))
      })
    })
  return { child, pid: child.pid ?? 0, ended, says, heard: () => stdout + stderr }
}
