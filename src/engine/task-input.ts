/** What the loop knows of an input of a task, whether it reads a topic of people or of the app. */
import type { InputProgress } from '../observe/index.ts'
import type { InputProgressState } from './progress.ts'
import type { Slice } from './slice.ts'

/** One input of one task. */
export interface TaskInput {
  readonly step: string
  readonly partition: number
  readonly kind: 'source' | 'exchange' | 'retry'
  /** The topic that it reads. */
  readonly topic: string
  /** The offset of the next record. */
  readonly position: number
  /** The epoch of the claim. */
  readonly epoch: number
  /** Whether there is something to read now. */
  poll(): boolean
  /** Reads until the batch or the slice is over, or the task is blocked or has failed. */
  run(slice: Slice): void
  /** The lowest watermark it makes; inputs that are behind go first. */
  readonly watermark: number
  /** Whether it has come to the end of this run. */
  readonly hasEnded: boolean
  /** Whether it has nothing to read now. */
  readonly isAtEnd: boolean
  /** What to remember with the position, without the task's elements in flight. */
  progress(): Pick<InputProgressState, 'lanes' | 'channels'>
  /** Brings back what was remembered; may let watermarks take effect. */
  restore(progress: InputProgressState): void
  describe(): InputProgress
  close(): void
}
