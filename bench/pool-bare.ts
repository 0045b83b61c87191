/** What the pools are compared to: a thread or process that answers messages, with nothing around it. */
import { parentPort, workerData } from 'node:worker_threads'
import { spin } from './pool-work.ts'

/** What a bare worker does with each message. */
export type Bare = { readonly kind: 'echo' } | { readonly kind: 'spin'; readonly rounds: number }

if (parentPort === null) {
  process.on('message', message => process.send?.(message))
} else {
  const bare = workerData as Bare
  parentPort.on('message', message => {
    parentPort?.postMessage(bare.kind === 'echo' ? message : spin(bare.rounds))
  })
}
