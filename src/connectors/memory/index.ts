/** Sources inside the process: a queue, anything that can be iterated, the clock. They need no Node. */
export { type FromIterableOptions, fromIterable } from '../../connect/index.ts'
export { type PeriodicOptions, periodic } from './periodic.ts'
export { DEFAULT_QUEUE_CAPACITY, type PutOptions, type Queue, type QueueOptions, queue } from './queue.ts'
